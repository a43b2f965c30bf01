"""What first principles say stands on the page and in the terminal, with its cost and with what is missing."""

from dataclasses import replace

import pytest

from screening.potentials.comparison import compared, labelled, labelled_hops
from screening.potentials.reference_record import ReferenceRecord
from screening.records.origin import PotentialFacts
from screening.report.collect import Candidate, Collection
from screening.report.first_principles import (
    condense_correction,
    condense_judgement,
    note,
    words_of_correction,
    words_of_judgement,
)
from screening.students.correction_record import Correction, HeldOut
from screening.students.record import StudentRecord
from tests.blank import blank
from tests.judged import hop, rattled, reference_record, softer
from tests.synthetic_records import POTENTIAL


@pytest.fixture(scope="module")
def record() -> ReferenceRecord:
    return reference_record("Li6PS5Cl-1")


def test_a_soft_potential_is_soft_in_forces_pressure_and_hops(record: ReferenceRecord) -> None:
    data = condense_judgement(record)
    potential, student = data["by"]
    assert (potential["who"], student["who"]) == ("chgnet", "student")
    assert [row[:2] for row in potential["forces"]] == [["all atoms", 0.8], ["Cl", 0.8], ["Li", 0.8]]
    assert student["forces"][0][1] == pytest.approx(0.72, abs=1e-3)
    assert potential["hopSlope"] == pytest.approx(0.8)
    assert potential["hopMae"] == pytest.approx(200 * sum(map(abs, data["hops"][0])) / 3, rel=1e-2)
    assert all(row[3] < 0 for row in potential["forces"]), "the forces of a soft potential are too short"
    assert (data["cpu"], data["labels"], data["nLost"]) == (80.0, 8, 1)


def test_the_pressure_is_that_of_the_trace() -> None:
    frames = rattled(3)
    labels = labelled(frames, softer("cp2k", 1.0))
    found = compared(labels, softer("chgnet", 0.5))
    frames[0].calc = softer("cp2k", 1.0).calculator
    pressures = []
    for frame in frames:
        frame.calc = frames[0].calc
        pressures.append(-frame.get_stress()[:3].mean() * 160.21766)
    assert found.pressure_difference_GPa == pytest.approx(-0.5 * sum(pressures) / 3, rel=1e-6)
    assert found.pressure_difference_error_GPa > 0
    assert found.hop_mae_meV is None


def test_a_hop_that_lacks_a_label_is_left_out() -> None:
    labels = labelled(hop(), softer("cp2k", 1.0))
    whole = labelled_hops([hop()], labels)
    assert len(whole) == 1
    assert len(whole[0].energies_eV) == 3
    assert labelled_hops([hop()], replace(labels, which=(0, 1, 3), values=labels.values[:3])) == []


def test_the_terminal_says_slope_cost_and_what_is_lost(record: ReferenceRecord) -> None:
    told = dict(words_of_judgement(record))
    assert told["first principles"] == "cp2k on 4 frames, 8 labels of 80 s of processor time; without a label: 1"
    assert "force slope 0.80" in told["potential beside them"]
    assert "Li 0.80 / " in told["potential beside them"]
    assert "energies along hops off by " in told["student beside them"]
    assert words_of_judgement(None) == ()
    why = dict(words_of_judgement(replace(record, reason="no run of it is complete")))
    assert why == {"first principles": "cp2k: no run of it is complete"}


def test_the_note_counts_what_it_cost(record: ReferenceRecord) -> None:
    def collection(*records: ReferenceRecord | None) -> Collection:
        some = [
            Candidate(str(k), None, None, None, None, None, None, None, (), reference=one)
            for k, one in enumerate(records)
        ]
        return Collection({}, tuple(some))

    ((_, text),) = note(collection(record, record, None))
    assert "labelled 16 frames of 2 candidates, 0.36 hours of a core" in text
    assert note(collection(None)) == []


def test_what_trust_json_repeats_is_of_potential_and_student(record: ReferenceRecord) -> None:
    short = record.in_short()
    assert (short.name, short.force_slope) == ("cp2k", pytest.approx(0.8))
    assert short.student_force_slope == pytest.approx(0.72)
    assert short.student_force_mae_meV_A > short.force_mae_meV_A
    nothing = replace(record, potential=None, student=None).in_short()
    assert (nothing.force_slope, nothing.student_force_mae_meV_A) == (None, None)


def test_a_correction_is_told_with_what_it_gained_or_why_it_was_not_kept() -> None:
    before, after = (
        HeldOut(force_meV_A=f, force_by_element_meV_A={"Li": f}, force_slope_by_element={"Li": s}, stress_GPa=0.1)
        for f, s in ((100.0, 0.8), (30.0, 0.99))
    )
    facts = PotentialFacts.from_dict(POTENTIAL | {"name": "cp2k"})
    kept = Correction(
        kept=True, reason="", reference=facts, n_labels=20, lost=(), cpu_s_per_label=80.0, pull=0.03, bodies="all",
        before=before, after=after, gain=0.9, gain_error=0.05,
    )  # fmt: skip
    data = condense_correction(kept)
    assert [one["elements"] for one in data["by"]] == [[["Li", 0.8, 100.0]], [["Li", 0.99, 30.0]]]
    ((_, told),) = words_of_correction(blank(StudentRecord, correction=kept))
    assert told == "by 20 labels of cp2k; on held-out frames it takes away 90% ± 5% of the squared force error"
    ((_, why),) = words_of_correction(blank(StudentRecord, correction=replace(kept, kept=False, reason="of noise")))
    assert why == "not kept, 20 labels of cp2k: of noise"
    assert words_of_correction(blank(StudentRecord)) == words_of_correction(None) == ()
