"""Which files the jobs of a campaign read and make: from its config and the rows of its tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from screening.candidates.roles import Role, roles
from screening.config.campaign import Campaign
from screening.errors import StageError
from screening.records import content_hash, read_json, read_table
from screening.selection.temperatures import N_DECISIONS, first_temperatures

# A line of candidates.csv.
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """The files of a campaign, as paths that begin with its folder.

    Attributes:
        campaign: Its config.
        folder: results/NAME.
        candidates: Lines of candidates.csv by id, references included.
        chosen: Ids of shortlist.csv that go on to molecular dynamics; empty before there is one.
        later: Rows of temperatures1.csv, temperatures2.csv and so on that have a temperature, as far as there are any.
    """

    campaign: Campaign
    folder: str
    candidates: Mapping[str, Row] = field(default_factory=dict)
    chosen: Sequence[str] = ()
    later: Sequence[Row] = ()

    def of(self, id: str, name: str) -> str:
        """A candidate's file."""
        return f"{self.folder}/candidates/{id}/{name}"

    def student_of_family(self, family: str) -> str:
        """What candidates of the same elements share."""
        return f"{self.folder}/students/{family}/student.json"

    def mobile_ion(self, id: str) -> str:
        """The element that conducts in a candidate; older tables do not name the campaign's only one."""
        return self.candidates[id].get("mobile_ion") or self.campaign.mobile_ions[0]

    def mobile_ion_of_family(self, family: str) -> str:
        """The element whose hops the family's student is examined on."""
        return next(self.mobile_ion(id) for id, row in self.candidates.items() if row["family"] == family)

    @property
    def checked_potential(self) -> list[str]:
        """Nothing is relaxed with a potential that was not accepted."""
        return [f"{self.folder}/potential.json"] if self.campaign.potential.check else []

    @property
    def checked_second_potential(self) -> list[str]:
        """Weights that are wrong must not judge others."""
        return [f"{self.folder}/second_potential.json"] if self.campaign.potential.check else []

    @property
    def parents_of_sites(self) -> list[str]:
        """All parents, where the ions' sites or cages are those of the candidate's parent."""
        asked = self.campaign.local_picture
        return [] if asked.sites == "density" and asked.cages is None else [f"{self.folder}/parents.json"]

    @property
    def n_rungs(self) -> int:
        """Comparisons of candidates before runs have their full length."""
        return len(self.campaign.md.rungs_ps)

    def glass(self, id: str) -> list[str]:
        """The quenched melt, where the candidate is a glass."""
        return [self.of(id, "glass.json")] if self.candidates[id]["glass"] else []

    @cached_property
    def _families_of_candidates(self) -> set[str]:
        return {row["family"] for row in self.candidates.values() if Role.CANDIDATE in roles(row["role"])}

    def first_start(self, id: str) -> list[str]:
        """Where a student is to search: what it was trained on. None for elements no candidate has."""
        searched = self.campaign.searches and self.candidates[id]["family"] in self._families_of_candidates
        return [self.of(id, "first_start.json")] if searched else []

    def searching_student(self, id: str) -> list[str]:
        """The student that searches for the candidate's minima."""
        return self.student(id) if self.first_start(id) else []

    def student(self, id: str) -> list[str]:
        """The student of the candidate's family."""
        if self.campaign.potential.student == "none":
            return []
        return [self.student_of_family(self.candidates[id]["family"])]

    def taught(self, family: str) -> list[str]:
        """Whose orderings train the family's student: all it is to search, references too, or the shortlist's."""
        searches = self.campaign.searches
        ids = self.candidates if searches else self.chosen
        name = "first_start.json" if searches else "relaxed.json"
        own = [id for id in ids if self.candidates[id]["family"] == family]
        # An interface has more elements than either crystal beside it, whose inside its student must know too.
        beside = [other for id in own for other in self.beside(id)]
        return [self.of(id, name) for id in dict.fromkeys([*own, *beside])]

    def beside(self, id: str) -> list[str]:
        """Crystals that a boundary is compared with."""
        return (self.candidates[id].get("beside") or "").split()

    def with_crystals(self, id: str) -> list[str]:
        """Relaxed cells of a boundary and of the crystals beside it, its own first."""
        return [self.of(one, "relaxed.json") for one in (id, *self.beside(id))]

    def runs_with_crystals(self, id: str) -> list[str]:
        """Runs of a boundary and of the crystals beside it, at all temperatures, of those that are run."""
        ran = [one for one in (id, *self.beside(id)) if one in self.chosen]
        return [run for one in ran for run in self.runs_at_all_temperatures(one)]

    def boundaries(self) -> list[str]:
        """What is known of each boundary."""
        return [self.of(id, "boundary.json") for id in self.candidates if self.beside(id)]

    def relaxed_parent(self, id: str) -> list[str]:
        """The candidate's parent as it is, relaxed, where runs are made in the lattice it was given with."""
        if self.campaign.md.cell != "measured":
            return []
        own = self.candidates[id]
        alike = [
            row
            for row in self.candidates.values()
            if row["parent"] == own["parent"] and Role.REFERENCE in roles(row["role"])
        ]
        # In the candidate's own cell where there is one: what a small cell cannot show then cancels too.
        alike.sort(key=lambda row: row["supercell"] != own["supercell"])
        return [self.of(alike[0]["id"], "relaxed.json")] if alike else []

    def relaxed_of_all(self) -> list[str]:
        """Relaxed cells of all candidates and references."""
        return [self.of(id, "relaxed.json") for id in self.candidates]

    def runs(self, id: str, temperature: str, rung: str = "") -> list[str]:
        """Every replica of every ordering of one candidate at one temperature."""
        md, found = self.campaign.md, self.candidates[id]["n_orderings"]
        return [
            self.of(id, f"{temperature}K/o{ordering}_r{replica}/md{rung}.json")
            for ordering in range(min(found, md.orderings or found))
            for replica in range(md.replicas)
        ]

    def runs_at_all_temperatures(self, id: str, rung: str = "") -> list[str]:
        """Every run of one candidate."""
        return [run for temperature in self.temperatures_of(id) for run in self.runs(id, temperature, rung)]

    @cached_property
    def temperatures(self) -> list[str]:
        """At which all candidates run, in K, as they stand in paths."""
        md = self.campaign.md
        target = self.campaign.arrhenius.extrapolation_temperature_K
        return [f"{t:g}" for t in (first_temperatures(md.hottest_K, target) if md.chooses else md.listed_K)]

    @cached_property
    def _later_lengths(self) -> dict[str, dict[str, float]]:
        """Of the runs of each candidate at temperatures that were chosen for it, by these."""
        found: dict[str, dict[str, float]] = {}
        for row in self.later:
            found.setdefault(row["id"], {})[f"{row['temperature_K']:g}"] = row["duration_ps"]
        return found

    def temperatures_of(self, id: str) -> list[str]:
        """At which a candidate runs, as far as they are known."""
        return [*self.temperatures, *self._later_lengths.get(id, ())]

    def at_temperatures(self, id: str, name: str) -> list[str]:
        """A candidate's file at each temperature."""
        return [self.of(id, f"{temperature}K/{name}") for temperature in self.temperatures_of(id)]

    def length_of_run(self, id: str, temperature: str) -> float:
        """How long a run is at most, where temperatures are chosen."""
        return self._later_lengths.get(id, {}).get(temperature, self.campaign.md.duration_ps)

    def temperature_tables(self, n: int = N_DECISIONS) -> list[str]:
        """The first n tables of temperatures; none where they are listed."""
        chosen = self.campaign.md.chooses
        return [f"{self.folder}/temperatures{k + 1}.csv" for k in range(n)] if chosen else []

    def last_temperature_table(self) -> list[str]:
        """The table after which all temperatures are known; none where they are listed."""
        return self.temperature_tables()[-1:]

    def runs_of_all(self) -> list[str]:
        """Of every candidate that goes on to molecular dynamics, at each temperature."""
        return [run for id in self.chosen for run in self.runs_at_all_temperatures(id)]

    def length_ps(self, rung: str) -> float:
        """How long runs are at most, before anybody is stopped; `rung` is _rung1, _rung2, ... or "" for the last."""
        return [*self.campaign.md.rungs_ps, self.campaign.md.duration_ps][self.number(rung) - 1]

    def number(self, rung: str) -> int:
        """The rung's number from what names of its files end with; the last has none."""
        return int(rung.removeprefix("_rung") or self.n_rungs + 1)

    def table_before(self, number: int) -> list[str]:
        """The table that says whose runs go on to this rung; none before the first."""
        return [f"{self.folder}/rung{number - 1}.csv"] if number > 1 else []

    def n_atoms_of_job(self, id: str) -> int:
        """Atoms of all runs of one job of molecular dynamics."""
        md = self.campaign.md
        runs = len(md.listed_K) * md.replicas if md.batched else 1
        return runs * int(self.candidates[id]["n_atoms"])

    def transport_of_all(self) -> list[str]:
        """Of every candidate that ran, at each temperature."""
        return [file for id in self.chosen for file in self.at_temperatures(id, "transport.json")]

    def arrhenius_of_all(self, number: str = "") -> list[str]:
        """Of every candidate that ran, after all or after the rung of this number."""
        name = f"arrhenius_rung{number}.json" if number else "arrhenius.json"
        return [self.of(id, name) for id in self.chosen]

    def equation_of_all(self) -> list[str]:
        """Of every candidate that ran."""
        return [self.of(id, "equation_one.json") for id in self.chosen]

    def trust_of_all(self) -> list[str]:
        """What a second potential says, where the campaign names one."""
        return [self.of(id, "trust.json") for id in self.chosen] if self.campaign.potential.second else []

    @property
    def _large(self) -> Sequence[str]:
        """Candidates with a larger cell, where the campaign asks for it."""
        return self.chosen if self.campaign.md.finite_size_check else ()

    def finite_size_of_all(self) -> list[str]:
        """What larger cells say."""
        return [self.of(id, "finite_size.json") for id in self._large]

    def large_runs(self, id: str) -> list[str]:
        """Runs in large cells of one candidate."""
        return [self.of(id, f"large/o{k}_r0/md.json") for k in range(self.campaign.md.finite_size_orderings)]

    @property
    def large_settings(self) -> dict[str, str]:
        """What a large cell holds, as options by name; none where it is the ordering repeated."""
        md = self.campaign.md
        if md.finite_size_distribution == "repeated":
            return {}
        chosen = {"distribution": md.finite_size_distribution, "frozen_K": f"{md.finite_size_frozen_K:g}"}
        return {name: f"{name}={value}" for name, value in chosen.items()}

    @property
    def parents_of_large(self) -> list[str]:
        """All parents, where species are put on their sites anew."""
        drawn = self.campaign.md.finite_size_distribution in ("random", "quasirandom")
        return [f"{self.folder}/parents.json"] if drawn else []

    @property
    def convergence(self) -> list[str]:
        """How far first principles are converged, where the campaign asks for that."""
        asked = self.campaign.potential.reference
        return [f"{self.folder}/reference_convergence.json"] if asked and asked.convergence else []

    def runs_of_first(self) -> list[str]:
        """Of the first candidate that went on to molecular dynamics."""
        return self.runs_at_all_temperatures(self.chosen[0]) if self.chosen else []

    def reference_of_all(self) -> list[str]:
        """What first principles say, where the campaign asks them."""
        return [self.of(id, "reference.json") for id in self.chosen] if self.campaign.potential.reference else []

    def everything(self) -> list[str]:
        """Every record that the ranking stands on, asked for by name.

        Snakemake removes a record before it makes it anew, for good if the job fails or is stopped. What was made from
        the old one is still there, and Snakemake takes that as done: it makes what is missing only where somebody asks
        for it.
        """
        before = (self.glass, self.first_start, self.searching_student)
        found = [file for id in self.candidates for find in before for file in find(id)]
        compared = [f"{self.folder}/rung{k + 1}.csv" for k in range(self.n_rungs)]
        return list(
            dict.fromkeys(
                [
                    *(self.checked_potential if self.candidates else []),
                    *found,
                    *self.relaxed_of_all(),
                    *(file for id in self.chosen for file in self._records_of_runs(id)),
                    *compared,
                    *self.temperature_tables(),
                    *self.finite_size_of_all(),
                    *(run for id in self._large for run in self.large_runs(id)),
                    *self.trust_of_all(),
                    *self.reference_of_all(),
                    *(self.convergence if self.chosen else []),
                    *self.equation_of_all(),
                    *self.boundaries(),
                ]
            )
        )

    def _records_of_runs(self, id: str) -> list[str]:
        made = self.at_temperatures(id, "local.json")
        for rung in "", *(f"_rung{k + 1}" for k in range(self.n_rungs)):
            made += [self.of(id, f"arrhenius{rung}.json"), *self.at_temperatures(id, f"transport{rung}.json")]
            made += self.runs_at_all_temperatures(id, rung)
        return [*made, *self.student(id)]


