"""`screening check --time`: what a campaign will take on this machine, in words."""

from pathlib import Path

from pymatgen.io.ase import AseAtomsAdaptor

from screening.campaign.cost import Cost, Size, energy_seconds, estimate
from screening.campaign.preflight import Preflight
from screening.candidates.rules import Plan
from screening.cli.words import clock
from screening.config.campaign import Campaign


def forecast(campaign: Campaign, base: Path, preflight: Preflight) -> list[str]:
    """Time one energy of the largest candidate and say what all stages together come to.

    Args:
        campaign: The campaign.
        base: Folder of its file.
        preflight: What it will be made of.

    Raises:
        PotentialError: the potential cannot be loaded.
    """
    largest = max((planned.plan for planned in preflight.candidates), key=_n_atoms)
    seconds = energy_seconds(
        campaign.potential.beside(base), AseAtomsAdaptor.get_atoms(largest.decoration.some_structure(), msonable=False)
    )
    atoms = _n_atoms(largest)
    references = [len(structure) for structure in preflight.references]
    cost = estimate(campaign, sizes(campaign, preflight), references, seconds / atoms)
    return [
        f"estimated time on one core of this machine, good to a factor of two (one energy of {campaign.potential.name} "
        f"for {atoms} atoms takes {seconds:.2g} s):",
        *_lines(campaign, cost),
    ]


def sizes(campaign: Campaign, preflight: Preflight) -> list[Size]:
    """Of all candidates, before their orderings are found: symmetry may leave fewer of these."""
    found = []
    for planned in preflight.candidates:
        plan, glass = planned.plan, planned.recipe.glass
        orderings = min(campaign.candidates.orderings.keep, plan.decoration.n_arrangements)
        melt_ps = glass.melt_ps + (glass.melt_K - glass.end_K) / glass.quench_K_per_ps if glass else 0.0
        elements = frozenset(plan.decoration.composition())
        found.append(Size(elements, _n_atoms(plan), orderings * (glass.samples if glass else 1), melt_ps))
    return found


def _n_atoms(plan: Plan) -> int:
    return sum(plan.decoration.composition().values())


def _lines(campaign: Campaign, cost: Cost) -> list[str]:
    md = f"{cost.n_runs} MD runs of at most {campaign.md.duration_ps:g} ps"
    if campaign.md.chooses:
        md += f", and colder ones within {campaign.md.budget_core_hours:g} core hours a candidate"
    rows = [
        ("glasses", cost.glasses, ""),
        ("relaxations", cost.relaxation, ""),
        (f"{cost.n_students} students", cost.students, ""),
        (md, cost.md, "at most "),
        ("together", cost.total, "at most "),
    ]
    return [f"  {what}: {bound}{clock(seconds)}" for what, seconds, bound in rows if seconds]
