"""A temperature repeated in a cell eight times as large: what is run, and the ratio of both diffusivities."""

import math
from dataclasses import replace

import numpy as np
import pytest
from ase.build import bulk
from pymatgen.io.ase import AseAtomsAdaptor

from screening.candidates.record import CandidateRecord
from screening.config.dynamics import MDProtocol
from screening.config.potential import TeacherConfig
from screening.config.stages import MDSettings, TransportSettings
from screening.config.transport import TransportConfig
from screening.dynamics.driver import Unwatched
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.protocol import run_chunks
from screening.dynamics.run import driven_by_potential
from screening.potentials.registry import load
from screening.records import sha256_of
from screening.stability.record import RelaxedOrdering, RelaxedRecord
from screening.stability.status import RelaxationStatus
from screening.stages import finite_size, md, md_large
from screening.stages.context import StageCall
from screening.trajectories.run_record import DrivenBy, RunRecord, RunStatus
from screening.trajectories.storage import read_chunk, stored_chunks
from screening.transport.finite_size import CandidateFiniteSize, compare_sizes, hottest_resolved_K
from screening.transport.record import CandidateTransport, TransportRecord, TransportVerdict
from tests.blank import blank
from tests.walkers import WalkingEngine, start

RESOLVED, BOUND = TransportVerdict.RESOLVED, TransportVerdict.UPPER_BOUND


def measured(value, error, n_mobile=24.0):
    return TransportRecord(
        verdict=RESOLVED,
        reason="resolved",
        temperature_K=800.0,
        n_mobile=n_mobile,
        tracer_diffusivity_cm2_s=value,
        tracer_diffusivity_error_cm2_s=error,
    )


def test_the_ratio_has_both_errors_and_is_a_part_of_the_error_of_the_conductivity():
    found = compare_sizes(measured(1.0e-5, 0.1e-5), measured(1.2e-5, 0.06e-5, 192.0))
    assert found.ratio == pytest.approx(1.2)
    assert found.ratio_error == pytest.approx(1.2 * math.hypot(0.1, 0.05))
    assert found.ln_conductivity_error == pytest.approx(math.sqrt(math.log(1.2) ** 2 + 0.1**2 + 0.05**2))
    assert (found.n_mobile_small, found.n_mobile_large, found.reason) == (24, 192, "")


def test_without_both_there_is_no_ratio():
    bounded = TransportRecord(verdict=BOUND, reason="too few escapes", temperature_K=800.0)
    for small, large, where in (
        (bounded, measured(1e-5, 1e-6), "in the candidate's cell"),
        (measured(1e-5, 1e-6), bounded, "in the large cell"),
    ):
        found = compare_sizes(small, large)
        assert found.ratio is found.ln_conductivity_error is None
        assert found.reason == f"{where} D* is not resolved: too few escapes"


def at(temperature, verdict):
    return blank(CandidateTransport, temperature_K=float(temperature), verdict=verdict)


def test_the_temperature_is_the_hottest_that_is_resolved():
    records = [at(500, RESOLVED), at(650, RESOLVED), at(800, TransportVerdict.MELTED)]
    assert hottest_resolved_K(records) == 650
    assert hottest_resolved_K([at(500, BOUND)]) is None


@pytest.fixture
def candidate(tmp_path):
    """A crystal of 16 atoms, resolved at 30 K and molten at 60 K."""
    atoms = bulk("Ne", "fcc", a=3.45, cubic=True) * (2, 2, 1)
    structure = AseAtomsAdaptor.get_structure(atoms).as_dict()
    ordering = blank(RelaxedOrdering, status=RelaxationStatus.CONVERGED, structure=structure)
    blank(RelaxedRecord, id="x", orderings=(ordering,)).write(tmp_path / "relaxed.json")
    return tmp_path


