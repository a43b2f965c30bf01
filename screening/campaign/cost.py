"""What a campaign will take, told before it runs: from the time of one energy, and how many its stages ask for."""

import time
from dataclasses import dataclass
from math import ceil

import numpy as np
from ase import Atoms

from screening.campaign.cost_reference import ReferenceCost, reference_cost
from screening.config.campaign import Campaign
from screening.config.potential import TeacherConfig
from screening.config.timestep import TimeStep
from screening.selection.temperatures import N_FIRST
from screening.transport.finite_size import REPEAT

# Means over the campaigns in docs/against-measured-runs.md and the quickstart.
ENERGIES_OF_A_RELAXATION = 130
LABELS_OF_A_STUDENT, LABELS_PER_ORDERING = 100, 60
# One core, in seconds: a student's step for an atom, and what training it takes besides the potential's answers.
STUDENT_STEP_PER_ATOM = 20e-6
TRAINING_PER_ATOM_AND_ORDERING = 0.8
# An anneal of the search is followed by cooling and a quench, which come to about its own length.
SEARCH_LENGTHS = 2.0
# A time step that is left to the crystal: sulfides have this, halides more, oxides less.
AUTO_STEP_FS = 4.0
# Energies timed: the first ones prepare the potential's kernels.
WARM_UP, TIMED = 2, 3


@dataclass(frozen=True)
class Size:
    """A candidate before it is made.

    Attributes:
        elements: That it holds; candidates of the same elements share a student.
        n_atoms: Of its supercell.
        n_orderings: That it will have, each sample of a glass counted.
        melt_ps: Length of its melt and quench, 0 for a crystal.
        series: Of candidates with the same name only one goes on to dynamics; "" for one that may go on by itself.
        beside: Elements of the boundary that it is compared with, whose student is taught on it too; none of others.
    """

    elements: frozenset[str]
    n_atoms: int
    n_orderings: int
    melt_ps: float = 0.0
    series: str = ""
    beside: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Cost:
    """Time on one core, in seconds.

    Attributes:
        glasses: Melts and quenches, with the students that run them.
        relaxation: Of all candidates, parents and references, the search for the mobile ions' places with it.
        students: Their distillation.
        md: At most: runs end once they know their diffusivity.
        n_students: Families of candidates.
        n_runs: MD runs, at most; where temperatures are chosen, those that all candidates begin with.
        budget_ns: What the budget of the largest candidate comes to, ns of all its runs; 0 with listed temperatures.
        first_h: Core hours of the first runs of the dearest candidate, at least; 0 with listed temperatures.
        reference: Labels of first principles; None where none are asked for.
    """

    glasses: float
    relaxation: float
    students: float
    md: float
    n_students: int
    n_runs: int
    budget_ns: float = 0.0
    first_h: float = 0.0
    reference: ReferenceCost | None = None

    @property
    def total(self) -> float:
        """All stages; what is done besides (analysis, report) takes seconds a candidate."""
        return self.glasses + self.relaxation + self.students + self.md + self.reference_s

    @property
    def reference_s(self) -> float:
        """Time of labels of first principles, as far as it is known."""
        return 0.0 if self.reference is None else self.reference.seconds or 0.0


def estimate(campaign: Campaign, sizes: list[Size], reference_atoms: list[int], energy_per_atom: float) -> Cost:
    """What a campaign takes; within a factor of two for those it was compared with (docs/faq.md).

    Args:
        campaign: The campaign.
        sizes: Of its candidates.
        reference_atoms: Atoms of each parent and reference, which are relaxed in their own cells.
        energy_per_atom: Seconds that the potential takes for energy, forces and stress, per atom.
    """
    taught = campaign.potential.student != "none"
    orderings = sum(size.n_atoms * size.n_orderings for size in sizes)
    starts = campaign.relax.max_starts
    relaxation = (orderings + sum(reference_atoms)) * starts * ENERGIES_OF_A_RELAXATION * energy_per_atom
    anneals = campaign.relax.anneal_ps * 1000 / _step_fs(campaign.md.timestep_fs) * (starts - 1) * energy_per_atom
    relaxation += anneals * (sum(reference_atoms) + (0 if campaign.searches else orderings))
    if campaign.searches:
        steps = SEARCH_LENGTHS * campaign.relax.search_ps * 1000 / _step_fs(campaign.student.timestep_fs)
        relaxation += orderings * campaign.relax.search_anneals * steps * STUDENT_STEP_PER_ATOM
    families: dict[frozenset[str], list[Size]] = {}
    for size in sizes:
        # An interface's student learns the inside of both crystals too.
        for family in {size.elements, *([size.beside] if size.beside else [])}:
            families.setdefault(family, []).append(size)
    step = STUDENT_STEP_PER_ATOM if taught else energy_per_atom
    steps_per_ps = 1000 / _step_fs(campaign.md.timestep_fs)
    melt_steps_per_ps = 1000 / campaign.md.integration.step_fs
    glasses = [size for size in sizes if size.melt_ps]
    melts = sum(glass.n_atoms * glass.n_orderings * glass.melt_ps * melt_steps_per_ps * step for glass in glasses)
    if taught:
        melts += sum(_training(campaign, [glass], energy_per_atom) for glass in glasses)
    runs, large = _runs(campaign, sizes), _large_runs(campaign, sizes)
    seconds_per_atom = campaign.md.duration_ps * steps_per_ps * step
    atoms = max((size.n_atoms for size in _going_on(campaign, sizes)), default=0)
    return Cost(
        glasses=melts,
        relaxation=relaxation,
        students=sum(_training(campaign, family, energy_per_atom) for family in families.values()) if taught else 0.0,
        md=max(sum(runs) * seconds_per_atom, _budgets(campaign, sizes)) + sum(large) * seconds_per_atom,
        n_students=len(families) if taught else 0,
        n_runs=len(runs) + len(large),
        budget_ns=_hours(campaign) * 3.6 / (atoms * steps_per_ps * step) if atoms else 0.0,
        first_h=_least_first(campaign, sizes) * steps_per_ps * step / 3600.0,
        reference=reference_cost(
            campaign,
            [size.n_atoms for size in _going_on(campaign, sizes)],
            [[size.n_atoms for size in family] for family in families.values()],
        ),
    )


