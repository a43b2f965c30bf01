"""What a relaxed cell is for: to be ranked, to be compared with, or both."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """One of the two."""

    CANDIDATE = "candidate"
    REFERENCE = "reference"


def roles(row: Mapping[str, Any]) -> frozenset[Role]:
    """Roles of a row of candidates.csv or stability.csv, or of a record with the key `role`."""
    return frozenset(Role(name) for name in row["role"].split("+"))


def joined(several: Iterable[Role]) -> str:
    """Several roles as tables and records name them, such as "candidate+reference"."""
    return "+".join(sorted(several))
