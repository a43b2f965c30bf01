"""`screening run --dry-run`: Snakemake's list of jobs in ten lines, which stages, how many jobs, and why."""

import re
import subprocess
from collections.abc import Sequence

# What Snakemake's reasons begin with, and the same in words; the first of a stage's that is there is told.
_REASONS = (
    ("Missing output files", "not there yet"),
    ("Params have changed", "settings changed"),
    ("Updated input files", "an input changed"),
    ("Set of input files has changed", "other inputs than before"),
    ("Code has changed", "the workflow changed"),
    ("Forced execution", "forced"),
    ("Input files updated by another job", "follows from what runs before"),
)
# Rules that are no work of their own.
_IDLE = ("all", "resolve_config")


def summary(output: str) -> list[str]:
    """What a dry run of Snakemake says, in lines; a stage that is planned only later is not among them.

    Args:
        output: What `snakemake --dry-run` printed.
    """
    counts: dict[str, int] = {}
    why: dict[str, list[str]] = {}
    rule = ""
    for line in output.splitlines():
        if found := re.match(r"\s*(?:local)?(?:rule|checkpoint) (\w+):", line):
            rule = found[1]
            counts[rule] = counts.get(rule, 0) + 1
        elif rule and (reason := line.strip()).startswith("reason: "):
            why.setdefault(rule, []).append(reason.removeprefix("reason: "))
    # Snakemake's table has them in the order of the workflow; its jobs come in groups.
    listed = re.findall(r"^(\w+) +\d+$", output.split("total", maxsplit=1)[0], re.MULTILINE)
    stages = [name for name in dict.fromkeys([*listed, *counts]) if name in counts and name not in _IDLE]
    if not stages:
        return ["nothing is left to run"]
    width = max(map(len, stages))
    lines = ["would run:", *(f"  {name:{width}} {counts[name]:4}  {_words(why.get(name, []))}" for name in stages)]
    if "selfcheck" in counts or "selfcheck_second" in counts:
        lines.append("what another potential makes anew is planned once it is checked")
    if "involves checkpoint jobs" in output:
        lines.append("more is planned once candidates and shortlist are there; `screening check` tells the runs")
    return lines


def dry_run(command: Sequence[str]) -> tuple[int, list[str]]:
    """Exit code and lines of a dry run; where Snakemake fails, all that it said.

    Args:
        command: Snakemake's, with `--dry-run`.
    """
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout.splitlines() if done.returncode else summary(done.stdout)


def _words(reasons: Sequence[str]) -> str:
    """The foremost reason of a stage's jobs, with the names of the settings where these changed."""
    text = "; ".join(reasons)
    for begins, words in _REASONS:
        if begins in text:
            names = sorted(set(re.findall(r"\b([a-z][a-z_]*)=", text))) if begins == "Params have changed" else []
            return f"{words} ({', '.join(names)})" if names else words
    return reasons[0][:60] if reasons else ""
