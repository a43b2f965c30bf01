"""From a recipe to a decoration: sites, counts and a balanced charge."""

from dataclasses import dataclass, replace

import numpy as np

from screening.candidates import oxidation
from screening.candidates.builder import DecorationBuilder
from screening.candidates.capacity import require_room
from screening.candidates.changes import Change, changes_of, dopants_of
from screening.candidates.compensation import compensate
from screening.candidates.decoration import VACANCY, Decoration
from screening.candidates.occupancies import FractionError
from screening.candidates.oxidation import States
from screening.candidates.recipe import Recipe
from screening.candidates.selection import select
from screening.candidates.supercell import Repeat, smallest_supercell
from screening.config.candidates import AutomaticSupercell
from screening.errors import StructureError
from screening.parents.base import Parent

# Cells with fewer framework atoms have reflections as strong as a crystal's by chance (screening.dynamics.glass).
MIN_GLASS_FRAMEWORK_ATOMS = 40


@dataclass(frozen=True)
class Plan:
    """What a recipe comes to.

    Attributes:
        decoration: To be filled.
        done: What was done to the parent, in words.
        supercell: Repeats of the parent's cell.
        formula_units: Parent formula units in the supercell.
        states: Oxidation states and how they came about.
        moves: What took whose place on the way from the parent, pairs of species of which either may be a vacancy.
        enlarged: Why the supercell is larger than the distance of images asks for, and what would fit a smaller one; ""
            where it is not.
        held_before_exchange: What the sites of each exchange held before it, the exchanged species first.
    """

    decoration: Decoration
    done: str
    supercell: Repeat
    formula_units: float
    states: States
    moves: tuple[tuple[str, str], ...] = ()
    enlarged: str = ""
    held_before_exchange: tuple[tuple[dict[str, int], ...], ...] = ()


def plan(
    parent: Parent,
    recipe: Recipe,
    *,
    mobile: str,
    supercell: AutomaticSupercell | Repeat,
    user_states: dict[str, float],
    occupancy_tolerance: float = 0.0,
    states_needed: bool = True,
) -> Plan:
    """Turn a recipe into a decoration of a supercell; cheap, nothing is enumerated.

    Args:
        parent: May be partially occupied.
        recipe: What to do.
        mobile: Element of the mobile ion.
        supercell: Repeats along the parent's axes, or the bounds for the smallest that works.
        user_states: Oxidation states from the config.
        occupancy_tolerance: Largest change of a partial occupancy that rounding to whole ions may make.
        states_needed: Whether oxidation states must be found; an ordered crystal that stays as it is needs none.

    Raises:
        StructureError: no such sites, a fraction the supercell cannot hold, a charge that the chosen
            compensation does not balance; says what would work.
    """
    if parent.amorphous and recipe.glass is None:
        raise StructureError("a packing is not a crystal; add `glass` to the rule, which melts and quenches it")
    try:
        states = oxidation.of_parent(parent.structure, parent.oxidation_states, user_states, occupancy_tolerance)
    except StructureError:
        if states_needed:
            raise
        states = oxidation.none_needed(parent.structure)
    changes = changes_of(recipe, parent)
    for dopant, host in dopants_of(recipe, parent):
        if dopant != VACANCY:
            states = states.with_dopant(dopant, user_states, host)
    charges = {**states.charges, VACANCY: 0.0}
    named = [sites for change in changes for sites in change.sites]
    if recipe.balance is not None and recipe.balance.sites is not None:
        named.append(select(parent.structure, recipe.balance.sites))

    def make(repeat: Repeat) -> Plan:
        builder = DecorationBuilder(parent.structure, repeat, charges, named)
        done = _carry_out(builder, changes, recipe.balance is not None, occupancy_tolerance)
        done.append(compensate(builder, recipe.balance, mobile, parent.vacant_sites))
        decoration = builder.decoration()
        require_room(decoration, occupancy_tolerance)
        if recipe.glass is not None:
            _require_glass_size(decoration, mobile)
            done.append(f"melted at {recipe.glass.melt_K:g} K, quenched at {recipe.glass.quench_K_per_ps:g} K/ps")
        units = parent.structure.composition.get_reduced_composition_and_factor()[1] * float(np.prod(repeat))
        return Plan(
            decoration,
            "; ".join(filter(None, done)) or "as is",
            repeat,
            units,
            states,
            tuple(builder.moves),
            held_before_exchange=tuple(builder.held_before_exchange),
        )

    if isinstance(supercell, AutomaticSupercell):
        too_small: list[tuple[Repeat, FractionError]] = []

        def attempt(repeat: Repeat) -> Plan:
            try:
                return make(repeat)
            except FractionError as error:
                too_small.append((repeat, error))
                raise

        n_atoms = parent.structure.composition.num_atoms
        _, made = smallest_supercell(parent.structure.lattice, n_atoms, supercell, attempt)
        return replace(made, enlarged=_enlarged(made.supercell, n_atoms, too_small))
    return make(supercell)


def _enlarged(chosen: Repeat, n_atoms: float, too_small: list[tuple[Repeat, FractionError]]) -> str:
    """What the cheapest cell would have taken, where it is cheaper."""
    if not too_small or np.prod(too_small[0][0]) >= np.prod(chosen):
        return ""
    repeat, error = min(too_small, key=lambda failed: (np.prod(failed[0]), failed[1].miss))
    cells = "x".join(map(str, repeat))
    return f"in {cells} cells (about {n_atoms * np.prod(repeat):.0f} atoms): {str(error).partition('; or choose')[0]}"


def _carry_out(builder: DecorationBuilder, changes: list[Change], compensated: bool, tolerance: float) -> list[str]:
    """Make all changes and whole numbers of partial occupancies; returns what was done."""
    # Rounding makes the parent neutral where a scheme balances the rest, and the whole crystal where none does.
    if compensated:
        rounded = builder.fill_partial_occupancies(tolerance)
        return [*(change.carry_out(builder) for change in changes), rounded]
    # What changes partially occupied sites comes after these are filled, with its charge known before.
    later = [change for change in changes if any(builder.is_partial(sites) for sites in change.sites)]
    done = {id(change): change.carry_out(builder) for change in changes if change not in later}
    rounded = builder.fill_partial_occupancies(tolerance, sum(change.charge(builder) for change in later))
    done |= {id(change): change.carry_out(builder) for change in later}
    return [*(done[id(change)] for change in changes), rounded]


def _require_glass_size(decoration: Decoration, mobile: str) -> None:
    framework = sum(n for element, n in decoration.composition().items() if element != mobile)
    if framework < MIN_GLASS_FRAMEWORK_ATOMS:
        # As a fraction that does not fit: a larger supercell may hold it.
        raise FractionError(
            f"a glass of {framework} atoms besides {mobile} cannot be distinguished from a crystal, "
            f"{MIN_GLASS_FRAMEWORK_ATOMS} are needed; raise candidates.supercell, or the groups of the packing",
            1 - framework / MIN_GLASS_FRAMEWORK_ATOMS,
        )
