"""The examination: the student's own runs, relabelled by the teacher."""

from collections.abc import Collection, Sequence

from ase import Atoms

from screening.config.student import StudentConfig
from screening.dynamics.engines.lammps import LammpsEngine
from screening.students.design import Designer, Label
from screening.students.errors_of import errors_of
from screening.students.exploration import Run, atom_grades
from screening.students.pod import StudentPotential
from screening.students.record import Errors, Examination, ExaminedRun

# kT at room temperature: few frames of a cold crystal may scatter by less, and what errs by less changes no rate much.
NEGLIGIBLE_MEV_CELL = 25.0
# Of a few frames an error may be larger by this share, as of the few hops.
FEW_MAY_ERR = 1.5
# Slopes of the framework may be off by so many times the limit: in the cold a student of CHGNet has P-S bonds a third
# too stiff, which hardly matters to hops. What it does to them their barriers say.
FRAMEWORK_MAY_ERR = 5.0


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
    known = [frames[k] for k in kept]
    return errors_of(
        known,
        engine.evaluate(known),
        [label for label in labels if label is not None],
        [groups[k] for k in kept],
        atom_grades(student, designer, known),
        n_unlabelled=len(frames) - len(kept),
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
        reasons += shortcomings(errors, settings)
    return Examination(accepted=not reasons, reason="; ".join(reasons), errors=errors, runs=rows)


def shortcomings(errors: Errors, settings: StudentConfig) -> list[str]:
    """Why a student with these errors must not be used; empty if it may."""
    limits = (
        ("energy", errors.energy_meV_atom, settings.max_energy_mae_meV_atom, "meV/atom"),
        ("stress", errors.stress_GPa, settings.max_stress_mae_GPa, "GPa"),
    )
    reasons = [
        f"mean {name} error {value:.3g} {unit}, at most {limit:g} allowed"
        for name, value, limit, unit in limits
        if not value <= limit
    ]
    if errors.share_extrapolating > 0:
        reasons.append(
            f"{errors.share_extrapolating:.0%} of the frames lie outside its training "
            f"(grade up to {errors.largest_grade:.1f})"
        )
    error, scatter = errors.relative_energy_meV_cell, errors.energy_scatter_meV_cell
    if error is not None and scatter is not None and error > NEGLIGIBLE_MEV_CELL:
        reasons += _beside("error of a cell's energy", error, scatter, settings.max_relative_energy_error, "meV")
    return [*unlabelled(errors, settings), *wrong_forces(errors, settings), *reasons]


def wrong_forces(errors: Errors, settings: StudentConfig) -> list[str]:
    """What is wrong with forces: absolute, for each element, beside the forces themselves, and too soft or hard."""
    limit = settings.max_relative_force_error
    beside = _beside("force error", errors.force_meV_A, errors.force_rms_meV_A, limit, "meV/A")
    return [*_large(errors, settings), *beside, *_slopes(errors, settings)]


def wrong_forces_of_few(errors: Errors, settings: StudentConfig, mobile: Collection[str]) -> list[str]:
    """The same of a few frames, which may be colder than those that the student was made for.

    Forces are then those of small displacements. What counts are those on the mobile ions, beside themselves and too
    soft or hard; of other elements a slope is wrong that no vibration explains.

    Args:
        errors: Of the frames.
        settings: Limits.
        mobile: Elements; with none every element is held to what the mobile ones are.
    """
    if not mobile:
        return wrong_forces(errors, settings)
    sizes = errors.force_rms_by_element_meV_A or {}
    limit = FEW_MAY_ERR * settings.max_relative_force_error
    beside = [
        reason
        for element, value in errors.force_by_element_meV_A.items()
        if element in mobile
        for reason in _beside(f"force error on {element}", value, sizes.get(element, 0.0), limit, "meV/A")
    ]
    return [*_large(errors, settings), *beside, *_slopes(errors, settings, mobile)]


def _large(errors: Errors, settings: StudentConfig) -> list[str]:
    """Errors of forces that are too large, whatever the forces are."""
    reasons = []
    if not errors.force_meV_A <= settings.max_force_mae_meV_A:
        reasons.append(
            f"mean force error {errors.force_meV_A:.3g} meV/A, at most {settings.max_force_mae_meV_A:g} allowed"
        )
    reasons += [
        f"mean force error {value:.3g} meV/A on {element}, at most {settings.max_element_force_mae_meV_A:g} allowed"
        for element, value in errors.force_by_element_meV_A.items()
        if not value <= settings.max_element_force_mae_meV_A
    ]
    return reasons


def unlabelled(errors: Errors, settings: StudentConfig) -> list[str]:
    """A student that leads where its teacher has no answer is judged by the rest of its frames only."""
    missing = errors.n_unlabelled or 0
    wanted = errors.n_frames + missing
    if missing <= settings.max_unlabelled_share * wanted:
        return []
    return [
        f"{missing} of {wanted} frames of its runs have no label or atoms that collide, at most "
        f"{settings.max_unlabelled_share:.0%} allowed"
    ]


def _beside(name: str, value: float, scale: float, limit: float, unit: str) -> list[str]:
    """An error beside what it is an error of; empty where it is small."""
    if not scale or value <= limit * scale:
        return []
    return [
        f"mean {name} {value:.3g} {unit} is {value / scale:.0%} of the {scale:.3g} {unit} that it is an error of, at "
        f"most {limit:.0%} allowed"
    ]


def _slopes(errors: Errors, settings: StudentConfig, mobile: Collection[str] = ()) -> list[str]:
    """Elements whose forces are too small or too large as a whole; twice the standard error is granted."""
    uncertain = errors.force_slope_error_by_element or {}
    reasons = []
    for element, slope in (errors.force_slope_by_element or {}).items():
        limit = settings.max_force_slope_error
        # No more than half of the limit: noise of its own must not excuse a student.
        granted = min(2 * uncertain.get(element, 0.0), limit / 2)
        if mobile and element not in mobile:
            limit *= FRAMEWORK_MAY_ERR
        if not abs(slope - 1) <= limit + granted:
            reasons.append(
                f"forces on {element} are {slope:.2f} times the teacher's (slope), "
                f"{max(0.0, 1 - limit):g} to {1 + limit:g} allowed"
            )
    return reasons
