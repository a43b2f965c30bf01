"""What a self-check returns: single checks with value and bound, and the verdict."""

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One thing that was checked.

    Attributes:
        name: What was checked: "volume", "forces", ...
        subject: The crystal it was checked on, empty where it concerns none.
        value: What was measured, in `unit`; None where nothing could be measured.
        bound: The largest absolute value that passes, in `unit`; for a ratio the largest factor either way.
        unit: Unit of value and bound.
        passed: Whether it holds.
        text: One sentence that says what the number means and, where it failed, what that tells.
    """

    name: str
    subject: str
    value: float | None
    bound: float | None
    unit: str
    passed: bool
    text: str


@dataclass(frozen=True)
class SelfCheck:
    """The outcome of all checks of one potential.

    Attributes:
        potential: What `Potential.record` says about it: name, version, functional, checksum.
        accepted: True if every check passed.
        elements: The elements it was checked for, sorted.
        not_covered: Those of them that no reference crystal covers: the potential may be wrong for them.
        unknown: Those of them that the potential does not know; any of them refuses it.
        notes: What the reader should know besides, such as crystals that could not be computed.
        checks: The single checks, in the order they were made.
        seconds: Wall time it took.
    """

    potential: dict[str, str]
    accepted: bool
    elements: tuple[str, ...]
    not_covered: tuple[str, ...]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]
    checks: tuple[Check, ...]
    seconds: float

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if not check.passed)

    def reason(self, most: int = 3) -> str:
        """Why it was refused, in one line; empty if it was accepted.

        Args:
            most: Number of failed checks that are spelled out; the rest is counted.
        """
        told = [f"{c.name} of {c.subject}: {c.text}" if c.subject else f"{c.name}: {c.text}" for c in self.failures]
        more = [f"and {len(told) - most} more"] if len(told) > most else []
        return "; ".join([*told[:most], *more])

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, with the derived reason."""
        return {**asdict(self), "reason": self.reason()}


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
