"""`screening check --time`: what a campaign will take on this machine, in words."""

from dataclasses import dataclass, replace
from pathlib import Path

from pymatgen.io.ase import AseAtomsAdaptor

from screening.campaign.cost import Cost, Size, energy_seconds, estimate
from screening.campaign.preflight import Preflight
from screening.campaign.progress import read_progress
from screening.campaign.runner import results_of
from screening.cli.words import clock
from screening.config.campaign import Campaign
from screening.potentials.reference_record import ReferenceRecord
from screening.students.record import StudentRecord


def forecast(campaign: Campaign, base: Path, preflight: Preflight, cores: int = 1) -> list[str]:
    """Time one energy of the largest candidate and say what all stages that are left come to.

    Args:
        campaign: The campaign.
        base: Folder of its file.
        preflight: What it will be made of.
        cores: To share the jobs.

    Raises:
        PotentialError: the potential cannot be loaded.
    """
    largest = max((planned.plan for planned in preflight.candidates), key=lambda plan: plan.n_atoms)
    seconds = energy_seconds(
        campaign.potential.beside(base), AseAtomsAdaptor.get_atoms(largest.decoration.some_structure(), msonable=False)
    )
    atoms = sum(largest.decoration.composition().values())
    references = [len(structure) for structure in preflight.references]
    cost = estimate(campaign, sizes(campaign, preflight), references, seconds / atoms)
    return [
        f"estimated time on one core of this machine, good to a factor of two (one energy of {campaign.potential.name} "
        f"for {atoms} atoms takes {seconds:.2g} s):",
        *_lines(campaign, cost, read_done(results_of(campaign)), cores),
    ]


@dataclass(frozen=True)
class Done:
    """How many jobs of a campaign are finished, of how many; zeros before anything ran.

    Attributes:
        relaxations: Candidates and references.
        students: Families.
        runs: MD runs.
        judged: Candidates that first principles have judged.
    """

    relaxations: tuple[int, int] = (0, 0)
    students: int = 0
    runs: tuple[int, int] = (0, 0)
    judged: tuple[int, int] = (0, 0)


def read_done(results: Path) -> Done:
    """What is finished in a campaign's folder, which may not be there."""
    if not (results / "candidates.csv").exists():
        return Done()
    steps = {step.name: (step.done, step.total or 0) for step in read_progress(results).steps}
    students = sum(1 for _ in results.glob(f"students/*/{StudentRecord.FILE}"))
    judged = sum(1 for _ in results.glob(f"candidates/*/{ReferenceRecord.FILE}"))
    return Done(steps["relaxations"], students, steps["MD runs"], (judged, steps["analyses"][1]))


def sizes(campaign: Campaign, preflight: Preflight) -> list[Size]:
    """Of all candidates, before their orderings are found: symmetry may leave fewer of these."""
    found = []
    # Crystals follow the boundary that they are compared with.
    boundary: frozenset[str] = frozenset()
    for planned in preflight.candidates:
        plan, glass = planned.plan, planned.recipe.glass
        orderings = min(campaign.candidates.orderings.keep, plan.decoration.n_arrangements) * plan.most_of_each
        melt_ps = glass.melt_ps + (glass.melt_K - glass.end_K) / glass.quench_K_per_ps if glass else 0.0
        elements = frozenset(plan.composition())
        asked = planned.recipe.equilibrium_K
        series = "" if asked is None else f"{planned.rule} {planned.parent.id} {asked:g}"
        is_bulk = plan.joined is not None and plan.joined.is_bulk
        boundary = boundary if is_bulk else elements
        beside = boundary if is_bulk else frozenset()
        n_orderings = orderings * (glass.samples if glass else 1)
        found.append(Size(elements, plan.n_atoms, n_orderings, melt_ps, series, beside))
    return found


def _lines(campaign: Campaign, cost: Cost, done: Done, cores: int) -> list[str]:
    md = f"{cost.n_runs} MD runs of at most {campaign.md.duration_ps:g} ps"
    if campaign.md.chooses:
        md += (
            f", and colder ones within {campaign.md.budget_core_hours:g} core hours a candidate "
            f"(about {cost.budget_ns:.2g} ns of the largest)"
        )
        if cost.first_h > campaign.md.budget_core_hours:
            md += f"; the first runs alone take {cost.first_h:.2g}, so that no colder ones are chosen"
    relaxed, taught, ran = _share(*done.relaxations), _share(done.students, cost.n_students), _share(*done.runs)
    left = replace(
        cost,
        # A glass is made before it is relaxed.
        glasses=cost.glasses * (1.0 - relaxed),
        relaxation=cost.relaxation * (1.0 - relaxed),
        students=cost.students * (1.0 - taught),
        md=cost.md * (1.0 - ran),
        reference=cost.reference and cost.reference.left(1.0 - _share(*done.judged)),
    )
    rows = [
        ("glasses", cost.glasses, left.glasses, "", ""),
        ("relaxations", cost.relaxation, left.relaxation, "", _of(*done.relaxations)),
        (f"{cost.n_students} students", cost.students, left.students, "", _of(done.students, cost.n_students)),
        (md, cost.md, left.md, "at most ", _of(*done.runs)),
        (_labels(cost), cost.reference_s, left.reference_s, "", _of(*done.judged)),
        ("together", cost.total, left.total, "at most ", ""),
    ]
    lines = [f"  {what}: {bound}{clock(seconds)}{said}" for what, whole, seconds, bound, said in rows if whole]
    if cost.reference is not None and cost.reference.seconds is None:
        lines.append(f"  {_labels(cost)} beside it: nobody knows what one takes")
    if cores > 1:
        # No run is shared among cores.
        longest = left.md / max(1, cost.n_runs) if left.md else 0.0
        on_cores = max(left.total / cores, longest)
        if campaign.md.chooses and left.md:
            # Each table waits for all candidates: for the colder runs of one, one after another, the others may wait.
            side_by_side = campaign.md.replicas * (campaign.md.orderings or 1)
            on_cores = left.total / cores + 3600.0 * campaign.md.budget_core_hours / side_by_side
        lines.append(f"  on {cores} cores: at most {clock(on_cores)}")
    return lines


def _labels(cost: Cost) -> str:
    return "" if cost.reference is None else f"{cost.reference.n_labels} labels of first principles"


def _share(done: int, total: int) -> float:
    return min(1.0, done / total) if total else 0.0


def _of(done: int, total: int) -> str:
    return f" left, {done} of {total} are done" if done and total else ""
