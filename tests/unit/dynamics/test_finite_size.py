"""A temperature repeated in a cell eight times as large: what is run, and the ratio of both diffusivities."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from ase.build import bulk
from pymatgen.core import Lattice, Structure
from pymatgen.io.ase import AseAtomsAdaptor

from screening.candidates.enumerate import enumerate_candidates
from screening.candidates.record import CandidateRecord
from screening.config.candidates import CandidatesConfig
from screening.config.dynamics import MDProtocol
from screening.config.potential import TeacherConfig
from screening.config.stages import EnumerateSettings, MDSettings, TransportSettings
from screening.config.transport import TransportConfig
from screening.dynamics.driver import Unwatched
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.protocol import run_chunks
from screening.dynamics.run import driven_by_potential
from screening.dynamics.settle import settled
from screening.parents.base import Parent
from screening.parents.record import ParentsRecord
from screening.potentials.registry import load
from screening.records import sha256_of
from screening.records.origin import Provenance
from screening.stability.record import RelaxedOrdering, RelaxedRecord
from screening.stability.status import RelaxationStatus
from screening.stages import finite_size, md, md_large, transport
from screening.stages.context import StageCall
from screening.trajectories.chunk import Chunk, MDState
from screening.trajectories.run_record import DrivenBy, RunRecord, RunStatus
from screening.trajectories.storage import read_chunk, stored_chunks
from screening.transport.finite_size import CandidateFiniteSize, compare_sizes, hottest_resolved_K
from screening.transport.record import CandidateTransport, TransportRecord, TransportVerdict
from tests.blank import blank
from tests.synthetic_records import origin
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


def driven(mobile_ion, protocol, monkeypatch, reason="", student="ab" * 32):
    """Settings of runs by a Lennard-Jones potential that passes for a student of this checksum."""
    settings = MDSettings(
        seed=1,
        mobile_ion=mobile_ion,
        potential=TeacherConfig(name="lj"),
        student_required=False,
        md=protocol,
        transport=TransportConfig(),
    )
    potential = load(settings.potential)
    driver = Unwatched(AseEngine(potential.calculator, 100.0))
    driven_by = replace(driven_by_potential(potential, reason), student_checksum=student)
    monkeypatch.setattr(md, "driver_of", lambda _call: (driver, driven_by))
    return settings


def large(candidate, verdicts, monkeypatch, student="ab" * 32):
    """The md.json of the large cell."""
    paths = []
    for t, verdict in verdicts.items():
        paths.append(candidate / f"{t}K" / "transport.json")
        at(t, verdict).write(paths[-1])
    protocol = MDProtocol(duration_ps=0.2, timestep_fs=4, sample_interval_fs=20, chunk_ps=0.1)
    settings = driven("Ne", protocol, monkeypatch, "forces are off", student)
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


@pytest.fixture
def mixed(tmp_path):
    """Salt with half of its anions bromide, which is resolved at 30 K, with what it was made from."""
    structure = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.3), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    parent = Parent("salt", structure, "made for a test", oxidation_states={"Li": 1, "Cl": -1, "Br": -1})
    half = {"parent": "salt", "substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": 0.5}]}
    config = CandidatesConfig.model_validate({"supercell": [1, 1, 1], "rules": [half], "orderings": {"keep": 2}})
    asked = EnumerateSettings(mobile_ion="Li", seed=1, oxidation_states={"Br": -1}, candidates=config)
    (made,) = [c for c in enumerate_candidates(asked, {"salt": parent}, {}).candidates if "Br" in c.formula]
    origin_of = Provenance.from_dict(origin("enumerate"))
    made.record(origin_of).write(tmp_path / "candidate.json")
    ParentsRecord(parents={"salt": parent.to_record()}, references={}, left_out={}, provenance=origin_of).write(
        tmp_path / "parents.json"
    )
    orderings = tuple(
        blank(RelaxedOrdering, status=RelaxationStatus.CONVERGED, energy_eV=-1.0, degeneracy=1, structure=one.as_dict())
        for one in made.structures * 2
    )
    blank(RelaxedRecord, id="x", parent="salt", orderings=orderings).write(tmp_path / "relaxed.json")
    at(30, RESOLVED).write(tmp_path / "30K" / "transport.json")
    return tmp_path


def drawn(mixed, number, monkeypatch, **options):
    """The md.json of a large cell of that number, and what its sites hold."""
    protocol = MDProtocol(duration_ps=0.1, timestep_fs=2, sample_interval_fs=20, chunk_ps=0.1)
    settings = driven("Li", protocol, monkeypatch)
    files = {name: [mixed / f"{name}.json"] for name in ("relaxed", "candidate", "parents")}
    files["transport"] = [mixed / "30K" / "transport.json"]
    output = mixed / "large" / f"o{number}_r0" / "md.json"
    md_large.run(StageCall(files, output, settings, {"ordering": str(number), **options}))
    chunks = stored_chunks(output.parent / "chunks")
    return RunRecord.read(output), read_chunk(chunks[0]).chunk.end.symbols if chunks else ()


@pytest.mark.slow
def test_several_large_cells_are_drawn_at_random(mixed, monkeypatch):
    made = [drawn(mixed, k, monkeypatch, distribution="random", frozen_K="800") for k in range(2)]
    for k, (record, symbols) in enumerate(made):
        assert (record.status, record.temperature_K, record.ordering) == (RunStatus.COMPLETE, 30, k)
        assert Counter(symbols) == {"Li": 32, "Cl": 16, "Br": 16}
        assert record.began == f"random on Cl 4b, number {k + 1}, brought to rest by the student"
    assert made[0][1] != made[1][1]
    assert made[0][0].provenance.seed != made[1][0].provenance.seed
    again, symbols = drawn(mixed, 1, monkeypatch, distribution="random", frozen_K="800")
    assert (again.chunks, symbols) == (made[1][0].chunks, made[1][1])


@pytest.mark.slow
def test_a_large_cell_of_relaxed_orderings_and_one_that_cannot_be_drawn(mixed, monkeypatch):
    record, symbols = drawn(mixed, 0, monkeypatch, distribution="boltzmann", frozen_K="700")
    assert record.began == "orderings weighed at 700 K, number 1, brought to rest by the student"
    assert Counter(symbols) == {"Li": 32, "Cl": 16, "Br": 16}
    lost = replace(RelaxedRecord.read(mixed / "relaxed.json"))
    replace(lost, orderings=lost.orderings[:1]).write(mixed / "relaxed.json")
    record, _ = drawn(mixed, 1, monkeypatch, distribution="boltzmann", frozen_K="700")
    assert record.status is RunStatus.LEFT_OUT
    assert record.reason.startswith("no large cell could be made (boltzmann): a single ordering was relaxed")


def test_atoms_beside_others_than_before_come_to_rest():
    """A pair of argon atoms pushed together goes back to where their forces vanish; the cell stays."""
    engine = AseEngine(load(TeacherConfig(name="lj")).calculator, 100.0)
    crystal = bulk("Ne", "fcc", a=3.45, cubic=True) * (2, 2, 2)
    pushed = crystal.copy()
    pushed.positions[0] += [0.8, 0.0, 0.0]
    still = settled(pushed, engine)
    assert np.abs(engine.forces([pushed])[0]).max() > 0.1
    assert np.linalg.norm(engine.forces([still])[0], axis=1).max() <= 0.1
    assert np.allclose(still.cell, crystal.cell)
    assert still.calc is None


def walked(folder, rate, seed, temperature=600.0, student="ab", frames=2000, ordering=0, began=None):
    """A run of ions that hop at this rate, on disk."""
    settings = MDProtocol(duration_ps=frames / 10, sample_interval_fs=100, chunk_ps=frames / 10)
    run_chunks(folder / "chunks", start(), Unwatched(WalkingEngine(rate=rate)), settings, temperature, seed, "p")
    chunks = {path.name: sha256_of(path) for path in stored_chunks(folder / "chunks")}
    record = blank(
        RunRecord,
        temperature_K=temperature,
        ordering=ordering,
        began=began,
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


@pytest.mark.slow
def test_cells_that_are_drawn_are_compared_with_the_runs_of_all_orderings(tmp_path):
    """Small cells hop at 0.02 and 0.04, large ones at 0.03 and 0.06: 1.5 times as often."""
    blank(CandidateRecord, id="x", oxidation_states={"Li": 1.0}).write(tmp_path / "candidate.json")
    runs = [walked(tmp_path / "600K" / f"o{k}_r0", rate, k, ordering=k) for k, rate in enumerate((0.02, 0.04))]
    large = [
        walked(tmp_path / "large" / f"o{k}_r0", rate, 7 + k, ordering=k, began="random on Cl 4b, number 1")
        for k, rate in enumerate((0.03, 0.06))
    ]
    files = {"candidate": [tmp_path / "candidate.json"], "runs": runs, "large": large}
    settings = TransportSettings(mobile_ion="Li", transport=TransportConfig())
    finite_size.run(StageCall(files, tmp_path / "finite_size.json", settings))
    found = CandidateFiniteSize.read(tmp_path / "finite_size.json")
    assert (found.reason, found.n_large, found.large_cells) == ("", 2, "random on Cl 4b, number 1")
    assert abs(found.ratio - 1.5) < 3 * found.ratio_error
    # How orderings differ is in both errors: a third of the mean, over the root of two.
    assert found.ratio_error / found.ratio > 0.3
    assert found.small_diffusivity_cm2_s == pytest.approx(0.03 * 9 / 6 / 0.1 * 1e-4, rel=0.3)


class Hopping:
    """Li hops by 3 Angstrom with a chance of 0.02 in each frame; all atoms rattle, and nothing pushes."""

    name = "walk"

    def run(self, state, *, steps, sample_every, timestep_fs, temperature_K, seed):  # noqa: ARG002
        rng = np.random.default_rng(seed)
        n, ions = steps // sample_every, np.array(state.symbols) == "Li"
        hops = np.zeros((n, len(ions), 3))
        jumps = (rng.random((n, len(ions))) < 0.02) * ions * rng.choice([-3.0, 3.0], (n, len(ions)))
        np.put_along_axis(hops, rng.integers(0, 3, (n, len(ions), 1)), jumps[..., None], 2)
        centres = state.positions + np.cumsum(hops, axis=0)
        positions = (centres + rng.normal(scale=0.2, size=centres.shape)).astype(np.float32)
        end = MDState(state.symbols, centres[-1], state.velocities, state.cell)
        return Chunk(positions, rng.normal(size=n), temperature_K + rng.normal(scale=30.0, size=n), end)

    def forces(self, frames):
        return [np.zeros((len(frame), 3)) for frame in frames]


@pytest.mark.slow
def test_from_runs_of_the_small_cell_to_the_ratio(mixed, monkeypatch):
    """All stages one after another: ions that hop alike in both cells have a ratio of 1 within its error."""
    driver = Unwatched(Hopping())
    driven_by = replace(driven_by_potential(load(TeacherConfig(name="lj"))), student_checksum="ab" * 32)
    monkeypatch.setattr(md, "driver_of", lambda _call: (driver, driven_by))
    protocol = MDProtocol(duration_ps=200, timestep_fs=5, sample_interval_fs=100, chunk_ps=100, min_duration_ps=200)
    analysis = TransportConfig()
    settings = MDSettings(
        seed=1,
        mobile_ion="Li",
        potential=TeacherConfig(name="lj"),
        student_required=False,
        md=protocol,
        transport=analysis,
    )
    named = {name: [mixed / f"{name}.json"] for name in ("relaxed", "candidate", "parents")}
    runs = [mixed / "600K" / f"o{k}_r0" / "md.json" for k in range(2)]
    for k, path in enumerate(runs):
        options = {"temperature": "600", "ordering": str(k), "replica": "0"}
        md.run(StageCall({"relaxed": named["relaxed"]}, path, settings, options))
    found = mixed / "600K" / "transport.json"
    seen = TransportSettings(mobile_ion="Li", transport=analysis)
    transport.run(StageCall({"candidate": named["candidate"], "runs": runs}, found, seen))
    assert CandidateTransport.read(found).verdict is RESOLVED
    large = [mixed / "large" / f"o{k}_r0" / "md.json" for k in range(2)]
    for k, path in enumerate(large):
        options = {"ordering": str(k), "distribution": "random", "frozen_K": "800"}
        md_large.run(StageCall(named | {"transport": [found]}, path, settings, options))
    files = {"candidate": named["candidate"], "runs": runs, "large": large}
    finite_size.run(StageCall(files, mixed / "finite_size.json", seen))
    result = CandidateFiniteSize.read(mixed / "finite_size.json")
    assert (result.reason, result.temperature_K, result.n_large) == ("", 600, 2)
    assert (result.n_mobile_small, result.n_mobile_large) == (4, 32)
    assert abs(result.ratio - 1.0) < 3 * result.ratio_error
    assert result.ratio_error < 0.5
    # D = 0.02 x 9 A^2 / 6 in 0.1 ps.
    assert result.large_diffusivity_cm2_s == pytest.approx(0.02 * 9 / 6 / 0.1 * 1e-4, rel=0.15)
