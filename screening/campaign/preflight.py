"""What can be found wrong before any job starts: parents that do not load, fractions and charges that do not work."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pymatgen.core import Element, Structure

from screening.candidates.ordering import n_distinct
from screening.candidates.oxidation import describe_sources, of_parent
from screening.candidates.planning import Planned, plan_campaign
from screening.candidates.rules import Plan
from screening.candidates.selection import select, site_summary
from screening.config.campaign import Campaign
from screening.config.dynamics import MDConfig
from screening.config.stages import EnumerateSettings
from screening.errors import ConfigError, PotentialError, StructureError
from screening.meso.usual import SHORTEST_RUN_PS
from screening.parents.base import Parent
from screening.parents.registry import load_parents, load_references
from screening.potentials.dispersion import DispersionError
from screening.potentials.registry import check as check_potential
from screening.potentials.registry import check_batched
from screening.report.measured import read_measured

# Arrangements that are counted by symmetry before anything runs.
MOST_COUNTED = 2000


@dataclass(frozen=True)
class Preflight:
    """What a campaign will be made of.

    Attributes:
        lines: One on each candidate, on each that cannot be made, and on what was not looked at.
        candidates: To be made.
        references: Structures of the parents and competing phases that are relaxed too.
    """

    lines: list[str]
    candidates: tuple[Planned, ...]
    references: list[Structure]


def check_campaign(campaign: Campaign, base: Path) -> Preflight:
    """Look for the potentials and plan every rule and reference, as the enumeration will.

    Raises:
        ConfigError: names the key, what is wrong and what would be right; all rules' mistakes are in one message.
    """
    lines = [*_potentials(campaign, base), *_fruitless(campaign)]
    if campaign.report.measured is not None:
        read_measured(base / campaign.report.measured)
    parents = load_parents(campaign.parents, base).parents
    references = load_references(campaign.stability.references, campaign.parents, base).parents
    wrong = [*_cages(campaign, parents.values()), *_boundaries(campaign)]
    try:
        plan = plan_campaign(enumerate_settings(campaign), parents, references)
    except StructureError as error:
        raise ConfigError("\n".join([*wrong, str(error)])) from None
    if wrong:
        raise ConfigError("\n".join(wrong))
    lines += _without_layers(campaign, len(plan.candidates))
    lines += _as_read(campaign, {**parents, **references})
    _check_species(campaign, plan.candidates)
    several = len(campaign.mobile_ions) > 1
    for planned in plan.candidates:
        conducts = f"; {planned.mobile} conducts" if several else ""
        lines.append(_described(planned, campaign.candidates.orderings.keep) + conducts)
    lines += [f"cannot be made, so it is skipped: {refusal}" for refusal in plan.refused]
    relaxed = [planned.plan.decoration.some_structure() for planned in plan.references]
    return Preflight(lines, plan.candidates, relaxed)


def _check_species(campaign: Campaign, planned: Iterable[Planned]) -> None:
    """Refuse one of several mobile ions that conducts in no candidate, and a further mobile species that none has."""
    planned = list(planned)
    idle = [ion for ion in campaign.mobile_ions if ion not in {one.mobile for one in planned}]
    if idle and len(campaign.mobile_ions) > 1:
        raise ConfigError(
            f"mobile_ion: {', '.join(idle)} conducts in no candidate: each conducts the first of "
            f"{', '.join(campaign.mobile_ions)} that it holds; leave it out, change the order, or add a parent"
        )
    there = sorted({symbol for one in planned for symbol in one.plan.composition()})
    lacking = [symbol for symbol in campaign.also_mobile if symbol not in there]
    if lacking:
        raise ConfigError(
            f"also_mobile: no candidate holds {', '.join(lacking)}; their elements are {', '.join(there)}"
        )


def enumerate_settings(campaign: Campaign) -> EnumerateSettings:
    """The campaign's part that decides its candidates."""
    return EnumerateSettings(**{name: getattr(campaign, name) for name in EnumerateSettings.model_fields})


