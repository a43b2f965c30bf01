"""What a reader must know before using a number of this campaign and its potential; shown on the page."""

from collections import Counter
from typing import Any

from screening.config.potential import shown
from screening.potentials.calibration import diffusivity_over_ab_initio, typical_error
from screening.records.origin import PotentialFacts
from screening.report import first_principles
from screening.report.collect import Collection
from screening.report.overview import Row, extrapolation
from screening.report.reach import times
from screening.report.runs import refusal
from screening.report.text import number, prose
from screening.stability.status import RelaxationStatus


def potentials_of(collection: Collection) -> list[PotentialFacts]:
    """The distinct potentials the relaxations were made with; more than one cannot be compared."""
    used = [c.relaxed.provenance.potential for c in collection.candidates if c.relaxed is not None]
    known = {(p.name, p.version, p.functional, p.checksum): p for p in reversed(used) if p is not None}
    return list(reversed(known.values()))


def second_potential(collection: Collection) -> str:
    """Name of the potential that judges the first on frames of its runs, "" where there is none."""
    second = (collection.config.get("potential") or {}).get("second")
    return _shown(second) if isinstance(second, dict) else ""


def _shown(potential: dict[str, Any]) -> str:
    """A potential's name with its dispersion, from the section of a campaign file."""
    return shown(str(potential.get("name") or ""), potential.get("dispersion") or "none")


def first_lines(collection: Collection, rows: list[Row], temperature_K: float) -> list[str]:
    """What is read first: how far the runs reach, what the potential is worth, which candidates are in doubt."""
    return [reach_line(rows, temperature_K), trust_line(collection), _doubt_line(rows)]


def reach_line(rows: list[Row], temperature_K: float) -> str:
    """How far the temperature asked for lies from the runs."""
    at = f"{temperature_K:g} K"
    reached = [row.reach for row in rows if row.reach is not None]
    if not reached:
        who = "No candidate has a conductivity" if len(rows) > 1 else "There is no conductivity"
        return f"{who} at {at}: compare at the temperatures that were run."
    far = [reach.factor for reach in reached if reach.kind == "far"]
    if far:
        whose = f"For {len(far)} of {len(reached)} candidates with a conductivity, " if len(rows) > 1 else ""
        factors = " to ".join(dict.fromkeys(map(times, (min(far), max(far)))))
        return (
            f"{whose}{at} lies {factors} times the simulated range of 1/T beyond the "
            "coldest run: the grey values are guesses. Compare D* as seen, or run colder."
        )
    if all(reach.kind == "seen" for reach in reached):
        return f"{at} lies between the temperatures that were run: its conductivities are not extrapolated."
    return (
        f"Conductivities at {at} are extrapolated, over at most {max(r.factor for r in reached):.1f} times the range."
    )


def trust_line(collection: Collection) -> str:
    """What the comparison of the potential with measured conductivities supports, and no more."""
    known = known_error(collection)
    if known is None:
        name = ", ".join(p.name for p in potentials_of(collection)) or "this campaign's potential"
        return (
            f"Conductivities of {name} have not been compared with measured ones: neither their size nor their order "
            "between compounds is known to be right."
        )
    factor = 10.0 ** known["log10_conductivity_mae"]
    correlation = (
        f"rank correlation with measured ones {known['spearman']:.1f} "
        f"({known['spearman_low']:.1f} to {known['spearman_high']:.1f}, {known['n']} compounds)"
    ).replace("-", "\N{MINUS SIGN}")
    about = (
        f"Conductivities of {potentials_of(collection)[0].name} are off by a factor of {number(factor, 1)} on average"
    )
    if known["spearman_low"] > 0:
        return f"{about}; their order is better than chance: {correlation}."
    return f"{about}, and it is not shown that they order compounds rightly: {correlation}."


