"""A rule may be a grid over parents, dopants, fractions, degrees and compensations, of which not all can be made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from screening.candidates.recipe import Recipe
from screening.candidates.record import RefusedRow
from screening.errors import StructureError
from screening.parents.base import Parent

T = TypeVar("T")
# Of the reasons why nothing can be made; the others are like them.
_SHOWN = 5


@dataclass(frozen=True)
class Refusal:
    """A combination that was asked for and cannot be made.

    Attributes:
        rule: Number of the rule, from 0; None for a parent or a competing phase that was to be a reference.
        parent: Id of the parent.
        asked: What was to be done to it, in words.
        reason: Why it cannot be.
    """

    rule: int | None
    parent: str
    asked: str
    reason: str

    def row(self) -> RefusedRow:
        """Its line in refused.csv."""
        return RefusedRow(rule=self.rule, parent=self.parent, asked=self.asked, reason=self.reason)

    def __str__(self) -> str:
        if self.rule is None:
            return f"{self.parent} {self.asked}: {self.reason}"
        return f"candidates.rules.{self.rule} (parent {self.parent}, {self.asked}): {self.reason}"


def carry_out(
    rule: int, combinations: Sequence[tuple[Parent, Recipe]], make: Callable[[Parent, Recipe], T]
) -> tuple[list[T], list[Refusal]]:
    """Make all combinations of a rule that can be made.

    Args:
        rule: Number of the rule.
        combinations: Its grid.
        make: Makes one; a StructureError says why not.

    Returns:
        What was made, and what was refused.

    Raises:
        StructureError: none can be made; says why.
    """
    made, refused = [], []
    for parent, recipe in combinations:
        try:
            made.append(make(parent, recipe))
        except StructureError as error:
            refused.append(Refusal(rule, parent.id, recipe.words(), str(error)))
    if made:
        return made, refused
    if len(refused) == 1:
        (only,) = refused
        raise StructureError(f"candidates.rules.{rule} (parent {only.parent}): {only.reason}")
    more = f"\n  and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
    lines = "".join(f"\n  {refusal}" for refusal in refused[:_SHOWN])
    raise StructureError(
        f"none of the {len(refused)} combinations of candidates.rules.{rule} can be made:{lines}{more}"
    )
