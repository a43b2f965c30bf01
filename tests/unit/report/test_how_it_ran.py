"""What a page and `screening show` say of the student, of what ran in its place, and of how a glass was made."""

from dataclasses import replace

from screening.dynamics.glass_status import GlassStatus
from screening.records.origin import PotentialFacts, Provenance
from screening.report import notes
from screening.report.collect import Candidate
from screening.report.runs import how_it_ran, refusal
from screening.stability.glass_record import GlassRecord, GlassSample
from screening.students.record import Distillation, Errors, Examination, StudentOutcome, StudentRecord, Teaching
from screening.trajectories.run_record import DrivenBy, Retraining, RunRecord, RunStatus, Watch
from tests.blank import blank

TEACHER = blank(DrivenBy, name="sevenn")
TAUGHT = replace(TEACHER, student_checksum="ab")
REFUSED = replace(TEACHER, student_refused="its forces are off by 300 meV/A")


def candidate(runs, student=None, glass=None):
    empty = dict.fromkeys(("row", "listed", "stability", "candidate", "relaxed", "arrhenius"))
    return Candidate(id="x", shortlisted=True, transport=(), runs=tuple(runs), student=student, glass=glass, **empty)


def run(driver, status=RunStatus.COMPLETE, engine="lammps", events=0, grade=0.5):
    watch = blank(Watch, largest_grade=grade, max_grade=2.0, events=(blank(Retraining),) * events)
    watched = watch if engine == "lammps" else None
    return blank(RunRecord, driver=driver, status=status, engine=engine, monitor=watched)


def test_an_accepted_student_with_its_errors_and_what_it_learned_later():
    errors = blank(Errors, force_meV_A=61.4, energy_meV_atom=1.7, stress_GPa=0.11)
    made = blank(Distillation, n_labels=201, verdict=blank(Examination, errors=errors))
    student = blank(StudentRecord, accepted=True, distillation=made)
    rows = dict(how_it_ran(candidate([run(TAUGHT), run(TAUGHT, events=2, grade=1.5)], student)))
    assert rows["molecular dynamics with"] == "a student of sevenn in LAMMPS"
    assert "201 labels" in rows["student"]
    assert "forces 61 meV/Å, energies 1.7 meV/atom, stress 0.11 GPa" in rows["student"]
    assert rows["student retrained"].startswith("2 times, in 1 of 2 runs")
    assert "1.5 of 2 allowed" in rows["student retrained"]


def test_a_refused_student_and_the_potential_in_its_place():
    found = candidate([run(REFUSED, engine="ase")], blank(StudentRecord, reason=REFUSED.student_refused))
    rows = dict(how_it_ran(found))
    assert rows["molecular dynamics with"] == "sevenn itself in ASE"
    assert rows["student"] == "refused: its forces are off by 300 meV/A"
    assert refusal(found) == REFUSED.student_refused


def test_a_required_student_that_was_refused_ran_nothing():
    rows = dict(how_it_ran(candidate([run(REFUSED, status=RunStatus.LEFT_OUT, engine="ase")])))
    assert rows["molecular dynamics with"] == "not run"


def test_no_student_asked_for_is_no_refusal():
    found = candidate([run(TEACHER, engine="ase")])
    assert dict(how_it_ran(found)) == {"molecular dynamics with": "sevenn itself in ASE"}
    assert refusal(found) == ""


def glass(samples, **student):
    made = tuple(blank(GlassSample, structure={}, **sample) for sample in samples)
    origin = blank(Provenance, potential=blank(PotentialFacts, name="sevenn"))
    return blank(GlassRecord, samples=made, student=blank(StudentOutcome, **student), provenance=origin)


def test_a_glass_says_which_samples_are_none():
    samples = [{}, {"status": GlassStatus.CRYSTALLINE, "reason": "a reflection is left"}]
    rows = dict(how_it_ran(candidate([], glass=glass(samples, reason="none asked for"))))
    assert rows["glass"] == "1 of 2 samples amorphous; sample 1: crystalline, a reflection is left"
    assert rows["melted with"] == "sevenn itself (none asked for)"


def test_a_glass_says_how_often_the_student_that_melted_it_was_taught():
    samples = [{"teachings": (blank(Teaching),) * n} for n in (1, 2)]
    rows = dict(how_it_ran(candidate([], glass=glass(samples, accepted=True))))
    assert rows["melted with"] == "a student of sevenn, retrained 3 times during the melt"


def test_the_protocol_says_how_temperatures_came_about():
    listed = {"temperatures_K": [600.0, 800.0], "replicas": 2, "duration_ps": 100.0, "target_relative_error": 0.1}
    assert notes.protocol({"md": listed}) == "NVT, 2 × up to 100 ps at 600, 800\u00a0K"
    chosen = {**listed, "temperatures_K": "auto", "hottest_K": 800.0, "budget_core_hours": 10.0}
    assert notes.protocol({"md": chosen}) == "NVT, 2 × from 800\u00a0K down, as far as 10 core hours a candidate reach"