def _doubt_line(rows: list[Row]) -> str:
    cells = [row.cell for row in rows if row.cell is not None]
    if cells:
        ends = dict.fromkeys(f"{end:+.0f}".replace("-", "\N{MINUS SIGN}") for end in (min(cells), max(cells)))
        return (
            f"The cells of {len(cells)} of {len(rows)} candidates are off by {' to '.join(ends)} % in volume, so "
            "ions move too fast or too slowly in them: use md.cell: measured, or potential.dispersion."
        )
    return "Intervals are of sampling alone. They exclude the error of the potential and of the cell's finite size."


def caveats(collection: Collection, rows: list[Row], temperature_K: float, level: float) -> list[tuple[str, str]]:
    """Short name and text of everything that limits this campaign's numbers."""
    notes = [
        (
            "Intervals are statistical",
            f"They are {level:.0%} intervals of the sampling error, including the scatter between orderings and "
            "replicas. They exclude the errors of the potential and of the cell's finite size, which are often larger.",
        ),
        ("The potential", _potential_note(collection)),
        *_typical_error_note(collection),
        *_student_note(collection),
        *_second_note(collection),
        *first_principles.note(collection),
        *_refused_note(collection),
        ("Extrapolation", _extrapolation_note(rows, temperature_K)),
        (
            "Which conductivity",
            "The ranking takes the collective conductivity, of all ions together, where enough temperatures have it. "
            "Elsewhere it takes Nernst–Einstein's, from the tracer diffusivity as if ions moved independently, over a "
            "Haven ratio that may be anything from 0.2 to 1; the interval holds that.",
        ),
        (
            "Tiers",
            "Candidates of one tier cannot be told apart by their runs. What is common to all, such as a potential "
            "that is too soft, is in no interval and changes no order.",
        ),
        (
            "Mixing enthalpy",
            "These are energies at 0 K and zero pressure, all relaxed with the same potential. They exclude vibrations "
            "and configurational entropy; entropy can outweigh a positive value at synthesis temperature."
            + _one_start(collection.config),
        ),
        (
            "Upper bounds",
            "“< x” means that diffusion was not resolved: the value lies below x (95 % one-sided by default). "
            "“x to y” means that it was seen but not resolved: the value lies between both, each with the same "
            "confidence. Neither is a conductivity: for the tiers the candidate may be anything that its bounds allow.",
        ),
    ]
    relaxations = [c.stability.relaxation for c in collection.candidates if c.stability is not None]
    unconverged = relaxations.count(RelaxationStatus.NOT_CONVERGED)
    if unconverged:
        notes.insert(
            0,
            (
                "Relaxations",
                f"{unconverged} of {len(rows)} did not converge: their mixing enthalpies are too high by an unknown "
                "amount.",
            ),
        )
    return notes


def _one_start(config: dict[str, Any]) -> str:
    """A warning about mixing enthalpies from a single start, "" if the campaign has several."""
    if (config.get("relax") or {}).get("max_starts") != 1:
        return ""
    return (
        " This campaign relaxed each ordering from a single start (relax.max_starts: 1), so mixing enthalpies have no "
        "error estimate. In half-exchanged Li6PS5Cl a search for lower minima lowered them by 10 to 16 meV/atom."
    )


def _potential_note(collection: Collection) -> str:
    potentials = potentials_of(collection)
    if len(potentials) > 1:
        return f"{len(potentials)} different potentials were used: do not compare the rows of this page."
    name = potentials[0].name if potentials else _shown(collection.config.get("potential") or {})
    if name.startswith("lj"):
        return "Lennard-Jones, for tests of the program only: no number on this page says anything about a material."
    ratio = diffusivity_over_ab_initio(name)
    known = (
        f"The error of {name or 'a machine-learned potential'} is unknown."
        if ratio is None
        else f"In half-exchanged Li6PS5Cl at 500 K, {name} gives {ratio:g} times the diffusivity of ab initio MD; the "
        "ratio is unknown for other compounds."
    )
    return f"{known} {trust_line(collection)} Contrasts between candidates of one family suffer least."


