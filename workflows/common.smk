# The validated campaign, its paths, and the input functions that read the checkpoints' tables.
import json
import os
import shlex
import sys
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

from snakemake.exceptions import WorkflowError

from screening.campaign.clocks import settle
from screening.config.load import parse_campaign, read_campaign
from screening.config.stages import settings_of
from screening.errors import ScreeningError
from screening.campaign.locks import hold
from screening.records import read_table

# Rules call `screening`, and an environment that is not activated has it beside its Python alone.
# A prefix replaces Snakemake's own `set`, so it is repeated; `{{` because Snakemake formats what it is given.
SCRIPTS = str(Path(sys.executable).parent).replace("{", "{{").replace("}", "}}")
shell.prefix(f'set -euo pipefail; export PATH={shlex.quote(SCRIPTS)}:"$PATH"; ')

if not config:
    raise WorkflowError(
        "name a campaign file: snakemake --configfile configs/quickstart.yaml"
    )

CONFIG_FILES = workflow.configfiles
# Relative, so that a campaign whose folder was moved is not run again.
BASE = Path(os.path.relpath(Path(CONFIG_FILES[-1]).parent if CONFIG_FILES else "."))
try:
    # Snakemake's own reader takes the last of a key that is there twice.
    for config_file in CONFIG_FILES if workflow.is_main_process else ():
        read_campaign(Path(config_file))
    CAMPAIGN = parse_campaign(config, ", ".join(map(str, CONFIG_FILES)) or "config")
    if workflow.is_main_process:
        from screening.campaign.preflight import check_campaign

        check_campaign(CAMPAIGN, BASE)
except ScreeningError as error:
    raise WorkflowError(str(error))

RESULTS = f"results/{CAMPAIGN.campaign}"
TEMPERATURES = [f"{t:g}" for t in CAMPAIGN.md.temperatures_K]


wildcard_constraints:
    id=r"[A-Za-z0-9.]+-[0-9a-f]+",
    family=r"[A-Za-z\-]+",
    temperature=r"[0-9.]+",
    ordering=r"\d+",
    replica=r"\d+",
    rung=r"(_rung\d+)?",
    number=r"\d+",


def hold_campaign():
    """A second master on the same campaign stops before its first job; the first one sets clocks right."""
    try:
        hold(Path(RESULTS))
    except ScreeningError as error:
        raise WorkflowError(str(error))
    settle(Path(RESULTS))


def settings(stage):
    """The stage's part of the config as JSON: a change elsewhere does not rerun it."""
    return json.dumps(settings_of(CAMPAIGN, stage, BASE), sort_keys=True)


def origins_of(*names):
    """Provenance of files that have no room for it inside, by name without ending."""
    return [f"{RESULTS}/provenance/{name}.json" for name in names]


def user_files(wildcards):
    """Structure files the campaign names."""
    structures = (*CAMPAIGN.parents, *CAMPAIGN.stability.references)
    return [str(BASE / structure.file) for structure in structures if structure.file]


@lru_cache(maxsize=4)
def _rows_by_id(path, changed_ns):
    """Read once for each state of the file: every job of every candidate asks for its row."""
    return {row["id"]: row for row in read_table(path)}


def rows_of(table):
    """Rows of a checkpoint's table by id, as it is now."""
    path = Path(table)
    return _rows_by_id(path, path.stat().st_mtime_ns)


def enumerated():
    """Rows of candidates.csv by id, references included."""
    return rows_of(checkpoints.enumerate.get().output.candidates)


def shortlisted():
    """Ids that go on to molecular dynamics; a candidate that was taken out of the campaign may still be in the table."""
    rows = rows_of(checkpoints.shortlist.get().output.shortlist)
    known = enumerated()
    return [id for id, row in rows.items() if row["shortlisted"] and id in known]


def ask_for_shortlist():
    """Before anything asks that another checkpoint brings into the graph.

    Where single files are wanted (`snakemake .../arrhenius.json`), Snakemake looks once, at the beginning, which
    checkpoints are done. One that only a job met later asks for is never run and never taken as done, and its table
    becomes that job's input. The table is not read: every run of every candidate asks.
    """
    checkpoints.shortlist.get()


def checked_potential(wildcards):
    """Nothing is relaxed with a potential that was not accepted."""
    return f"{RESULTS}/potential.json" if CAMPAIGN.potential.check else []


def glass_of(wildcards):
    """The quenched melt, where the candidate is a glass."""
    is_glass = enumerated()[wildcards.id]["glass"]
    return f"{RESULTS}/candidates/{wildcards.id}/glass.json" if is_glass else []