def _fruitless(campaign: Campaign) -> list[str]:
    """Settings that are allowed and leave nothing to report."""
    lines = []
    if not campaign.md.chooses:
        lines += [
            f"md.{key}: of no use with listed temperatures; it is for temperatures_K: auto"
            for key in ("hottest_K", "budget_core_hours")
            if getattr(campaign.md, key) != MDConfig.model_fields[key].default
        ]
    needed = campaign.arrhenius.min_temperatures
    if not campaign.md.chooses and (given := len(campaign.md.listed_K)) < needed:
        lines.append(f"md.temperatures_K: {given} temperatures, but a line needs {needed}: no conductivity at 300 K")
    analysed = round((1 - campaign.transport.equilibration_fraction) * campaign.md.frames)
    if analysed < campaign.transport.min_frames:
        lines.append(
            f"md.duration_ps: leaves {analysed} frames to analyse, and {campaign.transport.min_frames} are needed "
            "(transport.min_frames): every run will be too short"
        )
    if campaign.potential.student != "none" and campaign.student.committee > campaign.md.replicas == 1:
        lines.append(
            "md.replicas: 1, so that a candidate of one ordering runs with one student: no error bar holds what "
            f"another student would give; md.replicas: {campaign.student.committee} shares the runs among the committee"
        )
    lines += [
        f"oxidation_states.{symbol}: there is no such element"
        for symbol in campaign.oxidation_states
        if not Element.is_valid_symbol(symbol)
    ]
    return lines


def _without_layers(campaign: Campaign, n_candidates: int) -> list[str]:
    """Settings with which boundaries are run and little or nothing is said of them beside their crystals."""
    rules = [
        f"candidates.rules.{i}.{'grain_boundary' if rule.interface is None else 'interface'}"
        for i, rule in enumerate(campaign.candidates.rules)
        if rule.interface is not None or rule.grain_boundary is not None
    ]
    if not rules:
        return []
    lines, md = [], campaign.md
    if md.chooses:
        lines.append(
            f"md.temperatures_K: auto: only the two first temperatures are those of all candidates, and {rules[0]} has "
            "layers, G and R where the boundary and its crystals were run alike; list temperatures for more"
        )
    shortest = md.duration_ps if md.target_relative_error is None else min(md.min_duration_ps, md.duration_ps)
    if shortest <= SHORTEST_RUN_PS:
        key = "duration_ps" if shortest == md.duration_ps else "min_duration_ps"
        lines.append(
            f"md.{key}: runs may end after {shortest:g} ps, and {rules[0]} has no layers, G and R from less than "
            f"{SHORTEST_RUN_PS:.0f} ps; set it to 50 or more, better 200"
        )
    faced = [key for key in rules if key.endswith("interface")]
    if faced and md.cell == "measured":
        lines.append(
            f"md.cell: measured: the cell of {faced[0]} is scaled as its parent is, and the other crystal beside it by "
            "its own, so that they differ in the plane by what the potential errs in both; `relaxed` with a dispersion "
            "that is right does not"
        )
    if campaign.shortlist.max_candidates < n_candidates:
        lines.append(
            f"shortlist.max_candidates: {campaign.shortlist.max_candidates} of {n_candidates} candidates are run, and "
            f"a boundary ({rules[0]}) without its crystals has no G and R; set it to {n_candidates}"
        )
    return lines


def _potentials(campaign: Campaign, base: Path) -> list[str]:
    """All potentials can be there; a line where something of one cannot be said before it is loaded."""
    lines = []
    named = {
        "potential": campaign.potential,
        "potential.second": campaign.potential.second,
        "potential.reference": campaign.potential.reference,
    }
    for key, chosen in named.items():
        if chosen is None:
            continue
        try:
            left = check_potential(chosen.beside(base))
        except PotentialError as error:
            at = "dispersion" if isinstance(error, DispersionError) else "name"
            raise ConfigError(f"{key}.{at}: {error}") from None
        if left:
            lines.append(f"{key} {chosen.name}: {left}")
    if campaign.potential.reference_lacks_dispersion:
        added = campaign.potential.dispersion
        lines.append(
            f"potential.reference: cp2k has no dispersion, so that what {added} adds counts as the potential's error; "
            f"set potential.reference.dispersion: {added}"
        )
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


