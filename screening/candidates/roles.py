"""What a relaxed cell is for: to be ranked, to be compared with, or both."""

from enum import StrEnum


class Role(StrEnum):
    """One of the two."""

    CANDIDATE = "candidate"
    REFERENCE = "reference"


def roles(text: str) -> frozenset[Role]:
    """Several roles as tables and records name them, such as "candidate+reference"."""
    return frozenset(map(Role, text.split("+")))