class Planner:
    """Plans by the tables of a campaign as they are; each table is read once for each state of its file."""

    def __init__(self, campaign: Campaign, folder: str) -> None:
        self.campaign, self.folder = campaign, folder
        # With every number of tables of temperatures.
        self._plan = lru_cache(maxsize=2 + N_DECISIONS)(self._read_plan)
        self._parents = lru_cache(maxsize=1)(self._read_parents)

    def plan(self, candidates: str, shortlist: str | None = None, temperatures: tuple[str, ...] = ()) -> Plan:
        """The plan.

        Args:
            candidates: The table of candidates.
            shortlist: The shortlist, where there is one.
            temperatures: The tables of temperatures so far, the first one first.
        """
        states = tuple(_state(path) for path in (candidates, shortlist, *temperatures))
        return self._plan(candidates, shortlist, temperatures, states)

    def _read_plan(
        self, candidates: str, shortlist: str | None, temperatures: tuple[str, ...], _states: tuple[int, ...]
    ) -> Plan:
        rows = {row["id"]: row for row in read_table(Path(candidates))}
        listed = read_table(Path(shortlist)) if shortlist else []
        # A candidate that was taken out of the campaign may still be in the shortlist.
        chosen = [row["id"] for row in listed if row["shortlisted"] and row["id"] in rows]
        later = [row for table in temperatures for row in read_table(Path(table)) if row["temperature_K"] is not None]
        return Plan(self.campaign, self.folder, rows, chosen, later)

    def parent_checksum(self, candidates: str, id: str) -> str:
        """Tells whether the parent crystal of a candidate has changed; other parents do not matter.

        Args:
            candidates: The table of candidates; parents.json lies beside it.
            id: The candidate.
        """
        parents = str(Path(candidates).with_name("parents.json"))
        return self._parents(parents, _state(parents))[str(self.plan(candidates).candidates[id]["parent"])]

    def _read_parents(self, path: str, _made: int) -> dict[str, str]:
        return parent_checksums(Path(path))


def lost_candidates(candidates: Path) -> list[str]:
    """Candidates of the table whose candidate.json is gone; none where there is no table that can be read.

    No rule can declare these files, and for Snakemake a file whose inputs are gone is a source, however old: what was
    made from them would silently stay as it is.
    """
    if not candidates.exists():
        return []
    try:
        ids = [str(row["id"]) for row in read_table(candidates)]
    except (StageError, KeyError):
        return []
    return [id for id in ids if not (candidates.parent / "candidates" / id / "candidate.json").exists()]


def parent_checksums(path: Path) -> dict[str, str]:
    """Of each parent in parents.json, by name: what the ions' sites and cages are found from."""
    parents = read_json(path)["parents"]
    return {name: content_hash([parent["structure"], parent["vacant_sites"]]) for name, parent in parents.items()}


def _state(path: str | None) -> int:
    """Changes with the file."""
    return Path(path).stat().st_mtime_ns if path else 0
