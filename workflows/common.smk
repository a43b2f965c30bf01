# The validated campaign, and what rules ask of its plan (screening.campaign.plan).
import gc
import os
import shlex
import sys
from functools import cache
from inspect import signature
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from screening.campaign.clocks import settle
from screening.campaign.locks import hold, is_held
from screening.campaign.migrate import bring_up_to_date
from screening.campaign.plan import Plan, Planner, lost_candidates
from screening.config.load import load_campaign, parse_campaign, read_campaign
from screening.config.settings import words_by_ion, words_of_campaign
from screening.errors import ScreeningError
from screening.selection.temperatures import N_DECISIONS

# Rules call `screening`, and an environment that is not activated has it beside its Python alone.
# A prefix replaces Snakemake's own `set`, so it is repeated; `{{` because Snakemake formats what it is given.
SCRIPTS = str(Path(sys.executable).parent).replace("{", "{{").replace("}", "}}")
shell.prefix(f'set -euo pipefail; export PATH={shlex.quote(SCRIPTS)}:"$PATH"; ')

# Another workflow may import this one (`module:`): it gives the campaign as `config`, paths count from where it runs, and
# its `prefix` stands before the paths of all outputs.
IMPORTED = getattr(workflow.modifier, "namespace", None) is not None
PREFIX = getattr(workflow.modifier.path_modifier, "prefix", None) or ""
# A plan of thousands of jobs is millions of objects that stay: Python's collector would look at all of them again and again.
if workflow.is_main_process and not IMPORTED:
    gc.disable()
# For `snakemake -n` and `--lint` without a campaign. It is read here and never becomes Snakemake's config, into which
# the user's would be merged; a run without a campaign stops before its first job.
TESTED = not config and not IMPORTED
CONFIG_FILES = (
    [Path(workflow.basedir) / ".test" / "config" / "campaign.yaml"]
    if TESTED
    else [] if IMPORTED else workflow.configfiles
)
# Relative, so that a campaign whose folder was moved is not run again.
BASE = Path(os.path.relpath(Path(CONFIG_FILES[-1]).parent if CONFIG_FILES else "."))
try:
    # Snakemake's own reader takes the last of a key that is there twice.
    for config_file in CONFIG_FILES if workflow.is_main_process else ():
        read_campaign(Path(config_file))
    CAMPAIGN = (
        load_campaign(CONFIG_FILES[0])
        if TESTED
        else parse_campaign(config, ", ".join(map(str, CONFIG_FILES)) or "config")
    )
    if workflow.is_main_process:
        from screening.campaign.preflight import check_campaign

        check_campaign(CAMPAIGN, BASE)
except ScreeningError as error:
    raise WorkflowError(str(error))

NO_CAMPAIGN = (
    "name a campaign file: snakemake --configfile configs/quickstart.yaml --cores 2"
)
if TESTED and workflow.is_main_process:
    logger.warning(
        f"No campaign was named, so this plans the test campaign {CONFIG_FILES[0]}; to run one, {NO_CAMPAIGN}"
    )

RESULTS = f"results/{CAMPAIGN.campaign}"
PLANNER = Planner(CAMPAIGN, RESULTS)
# What needs no table.
PLAN = Plan(CAMPAIGN, RESULTS)
# Folders of files, with their wildcards: of a candidate, of it at one temperature, of one run.
CANDIDATE = f"{RESULTS}/candidates/{{id}}"
HOT = f"{CANDIDATE}/{{temperature}}K"
RUN = f"{HOT}/o{{ordering}}_r{{replica}}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
# What names of files made at a rung end with; a campaign without rungs has nothing to look for in a name.
RUNG = "{rung}" if PLAN.n_rungs else ""


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
    if TESTED:
        raise WorkflowError(NO_CAMPAIGN)
    # The plan is made: from here on the collector looks at what is new.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    gc.enable()
    try:
        hold(Path(PREFIX + RESULTS))
    except ScreeningError as error:
        raise WorkflowError(str(error))
    settle(Path(PREFIX + RESULTS))


def bring_notes_up_to_date():
    """What an older workflow made counts as made by this one where its settings are the same; before jobs are planned."""
    if (
        workflow.is_main_process
        and not TESTED
        and not IMPORTED
        and not is_held(Path(RESULTS))
    ):
        commands = {rule.name: rule.shellcmd for rule in workflow.rules}
        n = bring_up_to_date(Path(RESULTS), commands)
        if n:
            logger.info(
                f"{RESULTS} was made by an older version; {n} notes of Snakemake were rewritten, "
                "so that what has the same settings does not run again."
            )


def settings(stage):
    """Params of a stage's rule, one for each part of the config that it sees: a change elsewhere does not rerun it."""
    return {
        name: words if isinstance(words, str) else word_of_ion(words)
        for name, words in words_by_ion(CAMPAIGN, stage, BASE).items()
    }


def word_of_ion(words):
    """A param that depends on the ion that conducts in the job's candidate, or in those that its student serves."""

    def word(wildcards):
        plan = PLANNER.plan(candidates_table())
        if "family" in wildcards.keys():
            return words[plan.mobile_ion_of_family(wildcards.family)]
        return words[plan.mobile_ion(wildcards.id)]

    return once_read(word)


def origins_of(*names):
    """Provenance of files that have no room for it inside, by name without ending."""
    return [f"{RESULTS}/provenance/{name}.json" for name in names]


