"""What labels of first principles will take: how many of how many atoms, and the time of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from screening.config.campaign import Campaign

# CP2K's recipe with eight k points on one core, in seconds; between its grid, which grows as the atoms do, and full
# diagonalisation, as their cube, the square is taken.
LABEL_S, LABEL_ATOMS = 120.0, 52
# Start and three images.
LABELS_OF_A_HOP = 4
# Finer settings of one frame, and what they take beside the usual one.
FINER, FINER_TIMES = 3, 1.8


@dataclass(frozen=True)
class ReferenceCost:
    """Labels of a campaign.

    Attributes:
        n_labels: To judge and to correct, those that test their convergence with them.
        seconds: Of one core; None where nobody knows the method's time.
    """

    n_labels: int
    seconds: float | None

    def left(self, share: float) -> "ReferenceCost":
        """The same with this share of its time left."""
        return replace(self, seconds=self.seconds and share * self.seconds)


def reference_cost(
    campaign: Campaign, candidates: Sequence[int], families: Sequence[Sequence[int]]
) -> ReferenceCost | None:
    """What first principles take; None where the campaign asks none.

    Args:
        campaign: The campaign.
        candidates: Atoms of each candidate that goes on to molecular dynamics.
        families: Of each family, atoms of its candidates.
    """
    asked = campaign.potential.reference
    if asked is None or not candidates:
        return None
    each = asked.frames + LABELS_OF_A_HOP * asked.hops
    labels = [n for n in candidates for _ in range(each)]
    finer = [candidates[0]] * FINER if asked.convergence else []
    if asked.correct:
        for family in families:
            mean = round(sum(family) / len(family))
            labels += [mean] * asked.labels
            finer += [mean] * FINER if asked.convergence else []
    known = asked.name == "cp2k"
    seconds = sum(map(label_s, labels)) + FINER_TIMES * sum(map(label_s, finer)) if known else None
    return ReferenceCost(len(labels) + len(finer), seconds)


def label_s(n_atoms: int) -> float:
    """Processor time of a label by CP2K's recipe, in seconds: good to a factor of two or three."""
    return LABEL_S * float(n_atoms / LABEL_ATOMS) ** 2
