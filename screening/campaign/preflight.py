"""What can be found wrong before any job starts: parents that do not load, fractions and charges that do not work."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pymatgen.core import Element, Structure

from screening.candidates.grid import carry_out
from screening.candidates.oxidation import describe_sources, of_parent
from screening.candidates.recipe import Recipe, expand
from screening.candidates.rules import Plan, plan
from screening.candidates.selection import select, site_summary
from screening.config.campaign import Campaign
from screening.errors import ConfigError, PotentialError, ScreeningError, StructureError
from screening.parents.base import Parent, named
from screening.parents.registry import load_parents, load_references
from screening.potentials.registry import check as check_potential
from screening.potentials.registry import check_batched


@dataclass(frozen=True)
class Preflight:
    """What a campaign will be made of.

    Attributes:
        lines: One on each candidate, on each that cannot be made, and on what was not looked at.
        recipes: What is done to which parent, one per candidate.
        plans: What each of them comes to.
        references: Structures of the parents and references, which are relaxed too.
    """

    lines: list[str]
    recipes: list[Recipe]
    plans: list[Plan]
    references: list[Structure]


def check_campaign(campaign: Campaign, base: Path) -> Preflight:
    """Look for the potentials and plan every rule.

    Raises:
        ConfigError: names the key, what is wrong and what would be right; all rules' mistakes are in one message.
    """
    lines = [*_potentials(campaign, base), *_fruitless(campaign)]
    parents = load_parents(campaign.parents, base).parents
    references = load_references(campaign.stability.references, campaign.parents, base).parents
    wrong = _cages(campaign, parents.values())
    planned: list[tuple[Recipe, Plan]] = []
    for i, rule in enumerate(campaign.candidates.rules):
        combinations = list(itertools.product(named(rule.parent, parents), expand(rule)))
        try:
            made, refused = carry_out(i, combinations, partial(_planned, campaign))
        except ScreeningError as error:
            wrong.append(str(error))
            continue
        lines += [_described(parent, plan) for parent, _, plan in made]
        planned += [(recipe, plan) for _, recipe, plan in made]
        lines += [f"cannot be made, so it is skipped: {refusal}" for refusal in refused]
    if wrong:
        raise ConfigError("\n".join(wrong))
    relaxed = [parent.structure for parent in (*parents.values(), *references.values()) if not parent.amorphous]
    return Preflight(lines, [recipe for recipe, _ in planned], [plan for _, plan in planned], relaxed)


def _fruitless(campaign: Campaign) -> list[str]:
    """Settings that are allowed and leave nothing to report."""
    lines = []
    needed = campaign.arrhenius.min_temperatures
    if (given := len(campaign.md.temperatures_K)) < needed:
        lines.append(
            f"md.temperatures_K: {given} of the {needed} that a line needs, so no conductivity at 300 K comes out"
        )
    analysed = round((1 - campaign.transport.equilibration_fraction) * campaign.md.frames)
    if analysed < campaign.transport.min_frames:
        lines.append(
            f"md.duration_ps: leaves {analysed} frames to analyse, and {campaign.transport.min_frames} are needed "
            "(transport.min_frames): every run will be too short"
        )
    lines += [
        f"oxidation_states.{symbol}: there is no such element"
        for symbol in campaign.oxidation_states
        if not Element.is_valid_symbol(symbol)
    ]
    return lines


def _potentials(campaign: Campaign, base: Path) -> list[str]:
    """Both potentials can be there; a line where something of one cannot be said before it is loaded."""
    lines = []
    for key, chosen in (("potential", campaign.potential), ("potential.second", campaign.potential.second)):
        if chosen is None:
            continue
        try:
            left = check_potential(chosen.beside(base))
        except PotentialError as error:
            raise ConfigError(f"{key}.name: {error}") from None
        if left:
            lines.append(f"{key} {chosen.name}: {left}")
    if campaign.md.batched:
        try:
            check_batched(campaign.potential)
        except PotentialError as error:
            raise ConfigError(f"md.batched: {error}") from None
    return lines


def _cages(campaign: Campaign, parents: Iterable[Parent]) -> list[str]:
    """What is wrong with the cages' centres, which every parent must have."""
    wrong: list[str] = []
    cages = campaign.local_picture.cages
    if cages is None:
        return wrong
    for parent in parents:
        try:
            select(parent.structure, cages)
        except StructureError as error:
            wrong.append(f"local_picture.cages: {parent.id}: {error}")
    return wrong


def _planned(campaign: Campaign, parent: Parent, recipe: Recipe) -> tuple[str, Recipe, Plan]:
    if campaign.mobile_ion not in parent.structure.composition.get_el_amt_dict():
        raise StructureError(f"it holds no {campaign.mobile_ion} (mobile_ion)")
    planned = plan(
        parent,
        recipe,
        mobile=campaign.mobile_ion,
        supercell=campaign.candidates.supercell,
        user_states=campaign.oxidation_states,
        occupancy_tolerance=campaign.candidates.occupancy_tolerance,
    )
    return parent.id, recipe, planned


def _described(parent: str, planned: Plan) -> str:
    decoration = planned.decoration
    repeat = "x".join(map(str, planned.supercell))
    return (
        f"{parent}: {planned.done}; {repeat} cells, {sum(decoration.composition().values())} atoms, "
        f"{decoration.n_arrangements:.4g} arrangements; {describe_sources(planned.states)}"
    )


def describe_parents(campaign: Campaign, base: Path) -> list[str]:
    """A line per parent and reference (id, formula, space group, energy above the hull, sublattices), and per entry
    of a database left out."""
    loaded = load_parents(campaign.parents, base)
    references = load_references(campaign.stability.references, campaign.parents, base)
    return [
        *(_parent_line(parent, campaign) for parent in loaded.parents.values()),
        *(f"{_parent_line(parent, campaign)}; reference only" for parent in references.parents.values()),
        *(
            f"{query}: skipped {entry}: {reason}"
            for query, entries in {**loaded.left_out, **references.left_out}.items()
            for entry, reason in entries.items()
        ),
    ]


def _parent_line(parent: Parent, campaign: Campaign) -> str:
    energy = parent.energy_above_hull_eV_atom
    hull = "hull distance unknown" if energy is None else f"{1000 * energy:.1f} meV/atom above the hull"
    return (
        f"{parent.id}: {parent.structure.composition.reduced_formula}, {parent.space_group or 'partially occupied'}, "
        f"{hull}, {site_summary(parent.structure)}"
        + (f"; empty sites {', '.join(parent.vacant_sites)}" if parent.vacant_sites else "")
        + f"; {_states(parent, campaign)}"
    )


def _states(parent: Parent, campaign: Campaign) -> str:
    tolerance = campaign.candidates.occupancy_tolerance
    try:
        return describe_sources(
            of_parent(parent.structure, parent.oxidation_states, campaign.oxidation_states, tolerance)
        )
    except StructureError as error:
        # Looking at a parent is how the user finds out what to name.
        return str(error)