def user_files(wildcards):
    """Structure files the campaign names."""
    structures = (*CAMPAIGN.parents, *CAMPAIGN.stability.references)
    return [
        local(str(BASE / structure.file)) for structure in structures if structure.file
    ]


# Looked for once, before any job: on a shared disk what a job has just made may be seen late.
LOST = (
    lost_candidates(Path(PREFIX + RESULTS) / "candidates.csv")
    if workflow.is_main_process
    else []
)


# A checkpoint that was done stays done, and asking Snakemake takes as long as all the rest of an input function.
@cache
def candidates_table():
    table = str(checkpoints.enumerate.get().output.candidates)
    lost = LOST and lost_candidates(Path(table))
    if lost:
        folder = f"{Path(table).parent}/candidates"
        raise WorkflowError(
            f"{folder}/{lost[0]}/candidate.json is missing ({len(lost)} such files); "
            f"delete {table} and run again: it is made anew, with these files"
        )
    return table


@cache
def shortlist_table():
    return str(checkpoints.shortlist.get().output.shortlist)


def after_enumerate(find):
    """An input function: what a method of the plan says of the wildcards, once candidates.csv is there."""
    return _asking(find, lambda: PLANNER.plan(candidates_table()))


def after_shortlist(find):
    """The same once shortlist.csv is there too.

    For all that comes after the shortlist, whether its rows matter or not. Where single files are wanted (`snakemake
    .../arrhenius.json`), Snakemake looks once, at the beginning, which checkpoints are done. One that only a job met
    later asks for is never run and never taken as done, and its table becomes that job's input.
    """
    return _asking(find, lambda: PLANNER.plan(candidates_table(), shortlist_table()))


@cache
def temperature_tables(n):
    """temperatures1.csv and so on: the first n, one after another."""
    return tuple(
        str(checkpoints.temperatures.get(number=str(k + 1)).output.temperatures)
        for k in range(n)
    )


def temperatures_before(wildcards):
    """The table before that of the job's number; none before the first."""
    return temperature_tables(int(wildcards.number) - 1)[-1:]


def after_temperatures(find):
    """The same once all temperatures of all candidates are chosen; where the config lists them, after the shortlist.

    The tables' own paths are asked for like this too. Tables that Snakemake meets before it knows the candidates count as
    done even if their settings have changed: what the old ones say would be planned, and used in the results.
    """
    if not CAMPAIGN.md.chooses:
        return after_shortlist(find)
    return _asking(
        find,
        lambda: PLANNER.plan(
            candidates_table(), shortlist_table(), temperature_tables(N_DECISIONS)
        ),
    )


def before_temperatures(find):
    """The same with the tables of temperatures before that of the job's number."""
    return once_read(
        lambda wildcards: find(
            PLANNER.plan(
                candidates_table(),
                shortlist_table(),
                temperature_tables(int(wildcards.number) - 1),
            )
        )
    )


def after_teachers(find):
    """The same once what students are taught from is known."""
    return (after_enumerate if CAMPAIGN.searches else after_shortlist)(find)


def _asking(find, plan):
    names = [name for name in signature(find).parameters if name != "self"]

    def files(wildcards):
        asked = {name: wildcards[name] for name in names if name in wildcards.keys()}
        return find(plan(), **asked)

    return once_read(files)


def once_read(function):
    """Snakemake looks at a function's parameters at each of its calls, which takes longer than the call."""
    function.__signature__ = signature(function)
    return function


def at_temperatures(name):
    """A candidate's file at each temperature."""
    if CAMPAIGN.md.chooses:
        return after_temperatures(lambda plan, id: plan.at_temperatures(id, name))
    return expand(f"{HOT}/{name}", temperature=PLAN.temperatures, allow_missing=True)


def rung_of(wildcards):
    """_rung1, _rung2, ..., and nothing at the last."""
    return wildcards.get("rung", "")


def by_rung(find):
    """What `find` says of the rung; a campaign without rungs has one answer and needs no function."""
    if not PLAN.n_rungs:
        return find("")
    return once_read(lambda wildcards: find(rung_of(wildcards)))


# The table that says whose runs go on, and how long runs are at most.
table_before = by_rung(lambda rung: PLAN.table_before(PLAN.number(rung)))
length_ps = by_rung(lambda rung: f"length_ps={PLAN.length_ps(rung)}")


def chosen_length_ps(wildcards):
    """Length of a run at a temperature that was chosen; the first ones need no table."""
    plan = PLAN
    for n in range(N_DECISIONS + 1):
        if wildcards.temperature in plan.temperatures_of(wildcards.id):
            break
        plan = PLANNER.plan(
            candidates_table(), shortlist_table(), temperature_tables(n)
        )
    return plan.length_of_run(wildcards.id, wildcards.temperature)


if CAMPAIGN.md.chooses:
    length_ps = once_read(lambda wildcards: f"length_ps={chosen_length_ps(wildcards)}")

student_of_run = (
    [] if CAMPAIGN.potential.student == "none" else after_teachers(Plan.student)
)

# Whose lattice runs are made in, with `md.cell: measured`.
parent_of_runs = (
    after_shortlist(Plan.relaxed_parent) if CAMPAIGN.md.cell == "measured" else []
)


def parent_checksum(wildcards):
    return f"parent={PLANNER.parent_checksum(candidates_table(), wildcards.id)}"


# Of all parents in parents.json a candidate's own alone counts: another one that is added reruns nothing.
parent_of_sites = {"parent": parent_checksum} if PLAN.parents_of_sites else {}
