"""The examination: the student's own runs, relabelled by the teacher."""

from collections.abc import Sequence

import numpy as np
from ase import Atoms

from screening.config.student import StudentConfig
from screening.constants import GPA
from screening.dynamics.engines.lammps import LammpsEngine
from screening.students.design import Designer, Label
from screening.students.exploration import EXTRAPOLATING, Run, grades
from screening.students.pod import StudentPotential
from screening.students.record import Errors, Examination, ExaminedRun


def measure(
    student: StudentPotential,
    engine: LammpsEngine,
    designer: Designer,
    frames: Sequence[Atoms],
    labels: Sequence[Label | None],
    groups: Sequence[int],
) -> Errors | None:
    """Errors of the student; None where there is no labelled frame.

    Args:
        student: What is judged.
        engine: Runs it.
        designer: Makes the rows its extrapolation is told from.
        frames: Structures.
        labels: The teacher's answers; frames without are left out.
        groups: Ordering that each frame belongs to.
    """
    kept = [k for k, label in enumerate(labels) if label is not None]
    if not kept:
        return None
    energy, stress, force, symbols, scale = [], [], [], [], []
    for k, answer in zip(kept, engine.evaluate([frames[k] for k in kept]), strict=True):
        label = labels[k]
        assert label is not None
        energy.append(1e3 * (answer.energy - label.energy) / len(frames[k]))
        stress.append(np.abs(answer.stress - label.stress)[np.triu_indices(3)] / GPA)
        force.append(1e3 * np.abs(answer.forces - label.forces))
        scale.append(1e6 * label.forces**2)
        symbols += frames[k].get_chemical_symbols()
    forces, names, energies = np.concatenate(force), np.array(symbols), np.array(energy)
    group = np.array([groups[k] for k in kept])
    kept_frames = [frames[k] for k in kept]
    found = np.array(grades(student, designer, kept_frames))
    relative = energies - np.array([energies[group == g].mean() for g in group])
    return Errors(
        n_frames=len(kept),
        force_meV_A=float(forces.mean()),
        force_by_element_meV_A={str(e): float(forces[names == e].mean()) for e in sorted(set(symbols))},
        force_rms_meV_A=float(np.sqrt(np.concatenate(scale).mean())),
        energy_meV_atom=float(np.abs(energies).mean()),
        relative_energy_meV_atom=float(np.abs(relative).mean()),
        stress_GPa=float(np.mean(stress)),
        largest_grade=float(found.max()),
        share_extrapolating=float((found > EXTRAPOLATING).mean()),
    )


def judge(runs: Sequence[Run], orderings: Sequence[int], errors: Errors | None, settings: StudentConfig) -> Examination:
    """What is said of runs at the temperatures of the campaign and the errors measured on them."""
    rows = tuple(
        ExaminedRun(
            ordering=ordering,
            temperature_K=run.temperature_K,
            wanted_ps=run.wanted_ps,
            reached_ps=run.reached_ps,
            failure=run.failure,
        )
        for ordering, run in zip(orderings, runs, strict=True)
    )
    failed = [row for row in rows if row.failure]
    reasons = [
        f"ordering {row.ordering} failed at {row.temperature_K:g} K after {row.reached_ps:.2f} ps: {row.failure}"
        for row in failed[:3]
    ]
    if errors is None:
        reasons.append("the teacher could label none of its frames")
    else:
        limits = (
            ("force", errors.force_meV_A, settings.max_force_mae_meV_A, "meV/A"),
            ("energy", errors.energy_meV_atom, settings.max_energy_mae_meV_atom, "meV/atom"),
            ("stress", errors.stress_GPa, settings.max_stress_mae_GPa, "GPa"),
        )
        reasons += [
            f"mean {name} error {value:.3g} {unit}, at most {limit:g} allowed"
            for name, value, limit, unit in limits
            if not value <= limit
        ]
        reasons += [
            f"mean force error {value:.3g} meV/A on {element}, at most {settings.max_element_force_mae_meV_A:g} allowed"
            for element, value in errors.force_by_element_meV_A.items()
            if not value <= settings.max_element_force_mae_meV_A
        ]
        if errors.share_extrapolating > 0:
            reasons.append(
                f"{errors.share_extrapolating:.0%} of the frames lie outside its training "
                f"(grade up to {errors.largest_grade:.1f})"
            )
    return Examination(accepted=not reasons, reason="; ".join(reasons), errors=errors, runs=rows)
