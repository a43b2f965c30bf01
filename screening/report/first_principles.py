"""What first principles say of potential and student: for the page, and in words for the terminal."""

from typing import Any

from screening.potentials.reference_record import Convergence, Judgement, ReferenceRecord
from screening.report.collect import Collection
from screening.report.text import compact, fixed, number, prose
from screening.students.correction_record import Correction, HeldOut
from screening.students.record import StudentRecord

Row = tuple[str, str]
_ALL = "all atoms"


def condense_judgement(record: ReferenceRecord) -> dict[str, Any]:
    """The page's data: forces by element, energies, pressure and hops of the potential and of the student."""
    judged = [one for one in (record.potential, record.student) if one is not None]
    return {
        "name": record.reference.name,
        "about": f"{record.reference.functional}, version {record.reference.version}",
        "why": prose(record.reason),
        "n": len(record.frames),
        "lost": [prose(why) for why in dict.fromkeys(record.lost)],
        "nLost": len(record.lost),
        "labels": record.n_labels,
        "cpu": compact(record.cpu_s_per_label, 3),
        "noHop": prose(record.hop_reason),
        "hops": [[compact(energy) for energy in hop] for hop in record.hop_energies_eV],
        "converged": _converged(record.convergence),
        "doubt": prose(record.doubt),
        "by": [_judged(one, student=one is record.student) for one in judged],
    }


def _judged(one: Judgement, *, student: bool) -> dict[str, Any]:
    found = one.found
    rows = {} if found is None else {_ALL: found, **found.by_element}
    return {
        "who": "student" if student else one.name,
        "why": prose(one.failure),
        "forces": [
            [element, compact(row.force_slope, 3), compact(row.force_mae_meV_A, 3), compact(row.force_bias_meV_A, 3)]
            for element, row in rows.items()
        ],
        "energy": None if found is None else compact(found.energy_disagreement_meV_atom, 3),
        "pressure": [compact(one.pressure_difference_GPa, 3), compact(one.pressure_difference_error_GPa, 2)],
        "hops": [[compact(energy) for energy in hop] for hop in one.hop_energies_eV],
        "hopMae": compact(one.hop_mae_meV, 3),
        "hopSlope": compact(one.hop_slope, 3),
    }


def _converged(found: Convergence | None) -> dict[str, Any] | None:
    """What finer settings change."""
    if found is None:
        return None
    return {
        "error": compact(found.force_error_meV_A, 2),
        "steps": [
            [one.name, compact(one.force_mae_meV_A, 2), compact(one.pressure_change_GPa, 2), prose(one.reason)]
            for one in found.steps
        ],
    }


def condense_correction(found: Correction) -> dict[str, Any]:
    """What came of correcting the student, for the page."""
    pairs = zip((found.before, found.after), ("without", "with"), strict=True)
    return {
        "name": found.reference.name,
        "kept": found.kept,
        "why": prose(found.reason),
        "labels": found.n_labels,
        "cpu": compact(found.cpu_s_per_label, 3),
        "gain": [compact(found.gain, 3), compact(found.gain_error, 2)],
        "by": [_held_out(one, name) for one, name in pairs if one is not None],
    }


def _held_out(one: HeldOut, name: str) -> dict[str, Any]:
    return {
        "who": name,
        "force": compact(one.force_meV_A, 3),
        "stress": compact(one.stress_GPa, 2),
        "elements": [
            [element, compact(one.force_slope_by_element.get(element), 3), compact(value, 3)]
            for element, value in one.force_by_element_meV_A.items()
        ],
    }


def words_of_correction(student: StudentRecord | None) -> tuple[Row, ...]:
    """The same for the terminal; nothing where no correction was asked for."""
    found = None if student is None else student.correction
    if found is None:
        return ()
    by = f"{found.n_labels} labels of {found.reference.name}"
    if not found.kept:
        return (("student's correction", f"not kept, {by}: {found.reason}"),)
    taken = f"{found.gain or 0:.0%} ± {found.gain_error or 0:.0%} of the squared force error"
    return (("student's correction", f"by {by}; on held-out frames it takes away {taken}"),)


def words_of_judgement(record: ReferenceRecord | None) -> tuple[Row, ...]:
    """The same for the terminal, as (name, text); nothing where first principles were not asked."""
    if record is None:
        return ()
    if record.reason:
        return (("first principles", f"{record.reference.name}: {record.reason}"),)
    cost = "" if record.cpu_s_per_label is None else f" of {number(record.cpu_s_per_label)} s of processor time"
    asked = f"{record.reference.name} on {len(record.frames)} frames, {record.n_labels} labels{cost}"
    lost = f"; without a label: {len(record.lost)}" if record.lost else ""
    error = None if record.convergence is None else record.convergence.force_error_meV_A
    lost += "" if error is None else f"; labels converged to {error:.0f} meV/Å"
    judged = ((record.potential, "potential beside them"), (record.student, "student beside them"))
    return (
        ("first principles", asked + lost),
        *((title, _in_words(one)) for one, title in judged if one is not None),
        *([("doubt about them", record.doubt)] if record.doubt else []),
    )


def _in_words(one: Judgement) -> str:
    if one.found is None:
        return one.failure
    elements = ", ".join(
        f"{element} {fixed(row.force_slope, 2)} / {row.force_mae_meV_A:.0f}"
        for element, row in one.found.by_element.items()
    )
    parts = [
        f"force slope {fixed(one.found.force_slope, 2)}, error {one.found.force_mae_meV_A:.0f} meV/Å ({elements})",
        _signed(one.pressure_difference_GPa, 1, "pressure", "GPa"),
        ""
        if one.hop_mae_meV is None
        else f"energies along hops off by {one.hop_mae_meV:.0f} meV, slope {fixed(one.hop_slope, 2)}",
    ]
    return "; ".join(filter(None, parts))


def _signed(value: float | None, places: int, name: str, unit: str) -> str:
    return "" if value is None else f"{name} {value:+.{places}f} {unit}".replace("-", "−")


def note(collection: Collection) -> list[tuple[str, str]]:
    """How to read the judgement, where there is one; title and text."""
    judged = [c.reference for c in collection.candidates if c.reference is not None and not c.reference.reason]
    if not judged:
        return []
    labels = sum(record.n_labels for record in judged)
    seconds = sum(record.n_labels * (record.cpu_s_per_label or 0.0) for record in judged)
    cost = f", {number(seconds / 3600)} hours of a core" if seconds else ""
    return [
        (
            "First principles",
            f"{judged[0].reference.name} ({judged[0].reference.functional}) labelled {labels} frames of "
            f"{len(judged)} candidates{cost}. A slope of forces below 1 is a potential that is too soft: barriers are "
            "too low and ions too fast. What the labels themselves err is not in these numbers.",
        )
    ]
