"""Verdicts in the words and symbols of the page."""

from collections.abc import Sequence

from screening.selection.rows import RankingVerdict
from screening.transport.record import TransportVerdict

# kind -> (label, symbol, what it means). Symbols differ as well as colours: colour alone says nothing to many.
KINDS: dict[str, tuple[str, str, str]] = {
    TransportVerdict.RESOLVED: ("resolved", "●", "diffusion is resolved; the number has an error"),
    TransportVerdict.BRACKETED: (
        "bracketed",
        "↕",
        "diffusion is seen but not resolved; the true value lies between two bounds",
    ),
    TransportVerdict.UPPER_BOUND: (
        "upper bound",
        "▼",
        "diffusion was not resolved; the true value lies below the bound",
    ),
    TransportVerdict.MELTED: ("melted", "✕", "the framework diffuses too, so the number would not be the crystal's"),
    TransportVerdict.ANOTHER_SPECIES_MOVES: (
        "another species moves",
        "⇄",
        "ions that were not named as mobile diffuse too; name them, or this sublattice melts",
    ),
    TransportVerdict.TOO_SHORT: ("too short", "◔", "the runs end before diffusion could be judged"),
    TransportVerdict.FAILED: ("failed", "⚠", "runs failed; the reason is given"),
    "unresolved": (
        "not resolved",
        "◌",
        "too few temperatures are resolved, or one straight line does not describe them well enough",
    ),
    "not_simulated": ("not simulated", "○", "not shortlisted for molecular dynamics; the reason is given"),
}


def kind_of(verdict: str, bound: float | None, dropped: Sequence[str]) -> str:
    """The page's verdict on a candidate.

    Args:
        verdict: Of the ranking.
        bound: Upper bound of its conductivity, if there is one.
        dropped: Verdicts on its temperatures without a diffusivity.
    """
    if verdict == RankingVerdict.NOT_SHORTLISTED:
        return "not_simulated"
    if verdict in KINDS:
        return verdict
    if verdict == RankingVerdict.LINE_NOT_RESOLVED:
        return "unresolved"
    if bound is not None:
        return TransportVerdict.UPPER_BOUND
    (only,) = set(dropped) if len(set(dropped)) == 1 else ("",)
    return only if only in KINDS else "unresolved"


def badge(kind: str) -> tuple[str, str, str]:
    """Label, symbol and meaning of a verdict; one that is not known shows its own name."""
    return KINDS.get(kind, (kind.replace("_", " "), "◌", ""))