def large(candidate, verdicts, monkeypatch, student="ab" * 32):
    """The md.json of the large cell."""
    paths = []
    for t, verdict in verdicts.items():
        paths.append(candidate / f"{t}K" / "transport.json")
        at(t, verdict).write(paths[-1])
    settings = MDSettings(
        seed=1,
        mobile_ion="Ne",
        potential=TeacherConfig(name="lj"),
        student_required=False,
        md=MDProtocol(duration_ps=0.2, timestep_fs=4, sample_interval_fs=20, chunk_ps=0.1),
        transport=TransportConfig(),
    )
    potential = load(settings.potential)
    driver = Unwatched(AseEngine(potential.calculator, 100.0))
    driven_by = replace(driven_by_potential(potential, "forces are off"), student_checksum=student)
    monkeypatch.setattr(md, "driver_of", lambda _call: (driver, driven_by))
    output = candidate / "large" / "o0_r0" / "md.json"
    md_large.run(StageCall({"relaxed": [candidate / "relaxed.json"], "transport": paths}, output, settings))
    return RunRecord.read(output)


def test_the_cell_is_repeated_and_the_temperature_found(candidate, monkeypatch):
    record = large(candidate, {30: RESOLVED, 60: TransportVerdict.MELTED}, monkeypatch)
    assert (record.status, record.temperature_K, record.ending.time_ps) == (RunStatus.COMPLETE, 30, 0.2)
    chunk = read_chunk(stored_chunks(candidate / "large" / "o0_r0" / "chunks")[0]).chunk
    assert chunk.positions.shape[1] == 8 * 16
    assert np.allclose(np.diag(chunk.end.cell), [13.8, 13.8, 6.9])


def test_nothing_is_run_where_there_is_nothing_to_compare_with_or_no_student(candidate, monkeypatch):
    record = large(candidate, {30: BOUND}, monkeypatch)
    assert (record.status, record.n_frames) == (RunStatus.LEFT_OUT, 0)
    assert "D* is resolved at no temperature" in record.reason
    alone = large(candidate, {30: RESOLVED}, monkeypatch, student=None)
    assert alone.status is RunStatus.LEFT_OUT
    assert alone.reason == "a large cell is run with a student alone: forces are off"


def walked(folder, rate, seed, temperature=600.0, student="ab", frames=2000):
    """A run of ions that hop at this rate, on disk."""
    settings = MDProtocol(duration_ps=frames / 10, sample_interval_fs=100, chunk_ps=frames / 10)
    run_chunks(folder / "chunks", start(), Unwatched(WalkingEngine(rate=rate)), settings, temperature, seed, "p")
    chunks = {path.name: sha256_of(path) for path in stored_chunks(folder / "chunks")}
    record = blank(
        RunRecord,
        temperature_K=temperature,
        status=RunStatus.COMPLETE,
        driver=blank(DrivenBy, student_checksum=student),
        chunks=chunks,
    )
    record.write(folder / "md.json")
    return folder / "md.json"


@pytest.mark.slow
def test_the_stage_compares_runs_of_the_same_temperature_and_student(tmp_path):
    blank(CandidateRecord, id="x", oxidation_states={"Li": 1.0}).write(tmp_path / "candidate.json")
    # Hops of 3 Angstrom at 0.02 and 0.03 in 0.1 ps; other temperatures and students are another matter.
    runs = [
        walked(tmp_path / "600K" / "o0_r0", 0.02, 1),
        walked(tmp_path / "600K" / "o0_r1", 0.2, 2, student="cd"),
        walked(tmp_path / "800K" / "o0_r0", 0.2, 3, temperature=800.0),
    ]
    big = walked(tmp_path / "large" / "o0_r0", 0.03, 4)
    files = {"candidate": [tmp_path / "candidate.json"], "runs": runs, "large": [big]}
    settings = TransportSettings(mobile_ion="Li", transport=TransportConfig())
    finite_size.run(StageCall(files, tmp_path / "finite_size.json", settings))
    found = CandidateFiniteSize.read(tmp_path / "finite_size.json")
    assert (found.id, found.temperature_K, found.reason) == ("x", 600, "")
    assert abs(found.ratio - 1.5) < 3 * found.ratio_error
    assert found.ratio_error < 0.4
    # D = rate * 9 A^2 / 6 in 0.1 ps.
    assert found.small_diffusivity_cm2_s == pytest.approx(0.02 * 9 / 6 / 0.1 * 1e-4, rel=0.3)
    finite_size.run(StageCall(files | {"runs": runs[1:]}, tmp_path / "finite_size.json", settings))
    other = CandidateFiniteSize.read(tmp_path / "finite_size.json")
    assert other.reason == "no run of the candidate's cell at 600 K has the same student"
