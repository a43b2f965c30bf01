"""A reference.json that no density functional made: a soft potential and a student on frames of a rocksalt crystal."""

from dataclasses import replace
from typing import Any

from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes

from screening.config.potential import TeacherConfig
from screening.potentials.base import Potential
from screening.potentials.comparison import compared, labelled, labelled_hops
from screening.potentials.reference_record import LabelledFrame, ReferenceRecord
from screening.potentials.registry import load
from screening.records.origin import PotentialFacts, Provenance
from tests.synthetic_records import POTENTIAL, origin


class Softer(Calculator):
    """Lennard-Jones times a factor."""

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.base, self.factor = load(TeacherConfig(name="lj")).calculator, factor

    def calculate(self, atoms: Atoms | None = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        super().calculate(atoms, properties, system_changes)
        self.results = {
            "energy": self.factor * self.base.get_potential_energy(self.atoms),
            "forces": self.factor * self.base.get_forces(self.atoms),
            "stress": self.factor * self.base.get_stress(self.atoms),
        }


def softer(name: str, factor: float) -> Potential:
    """Lennard-Jones' potential times a factor, by a name."""
    return replace(load(TeacherConfig(name="lj")), name=name, calculator=Softer(factor))


def rattled(n: int) -> list[Atoms]:
    """Frames of rocksalt LiCl."""
    frames = []
    for seed in range(n):
        atoms = bulk("LiCl", "rocksalt", a=5.2, cubic=True)
        atoms.rattle(0.15, seed=seed)
        frames.append(atoms)
    return frames


def hop() -> list[Atoms]:
    """A lithium on its way, four frames."""
    start = bulk("LiCl", "rocksalt", a=5.2, cubic=True)
    frames = [start.copy() for _ in range(4)]
    for k, frame in enumerate(frames):
        frame.positions[0] += 0.15 * k
    return frames


def reference_record(id: str, student: bool = True, factor: float = 0.8) -> ReferenceRecord:
    """As the stage writes it."""
    judge = softer("cp2k", 1.0)
    labels = labelled(rattled(4), judge)
    hops = labelled_hops([hop()], labelled(hop(), judge))
    facts = POTENTIAL | {"name": "cp2k", "functional": "PBE (CP2K)", "version": "2023.1"}
    return ReferenceRecord(
        id=id,
        reason="",
        reference=PotentialFacts.from_dict(facts),
        frames=tuple(
            LabelledFrame(temperature_K=600.0, ordering=0, replica=0, frame=k, time_ps=float(k)) for k in labels.which
        ),
        lost=("cp2k: the density did not converge in 80 steps",),
        hop_energies_eV=tuple(one.energies_eV for one in hops),
        n_labels=8,
        cpu_s_per_label=80.0,
        potential=compared(labels, softer("chgnet", factor), hops),
        student=compared(labels, softer("Li-Cl", 0.9 * factor), hops) if student else None,
        provenance=Provenance.from_dict(origin("reference", potential=POTENTIAL)),
    )
