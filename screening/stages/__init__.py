"""The stages: each reads files, calls pure functions of the package and writes files; nothing flows back.

`RUNNERS` names them all, with the files and options of each; `screening stage NAME` calls them, and nothing else does.
"""

from typing import NamedTuple


class Runner(NamedTuple):
    """Where a stage is, and what its inputs and options are called."""

    module: str
    inputs: tuple[str, ...]
    options: tuple[str, ...]


def _runner(module: str, inputs: str, options: str = "") -> Runner:
    return Runner(f"screening.stages.{module}", tuple(inputs.split()), tuple(options.split()))


RUNNERS: dict[str, Runner] = {
    "parents": _runner("parents", "structures", "base"),
    "enumerate": _runner("candidates", "parents"),
    "selfcheck": _runner("selfcheck", "candidates"),
    "selfcheck_second": _runner("selfcheck", "candidates"),
    "glass": _runner("glass", "candidate potential"),
    "first_start": _runner("first_start", "candidate glass potential"),
    "relax": _runner("relax", "candidate glass first_start student potential"),
    "mixing": _runner("mixing", "relaxed candidates"),
    "shortlist": _runner("shortlist", "stability"),
    "student": _runner("student", "cells"),
    "md": _runner("md", "relaxed student rung parent", "temperature ordering replica length_ps"),
    "md_batch": _runner("md_batch", "relaxed rung parent", "temperatures ordering replicas length_ps"),
    "rung": _runner("rung", "arrhenius rung", "length_ps"),
    "md_large": _runner(
        "md_large",
        "relaxed student parent transport candidate parents",
        "length_ps ordering distribution frozen_K",
    ),
    "finite_size": _runner("finite_size", "candidate runs large"),
    "temperatures": _runner("temperatures", "transport runs before", "number"),
    "transport": _runner("transport", "candidate runs"),
    "local": _runner("local", "transport runs candidate parents", "parent"),
    "equation": _runner("equation", "arrhenius transport local"),
    "boundary": _runner("boundary", "candidate relaxed runs"),
    "arrhenius": _runner("arrhenius", "transport"),
    "trust": _runner("trust", "runs second_potential reference"),
    "reference": _runner("reference", "runs student relaxed convergence"),
    "convergence": _runner("convergence", "runs"),
    "ranking": _runner(
        "ranking",
        "candidates stability shortlist transport arrhenius trust reference rung temperatures finite_size",
    ),
    "report": _runner("report", "config ranking equation"),
}