def families_of_candidates():
    path = Path(checkpoints.enumerate.get().output.candidates)
    return _families_of_candidates(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _families_of_candidates(path, changed_ns):
    rows = _rows_by_id(path, changed_ns).values()
    return {row["family"] for row in rows if "candidate" in row["role"].split("+")}


def first_start_of(wildcards):
    """Where a student is to search: what it was trained on. References of elements that no candidate has have none."""
    if not (CAMPAIGN.searches and family_of(wildcards.id) in families_of_candidates()):
        return []
    return f"{RESULTS}/candidates/{wildcards.id}/first_start.json"


def searching_student_of(wildcards):
    return student_of(wildcards) if first_start_of(wildcards) else []


def relaxed_of_all(wildcards):
    return [f"{RESULTS}/candidates/{id}/relaxed.json" for id in enumerated()]


def runs_at(id, temperature, rung=""):
    """Every replica of every ordering of one candidate at one temperature."""
    ask_for_shortlist()
    row = enumerated()[id]
    return [
        f"{RESULTS}/candidates/{id}/{temperature}K/o{ordering}_r{replica}/md{rung}.json"
        for ordering in range(
            min(row["n_orderings"], CAMPAIGN.md.orderings or row["n_orderings"])
        )
        for replica in range(CAMPAIGN.md.replicas)
    ]


def runs_of(wildcards):
    return runs_at(wildcards.id, wildcards.temperature, rung_of(wildcards))


def rung_of(wildcards):
    """What names of files made at a rung end with: _rung1, _rung2, ..., and nothing at the last."""
    return getattr(wildcards, "rung", "")


def rung_number(wildcards):
    return int(rung_of(wildcards)[5:] or len(CAMPAIGN.md.rungs_ps) + 1)


def length_ps(wildcards):
    """How long runs are at most, before anybody is stopped."""
    return [*CAMPAIGN.md.rungs_ps, CAMPAIGN.md.duration_ps][rung_number(wildcards) - 1]


def rung_before(wildcards):
    """The table that says whose runs go on, where there are rungs."""
    number = rung_number(wildcards) - 1
    return f"{RESULTS}/rung{number}.csv" if number else []


def runs_at_all_temperatures(wildcards):
    return [run for t in TEMPERATURES for run in runs_at(wildcards.id, t)]


def family_of(id):
    """Candidates of the same elements share a student."""
    return enumerated()[id]["family"]


def taught_to_student(wildcards):
    """Whose orderings train the family's student: all it is to search, references too, or those of the shortlist."""
    searches = CAMPAIGN.searches
    ids = enumerated() if searches else shortlisted()
    file = "first_start.json" if searches else "relaxed.json"
    return [
        f"{RESULTS}/candidates/{id}/{file}"
        for id in ids
        if family_of(id) == wildcards.family
    ]


def student_of(wildcards):
    if CAMPAIGN.potential.student == "none":
        return []
    if not CAMPAIGN.searches:
        ask_for_shortlist()
    return f"{RESULTS}/students/{family_of(wildcards.id)}/student.json"


def transport_of(wildcards):
    return [
        f"{RESULTS}/candidates/{wildcards.id}/{t}K/transport{rung_of(wildcards)}.json"
        for t in TEMPERATURES
    ]


def local_of(wildcards):
    return [
        f"{RESULTS}/candidates/{wildcards.id}/{t}K/local.json" for t in TEMPERATURES
    ]


def transport_of_all(wildcards):
    return [
        f"{RESULTS}/candidates/{id}/{t}K/transport.json"
        for id in shortlisted()
        for t in TEMPERATURES
    ]


def equation_of_all(wildcards):
    return [f"{RESULTS}/candidates/{id}/equation_one.json" for id in shortlisted()]


def trust_of_all(wildcards):
    """What a second potential says, where the campaign names one."""
    if CAMPAIGN.potential.second is None:
        return []
    return [f"{RESULTS}/candidates/{id}/trust.json" for id in shortlisted()]


def checked_second_potential(wildcards):
    """Weights that are wrong must not judge others."""
    return f"{RESULTS}/second_potential.json" if CAMPAIGN.potential.check else []


def arrhenius_of_all(wildcards):
    return [f"{RESULTS}/candidates/{id}/arrhenius.json" for id in shortlisted()]


def arrhenius_of_rung(wildcards):
    return [
        f"{RESULTS}/candidates/{id}/arrhenius_rung{wildcards.number}.json"
        for id in shortlisted()
    ]


def table_before(wildcards):
    """The table of the rung before this one."""
    number = int(wildcards.number) - 1
    return f"{RESULTS}/rung{number}.csv" if number else []


def last_rung(wildcards):
    return (
        f"{RESULTS}/rung{len(CAMPAIGN.md.rungs_ps)}.csv" if CAMPAIGN.md.rungs_ps else []
    )


def records_of_all(wildcards):
    """Every record that the ranking stands on, asked for by name.

    Snakemake removes a record before it makes it anew, for good if the job fails or is stopped. What was made from the
    old one is still there, and Snakemake takes that as done: it makes what is missing only where somebody asks for it.
    """
    searched = [file for id in enumerated() for file in records_before_relaxation(id)]
    run = [file for id in shortlisted() for file in records_of_runs(id)]
    compared = [f"{RESULTS}/rung{k + 1}.csv" for k in range(len(CAMPAIGN.md.rungs_ps))]
    compared += trust_of_all(wildcards) + equation_of_all(wildcards)
    return [
        f"{RESULTS}/parents.json",
        *searched,
        *relaxed_of_all(wildcards),
        *run,
        *compared,
    ]


def records_before_relaxation(id):
    asked = SimpleNamespace(id=id)
    before = checked_potential, glass_of, first_start_of, searching_student_of
    return [file for file in (find(asked) for find in before) if file]


def records_of_runs(id):
    made = local_of(SimpleNamespace(id=id))
    for rung in "", *(f"_rung{k + 1}" for k in range(len(CAMPAIGN.md.rungs_ps))):
        made.append(f"{RESULTS}/candidates/{id}/arrhenius{rung}.json")
        made += transport_of(SimpleNamespace(id=id, rung=rung))
        made += [run for t in TEMPERATURES for run in runs_at(id, t, rung)]
    student = student_of(SimpleNamespace(id=id))
    return [*made, student] if student else made
