"""What can be found wrong before any job starts: parents that do not load, fractions and charges that do not work."""

from pathlib import Path

from screening.candidates.oxidation import describe_sources
from screening.candidates.recipe import expand
from screening.candidates.rules import Plan, plan
from screening.candidates.selection import site_summary
from screening.config.campaign import Campaign
from screening.errors import ConfigError, ScreeningError
from screening.parents.base import Parent
from screening.parents.registry import load_parent


def load_parents(campaign: Campaign, base: Path) -> dict[str, Parent]:
    """The campaign's parents by id.

    Raises:
        ConfigError: one cannot be loaded; names the key.
    """
    parents = {}
    for i, parent in enumerate(campaign.parents):
        try:
            parents[parent.name] = load_parent(*parent.source, base=base, id=parent.name)
        except ScreeningError as error:
            raise ConfigError(f"parents.{i}: {error}") from None
    return parents


def check_campaign(campaign: Campaign, base: Path) -> list[str]:
    """Plan every rule; returns a line on each.

    Raises:
        ConfigError: names the key, what is wrong and what would be right.
    """
    parents = load_parents(campaign, base)
    for i, name in enumerate(campaign.stability.references):
        try:
            load_parent("library", name, base=base, id=name)
        except ScreeningError as error:
            raise ConfigError(f"stability.references.{i}: {error}") from None
    lines = []
    for i, rule in enumerate(campaign.candidates.rules):
        parent = parents[rule.parent]
        if campaign.mobile_ion not in parent.structure.composition.get_el_amt_dict():
            raise ConfigError(f"candidates.rules.{i}: parent {rule.parent} holds no {campaign.mobile_ion} (mobile_ion)")
        for recipe in expand(rule):
            try:
                planned = plan(
                    parent,
                    recipe,
                    mobile=campaign.mobile_ion,
                    supercell=campaign.candidates.supercell,
                    user_states=campaign.oxidation_states,
                    occupancy_tolerance=campaign.candidates.occupancy_tolerance,
                )
            except ScreeningError as error:
                raise ConfigError(f"candidates.rules.{i} (parent {rule.parent}): {error}") from None
            lines.append(_described(rule.parent, planned))
    return lines


def _described(parent: str, planned: Plan) -> str:
    decoration = planned.decoration
    repeat = "x".join(map(str, planned.supercell))
    return (
        f"{parent}: {planned.done}; {repeat} cells, {sum(decoration.composition().values())} atoms, "
        f"{decoration.n_arrangements:.4g} arrangements; {describe_sources(planned.states)}"
    )


def describe_parents(campaign: Campaign, base: Path) -> list[str]:
    """A line per parent: id, formula, space group, sublattices."""
    return [
        f"{name}: {parent.structure.composition.reduced_formula}, {parent.space_group or 'partially occupied'}, "
        f"{site_summary(parent.structure)}"
        + (f"; empty sites {', '.join(parent.vacant_sites)}" if parent.vacant_sites else "")
        for name, parent in load_parents(campaign, base).items()
    ]
