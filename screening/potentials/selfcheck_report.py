"""What a self-check returns, and potential.json: single checks with value and bound, and whether it is accepted."""

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

from screening.records.fields import Key
from screening.records.origin import PotentialFacts, Provenance
from screening.records.typed import Part, Record

#: A check that casts doubt and refuses nothing: in another cell the potential may be right.
SWELLING = "swelling"


@dataclass(frozen=True, slots=True)
class Check(Part):
    """One thing that was checked."""

    name: Annotated[str, Key("what was checked, such as `volume` or `forces`")]
    subject: Annotated[str, Key("the crystal it was checked on, empty where it concerns none")]
    value: Annotated[float | None, Key("what was measured, in `unit`", none="where nothing could be measured")]
    bound: Annotated[
        float | None,
        Key(
            "the largest absolute value that passes, in `unit`; for a ratio the largest factor either way",
            none="where nothing could be measured",
        ),
    ]
    unit: Annotated[str, Key("of value and bound")]
    passed: Annotated[bool, Key("whether it holds")]
    text: Annotated[str, Key("what the number means and, where it failed, what that tells")]


@dataclass(frozen=True, slots=True)
class SelfCheck(Part):
    """The outcome of all checks of one potential."""

    potential: Annotated[PotentialFacts, Key("the one that was checked")]
    accepted: Annotated[bool, Key("whether every check passed but `swelling`, which casts doubt and refuses nothing")]
    elements: Annotated[tuple[str, ...], Key("that it was checked for, sorted")]
    not_covered: Annotated[
        tuple[str, ...],
        Key("those of them that no reference crystal covers: the potential may be wrong for them"),
    ]
    unknown: Annotated[tuple[str, ...], Key("those of them that the potential does not know; any of them refuses it")]
    notes: Annotated[tuple[str, ...], Key("what else is to be known, such as crystals that could not be computed")]
    checks: Annotated[tuple[Check, ...], Key("the single checks, in the order in which they were made")]
    seconds: Annotated[float, Key("wall time it took", unit="s")]

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that refuse it."""
        return tuple(check for check in self.checks if not check.passed and check.name != SWELLING)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is doubtful though it is accepted, each with its crystal."""
        return tuple(f"{c.subject}: {c.text}" for c in self.checks if not c.passed and c.name == SWELLING)

    def reason(self, most: int = 3) -> str:
        """Why it was refused, in one line; empty if it was accepted.

        Args:
            most: Number of failed checks that are spelled out; the rest is counted.
        """
        told = [f"{c.name} of {c.subject}: {c.text}" if c.subject else f"{c.name}: {c.text}" for c in self.failures]
        more = [f"and {len(told) - most} more"] if len(told) > most else []
        return "; ".join([*told[:most], *more])


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheckRecord(Record):
    """potential.json of a campaign."""

    FILE: ClassVar[str] = "potential.json"
    REMEDY: ClassVar[str] = "delete it and run again; the potential is then checked again"

    outcome: Annotated[SelfCheck, Key("what was found", inline=True)]
    reason: Annotated[str, Key("why it was refused, empty where it was accepted")]
    provenance: Annotated[Provenance, Key("what it was made by")]


def limited(name: str, subject: str, value: float, bound: float, unit: str, text: str) -> Check:
    """A check that |value| stays within `bound`; a value that is not finite fails and is recorded as None."""
    finite = math.isfinite(value)
    told = text if finite else f"{text} (not a finite number)"
    return Check(
        name, subject, float(value) if finite else None, bound, unit, bool(finite and abs(value) <= bound), told
    )


def failed(name: str, subject: str, text: str) -> Check:
    """A check that failed without a number."""
    return Check(name, subject, None, None, "", False, text)
