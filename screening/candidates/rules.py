"""From a recipe to a decoration: sites, counts and a balanced charge."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from screening.boundaries.primitive import primitive
from screening.candidates import oxidation
from screening.candidates.builder import DecorationBuilder
from screening.candidates.capacity import require_room
from screening.candidates.changes import Change, changes_of, dopants_of
from screening.candidates.compensation import compensate
from screening.candidates.decoration import VACANCY, Decoration
from screening.candidates.facing import Faced, face
from screening.candidates.joining import Joined, join
from screening.candidates.occupancies import FractionError
from screening.candidates.oxidation import States
from screening.candidates.recipe import Recipe
from screening.candidates.selection import select
from screening.candidates.supercell import Repeat, smallest_supercell
from screening.config.boundaries import InterfaceConfig
from screening.config.candidates import AutomaticSupercell, SublatticeSelector
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
        joined: How grains of it make a boundary, or a cell like that of one; None for a single crystal.
    """

    decoration: Decoration
    done: str
    supercell: Repeat
    formula_units: float
    states: States
    moves: tuple[tuple[str, str], ...] = ()
    enlarged: str = ""
    held_before_exchange: tuple[tuple[dict[str, int], ...], ...] = ()
    joined: Joined | Faced | None = None

    @property
    def grains(self) -> int:
        """How many grains of the decoration a structure holds."""
        return 1 if self.joined is None else self.joined.grains

    def composition(self) -> Counter[str]:
        """Number of atoms of each element in a structure."""
        own = self.decoration
        return own.composition() if self.joined is None else self.joined.composition(own)

    @property
    def n_atoms(self) -> int:
        """Of a structure."""
        return self.composition().total()

    @property
    def cells(self) -> str:
        """Of the parent that a structure is made of, in words."""
        return "x".join(map(str, self.supercell)) if self.joined is None else self.joined.cells

    @property
    def most_of_each(self) -> int:
        """Structures that are made of one ordering, at most."""
        return 1 if self.joined is None or self.joined.is_bulk else self.joined.keep


def plan(
    parent: Parent,
    recipe: Recipe,
    *,
    mobile: str,
    supercell: AutomaticSupercell | Repeat,
    user_states: dict[str, float],
    occupancy_tolerance: float = 0.0,
    states_needed: bool = True,
    other: Parent | None = None,
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
        other: The crystal that an interface is with.

    Raises:
        StructureError: no such sites, a fraction the supercell cannot hold, a charge that the chosen
            compensation does not balance; says what would work.
    """
    if parent.amorphous and recipe.glass is None:
        raise StructureError("a packing is not a crystal; add `glass` to the rule, which melts and quenches it")
    states = _states(parent, recipe, user_states, occupancy_tolerance, needed=states_needed)
    changes = changes_of(recipe, parent)
    charges = {**states.charges, VACANCY: 0.0}
    crystal, find = _smallest(parent, recipe, changes)
    named = [sites for change in changes for sites in change.sites]
    if recipe.balance is not None and recipe.balance.sites is not None:
        named.append(find(recipe.balance.sites))

    def make(cell: Repeat | NDArray[np.int64]) -> Plan:
        builder = DecorationBuilder(crystal.structure, cell, charges, named, find)
        done = _carry_out(builder, changes, recipe.balance is not None, occupancy_tolerance)
        done.append(compensate(builder, recipe.balance, mobile, crystal.vacant_sites))
        decoration = builder.decoration()
        require_room(decoration, occupancy_tolerance)
        if recipe.glass is not None:
            _require_glass_size(decoration, mobile)
            done.append(f"melted at {recipe.glass.melt_K:g} K, quenched at {recipe.glass.quench_K_per_ps:g} K/ps")
        units = crystal.structure.composition.get_reduced_composition_and_factor()[1] * builder.copies
        return Plan(
            decoration,
            "; ".join(filter(None, done)) or "as is",
            cell if isinstance(cell, tuple) else (1, 1, 1),
            units,
            states,
            tuple(builder.moves),
            held_before_exchange=tuple(builder.held_before_exchange),
        )

    if recipe.boundary is not None:
        joined: Joined | Faced
        if isinstance(recipe.boundary, InterfaceConfig):
            assert other is not None
            film = _states(other, Recipe(other.id), user_states, occupancy_tolerance, needed=True)
            states = _of_both(states, film, other.id)
            both = {**states.charges, VACANCY: 0.0}
            made, joined = face(parent.structure, crystal.structure, other, recipe.boundary, both, mobile, make)
            made = replace(made, decoration=replace(made.decoration, charges=both))
        else:
            made, joined = join(parent.structure, crystal.structure, recipe.boundary, mobile, make)
        done = joined.words if made.done == "as is" else f"{made.done}; {joined.words}"
        units = joined.grains * made.formula_units
        return replace(made, done=done, formula_units=units, states=states, joined=joined)
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


def _of_both(one: States, other: States, name: str) -> States:
    """Of two crystals that face each other.

    Raises:
        StructureError: an element has another charge in the other crystal.
    """
    for element in sorted(one.charges.keys() & other.charges.keys()):
        if one.charges[element] != other.charges[element]:
            raise StructureError(
                f"{element} is {one.charges[element]:+g} here and {other.charges[element]:+g} in {name}: both crystals "
                "need one charge of each element; name it in oxidation_states"
            )
    return States({**other.charges, **one.charges}, {**other.sources, **one.sources})


def _states(parent: Parent, recipe: Recipe, user_states: dict[str, float], tolerance: float, *, needed: bool) -> States:
    """Of the parent's elements and the dopants."""
    try:
        states = oxidation.of_parent(parent.structure, parent.oxidation_states, user_states, tolerance)
    except StructureError:
        if needed:
            raise
        states = oxidation.none_needed(parent.structure)
    for dopant, host in dopants_of(recipe, parent):
        if dopant != VACANCY:
            states = states.with_dopant(dopant, user_states, host)
    return states


def _smallest(
    parent: Parent, recipe: Recipe, changes: list[Change]
) -> tuple[Parent, Callable[[SublatticeSelector], list[int]]]:
    """What is repeated, and which of its sites a selector means: for a boundary the parent's primitive cell.

    Changes are carried over to it.
    """
    if recipe.boundary is None:
        return parent, partial(select, parent.structure)
    small = primitive(parent.structure, labelled=any(selector.label for selector in recipe.selectors))
    for change in changes:
        change.sites = tuple(small.sites(own) for own in change.sites)
    vacant = {label: small.points(own, parent.structure.lattice) for label, own in parent.vacant_sites.items()}
    crystal = replace(parent, structure=small.structure, vacant_sites=vacant)
    return crystal, lambda selector: small.sites(select(parent.structure, selector))


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