def _runs(campaign: Campaign, sizes: list[Size]) -> list[int]:
    """Atoms of each run."""
    largest = _going_on(campaign, sizes)
    temperatures = N_FIRST if campaign.md.chooses else len(campaign.md.listed_K)
    per_ordering = temperatures * campaign.md.replicas
    return [
        size.n_atoms
        for size in largest
        for _ in range(min(size.n_orderings, campaign.md.orderings or size.n_orderings) * per_ordering)
    ]


def _least_first(campaign: Campaign, sizes: list[Size]) -> float:
    """Atoms times ps of a candidate's first runs, if each ends as early as it can; 0 with listed temperatures."""
    if not campaign.md.chooses:
        return 0.0
    dearest = max((sum(_runs(campaign, [size])) for size in _going_on(campaign, sizes)), default=0)
    return dearest * min(campaign.md.min_duration_ps, campaign.md.duration_ps)


def _large_runs(campaign: Campaign, sizes: list[Size]) -> list[int]:
    """Atoms of each run in a larger cell, which no budget holds."""
    cells = campaign.md.finite_size_orderings if campaign.md.finite_size_check else 0
    return [REPEAT**3 * size.n_atoms for size in _going_on(campaign, sizes) for _ in range(cells)]


def _going_on(campaign: Campaign, sizes: list[Size]) -> list[Size]:
    """Candidates with dynamics; of more than go on, the largest, since which ones is not known yet."""
    alone = [size for size in sizes if not size.series]
    of_series = {size.series: size for size in sizes if size.series}.values()
    largest = sorted([*alone, *of_series], key=lambda size: size.n_atoms, reverse=True)
    return largest[: campaign.shortlist.max_candidates]


def _step_fs(step: TimeStep) -> float:
    return AUTO_STEP_FS if step == "auto" else step


def _budgets(campaign: Campaign, sizes: list[Size]) -> float:
    """Seconds that all candidates may take together, where their temperatures are chosen; else 0."""
    return 3600.0 * _hours(campaign) * len(_going_on(campaign, sizes))


def _hours(campaign: Campaign) -> float:
    """Core hours of dynamics of a candidate where its temperatures are chosen; else 0."""
    return campaign.md.budget_core_hours if campaign.md.chooses else 0.0


def _training(campaign: Campaign, family: list[Size], energy_per_atom: float) -> float:
    n_orderings = min(sum(size.n_orderings for size in family), campaign.student.max_orderings)
    mean_atoms = float(np.mean([size.n_atoms for size in family]))
    labels = LABELS_OF_A_STUDENT + LABELS_PER_ORDERING * n_orderings
    labels += (campaign.student.committee - 1) * campaign.student.acceptance_frames
    beside = ceil(campaign.student.teacher_run_ps * 1000 / _step_fs(campaign.student.timestep_fs))
    return mean_atoms * ((labels + beside) * energy_per_atom + n_orderings * TRAINING_PER_ATOM_AND_ORDERING)


def energy_seconds(config: TeacherConfig, atoms: Atoms) -> float:
    """Least of a few times that the potential takes for energy, forces and stress of `atoms` on one thread here.

    Raises:
        PotentialError: it cannot be loaded.
    """
    from screening.potentials.registry import load

    work = atoms.copy()
    work.calc = load(config).calculator
    rng = np.random.default_rng(0)
    taken = []
    for _ in range(WARM_UP + TIMED):
        work.positions += rng.normal(0.0, 0.01, work.positions.shape)
        start = time.perf_counter()
        work.get_forces()
        work.get_stress()
        taken.append(time.perf_counter() - start)
    return min(taken[WARM_UP:])