def _boundaries(campaign: Campaign) -> list[str]:
    """What other sections ask for and grain boundaries and interfaces cannot have."""
    wrong = []
    rules: list[tuple[str, str, float]] = []
    for i, rule in enumerate(campaign.candidates.rules):
        if rule.interface is not None:
            rules.append((f"candidates.rules.{i}.interface", "slab_A", rule.interface.slab_A))
        if rule.grain_boundary is not None:
            own = rule.grain_boundary if isinstance(rule.grain_boundary, tuple) else (rule.grain_boundary,)
            rules += [(f"candidates.rules.{i}.grain_boundary", "grain_A", one.grain_A) for one in own]
    # An ion in the middle of a grain sees neither boundary.
    least = 2 * campaign.student.basis.cutoff_A
    for key, name, thickness in rules:
        if thickness < least:
            wrong.append(
                f"{key}.{name}: grains of {thickness:g} Angstrom are thinner than twice the range of forces "
                f"(student.basis.cutoff_A), so that no ion in them is as in the crystal; set it to {least:g} or more"
            )
    picture = campaign.local_picture
    if rules and (picture.sites == "parent" or picture.cages is not None):
        named = "sites: parent" if picture.sites == "parent" else "cages"
        wrong.append(
            f"local_picture.{named}: {rules[0][0]} makes cells that are no repeats of the parent's, so that its sites "
            "cannot be found in them; leave it out (sites come from the density then)"
        )
    return wrong


def _described(planned: Planned, keep: int) -> str:
    plan = planned.plan
    asked = planned.recipe.equilibrium_K
    step = "" if asked is None else f"step of equilibrium({asked:g}), of which the nearest goes on to dynamics"
    notes = "".join(f"; {note}" for note in (step, plan.enlarged, _fewer(plan, keep)) if note)
    return (
        f"{planned.parent.id}: {plan.done}; {plan.cells} cells, {plan.n_atoms} atoms, "
        f"{plan.decoration.n_arrangements:.4g} arrangements; {describe_sources(plan.states)}{notes}"
    )


def _fewer(plan: Plan, keep: int) -> str:
    """Whether fewer orderings will be there than are asked for, as far as a moment's counting tells; "" where not."""
    if keep == 1 or plan.decoration.n_arrangements > MOST_COUNTED:
        return ""
    distinct = n_distinct(plan.decoration)
    return f"orderings.keep asks for {keep}, symmetry leaves {distinct}" if distinct < keep else ""


def describe_parents(campaign: Campaign, base: Path) -> list[str]:
    """A line for each parent and reference, and for each entry of a database that is left out.

    A line has the id, formula, space group, energy above the hull and sublattices. Notes on files have their own lines.
    """
    loaded = load_parents(campaign.parents, base)
    references = load_references(campaign.stability.references, campaign.parents, base)
    return [
        *(_parent_line(parent, campaign) for parent in loaded.parents.values()),
        *(f"{_parent_line(parent, campaign)}; reference only" for parent in references.parents.values()),
        *_as_read(campaign, {**loaded.parents, **references.parents}),
        *(
            f"{query}: skipped {entry}: {reason}"
            for query, entries in {**loaded.left_out, **references.left_out}.items()
            for entry, reason in entries.items()
        ),
    ]


def _as_read(campaign: Campaign, parents: dict[str, Parent]) -> list[str]:
    """What was assumed or changed when the user's own files were read: nobody else says it."""
    named = [entry.name for entry in (*campaign.parents, *campaign.stability.references) if entry.file is not None]
    return [f"{name}: {parents[name].notes}" for name in named if name in parents and parents[name].notes]


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