def _student_note(collection: Collection) -> list[tuple[str, str]]:
    """Candidates whose student was refused, and what ran instead."""
    refused = {c.id: why for c in collection.candidates if (why := refusal(c))}
    if not refused:
        return []
    first = next(iter(refused.values()))
    return [
        (
            "Students",
            f"The student of {len(refused)} of {len(collection.candidates)} candidates was refused. The potential "
            "itself ran their molecular dynamics, or nothing ran (potential.student: required); each candidate's page "
            f"says which. The first reason: {prose(first)}.",
        )
    ]


def known_error(collection: Collection) -> dict[str, Any] | None:
    """How far the campaign's potential was from measured conductivities; None where that is not known."""
    potentials = potentials_of(collection)
    return typical_error(potentials[0].name, extrapolation(collection)[0]) if len(potentials) == 1 else None


def _typical_error_note(collection: Collection) -> list[tuple[str, str]]:
    """How far the potential's conductivities are from measured ones."""
    known = known_error(collection)
    if known is None:
        return [("Typical error", "Conductivities of this potential have not been compared with measured ones.")]
    name = potentials_of(collection)[0].name
    mae, low, high = (known[f"log10_conductivity_mae{end}"] for end in ("", "_low", "_high"))
    return [
        (
            "Typical error",
            f"Conductivities at 300 K computed with {name} differ from measured ones by {mae:.1f} decades on average "
            f"over {known['n']} lithium conductors (95 %: {low:.1f} to {high:.1f}); their rank correlation is "
            f"{known['spearman']:.2f} ({known['spearman_low']:.2f} to {known['spearman_high']:.2f}). "
            f"Measured: {known['against']}.",
        )
    ]


def _second_note(collection: Collection) -> list[tuple[str, str]]:
    name = second_potential(collection)
    if not name:
        return []
    return [
        (
            "Second potential",
            f"{name} was evaluated on frames of the molecular dynamics. If the forces differ much, at least one of the "
            "two potentials is wrong; if they agree, both can still be wrong. A slope other than 1 that all candidates "
            "share (trust.json) shifts all conductivities and hardly changes their order.",
        )
    ]


def _refused_note(collection: Collection) -> list[tuple[str, str]]:
    """Combinations of the rules that cannot be made."""
    if not collection.refused:
        return []
    first = collection.refused[0]
    return [
        (
            "Not made",
            f"{len(collection.refused)} combinations of the rules cannot be made; refused.csv lists them. The "
            f"first: {first.asked} in {first.parent}: {prose(first.reason)}.",
        )
    ]


def _extrapolation_note(rows: list[Row], temperature_K: float) -> str:
    measured = [point[0] for row in rows for point in row.points]
    if not measured:
        return "No temperature is resolved, so nothing is extrapolated."
    low, high = min(measured), max(measured)
    if low <= temperature_K <= high:
        return f"{temperature_K:g} K lies inside the simulated range of {low:g} to {high:g} K."
    return (
        f"Values at {temperature_K:g} K are extrapolated with a straight Arrhenius line through {low:g} to {high:g} K. "
        "A transition in between makes them wrong. Each candidate's page lists its flags."
    )


def protocol(config: dict[str, Any]) -> str:
    """The molecular dynamics of the campaign in a line, "" where the config does not say."""
    md = config.get("md") or {}
    if not md.get("temperatures_K"):
        return ""
    replicas = md.get("replicas", 1)
    length = md.get("duration_ps")
    runs = f"{replicas} × " if replicas != 1 else ""
    if md["temperatures_K"] == "auto":
        return (
            f"NVT, {runs}from {md['hottest_K']:g}\u00a0K down, as far as {md['budget_core_hours']:g} core hours a "
            "candidate reach"
        )
    temperatures = ", ".join(f"{t:g}" for t in md["temperatures_K"])
    # Runs end once their diffusivity is known well enough, unless no target is set.
    most = "up to " if md.get("target_relative_error") is not None else ""
    return (
        f"NVT, {runs}{most}{length:g} ps at {temperatures}\u00a0K"
        if isinstance(length, int | float)
        else f"at {temperatures} K"
    )


def counts(rows: list[Row]) -> dict[str, int]:
    """How many candidates have each verdict."""
    return dict(Counter(row.kind for row in rows))
