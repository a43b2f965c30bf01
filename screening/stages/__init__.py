"""The stages: each reads files, calls pure functions of the package and writes files; nothing flows back.

`RUNNERS` names them all; `screening stage NAME` calls them, and nothing else does.
"""

RUNNERS: dict[str, str] = {
    "parents": "screening.stages.parents",
    "enumerate": "screening.stages.candidates",
    "selfcheck": "screening.stages.selfcheck",
    "selfcheck_second": "screening.stages.selfcheck",
    "glass": "screening.stages.glass",
    "first_start": "screening.stages.first_start",
    "relax": "screening.stages.relax",
    "mixing": "screening.stages.mixing",
    "shortlist": "screening.stages.shortlist",
    "student": "screening.stages.student",
    "md": "screening.stages.md",
    "md_batch": "screening.stages.md_batch",
    "rung": "screening.stages.rung",
    "transport": "screening.stages.transport",
    "local": "screening.stages.local",
    "equation": "screening.stages.equation",
    "arrhenius": "screening.stages.arrhenius",
    "trust": "screening.stages.trust",
    "ranking": "screening.stages.ranking",
    "report": "screening.stages.report",
}
