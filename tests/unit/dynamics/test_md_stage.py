"""The md and transport stages: seeds, rungs, orderings that were not run, runs that ended on their own."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from ase.build import bulk
from pymatgen.io.ase import AseAtomsAdaptor

from screening.candidates.record import CandidateRecord, MadeOrdering
from screening.config.dynamics import MDProtocol
from screening.config.potential import TeacherConfig
from screening.config.stages import MDSettings, TransportSettings
from screening.config.transport import TransportConfig
from screening.dynamics.convergence import StoppingRule
from screening.dynamics.driver import Unwatched
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.protocol import run_chunks
from screening.dynamics.run import RunPlan
from screening.errors import PotentialError
from screening.records import read_json, sha256_of
from screening.records.origin import PotentialFacts
from screening.selection.rows import RungRow
from screening.stability.record import RelaxedOrdering, RelaxedRecord
from screening.stability.status import RelaxationStatus
from screening.stages import md, transport
from screening.stages.context import StageCall
from screening.students.record import StudentRecord
from screening.trajectories.chunk import Chunk, MDState
from screening.trajectories.run_record import Ending, Look, RunCell, RunRecord, RunStatus
from screening.trajectories.storage import StoredChunk, chunk_path, read_trajectory, stored_chunks, write_chunk
from tests.blank import blank
from tests.walkers import WalkingEngine, start
from tests.walks import brownian, rattling_framework

PROTOCOL = MDProtocol(duration_ps=0.8, timestep_fs=4, sample_interval_fs=20, chunk_ps=0.2)


@pytest.fixture
def candidate(tmp_path):
    """Two orderings of a Lennard-Jones crystal and one whose relaxation failed."""
    orderings = []
    for seed in (0, 1):
        atoms = bulk("Ne", "fcc", a=3.45, cubic=True) * (2, 2, 1)
        atoms.numbers = np.random.default_rng(seed).permutation([10] * 8 + [18] * 8)
        structure = AseAtomsAdaptor.get_structure(atoms).as_dict()
        orderings.append(blank(RelaxedOrdering, status=RelaxationStatus.CONVERGED, structure=structure))
    orderings.append(replace(orderings[0], status=RelaxationStatus.EXPLODED, reason="forces are infinite"))
    folder = tmp_path / "x"
    blank(RelaxedRecord, id="x", orderings=tuple(orderings)).write(folder / "relaxed.json")
    return folder


def run(
    candidate,
    name="md.json",
    ordering=0,
    replica=0,
    rung=(),
    student=(),
    folder=None,
    student_required=False,
    protocol=PROTOCOL,
    parent=(),
    **options,
):
    settings = MDSettings(
        seed=1,
        mobile_ion="Ne",
        potential=TeacherConfig(name="lj"),
        student_required=student_required,
        md=protocol,
        transport=TransportConfig(),
    )
    output = candidate / (folder or f"50K/o{ordering}_r{replica}") / name
    options = {"temperature": "50", "ordering": str(ordering), "replica": str(replica)} | options
    md.run(
        StageCall(
            {"relaxed": [candidate / "relaxed.json"], "rung": rung, "student": student, "parent": parent},
            output,
            settings,
            options,
        )
    )
    return read_json(output)


@pytest.mark.slow
def test_runs_in_the_lattice_that_the_parent_was_given_with(candidate, tmp_path):
    structure = read_json(candidate / "relaxed.json")["orderings"][0]["structure"]
    relaxed = blank(
        RelaxedOrdering, status=RelaxationStatus.CONVERGED, structure=structure, energy_eV=-1.0, volume_change=0.06
    )
    failed = blank(RelaxedOrdering, status=RelaxationStatus.EXPLODED)
    for name, ordering in (("parent", relaxed), ("lost", failed)):
        blank(RelaxedRecord, id=name, parent="neon", orderings=(ordering,)).write(tmp_path / f"{name}.json")
    protocol = PROTOCOL.model_copy(update={"cell": "measured", "duration_ps": 0.2})
    plain = run(candidate, protocol=protocol.model_copy(update={"cell": None}), folder="plain")
    given = run(candidate, protocol=protocol, parent=[tmp_path / "parent.json"], folder="given")
    assert given["run_cell"]["measured_in"] == "neon"
    assert given["run_cell"]["volume_ratio"] == pytest.approx(1 / 1.06)
    assert "measured_in" not in plain["run_cell"]
    cells = [read_trajectory(candidate / name / "chunks").cells for name in ("plain", "given")]
    assert np.linalg.det(cells[0]) / np.linalg.det(cells[1]) == pytest.approx(1.06)
    assert str(tmp_path / "parent.json") in given["provenance"]["inputs"]
    for parent in ([tmp_path / "lost.json"], []):
        lost = run(candidate, protocol=protocol, parent=parent, folder=f"lost{len(parent)}")
        assert lost["status"] == "left_out"
        assert lost["reason"].startswith("no measured cell: the parent of x")


def test_a_cell_at_a_temperature_of_its_own_is_common_to_all_runs_of_an_ordering():
    def plan(kelvin, replica=0, ordering=0, **md):
        chosen = MDProtocol(cell_equilibration_ps=4, **md)
        return RunPlan("x", ordering, {}, kelvin, replica, 1, chosen, StoppingRule("Li", kelvin, chosen, None))

    common = {plan(kelvin, replica, cell_temperature_K=300).cell_run for kelvin in (600, 800) for replica in (0, 1)}
    assert [kelvin for kelvin, _ in common] == [300]
    assert plan(600, ordering=1, cell_temperature_K=300).cell_run not in common
    own = {plan(kelvin, replica).cell_run for kelvin in (600, 800) for replica in (0, 1)}
    assert len(own) == 4
    assert (600, plan(600).seed) in own


def test_runs_that_were_begun_before_there_was_a_choice_of_cells_go_on(candidate):
    """Chunks hold the protocol's hash; frozen from before the key was there."""
    assert run(candidate, length_ps="0.2")["protocol"] == "a0221c8a68"


def test_the_step_of_the_fastest_vibration_is_recorded_and_that_given_as_a_number_goes_on_with_its_chunks(candidate):
    left = PROTOCOL.model_copy(update={"timestep_fs": "auto"})
    measured = run(candidate, protocol=left, length_ps="0.2")
    # 8 Ne and 8 Ar: slow enough for the longest step, and four times a frame.
    assert measured["timestep_fs"] == 5
    assert measured["fastest_period_fs"] > 75
    given = run(candidate, protocol=PROTOCOL.model_copy(update={"timestep_fs": 5.0}), length_ps="0.2")
    assert given["chunks"] == measured["chunks"]
    assert given["protocol"] == measured["protocol"] != run(candidate, folder="four", length_ps="0.2")["protocol"]
    assert not {"timestep_fs", "fastest_period_fs"} & set(given)
    left_out = run(candidate, protocol=left, ordering=2)
    assert left_out["status"] == "left_out"
    assert "timestep_fs" not in left_out


def test_a_run_whose_vibrations_cannot_be_found_failed(candidate, monkeypatch):
    def broken(_engine, _frames):
        raise EngineFailure("no forces")

    monkeypatch.setattr(AseEngine, "forces", broken)
    record = run(candidate, protocol=PROTOCOL.model_copy(update={"timestep_fs": "auto"}))
    assert (record["status"], record["reason"]) == ("failed", "fastest vibration: no forces")


def table(path, goes_on, stopped_ps):
    RungRow.write(path, [blank(RungRow, id="x", goes_on=goes_on, stopped_ps=stopped_ps)])
    return path


@pytest.mark.slow
def test_orderings_and_replicas_have_seeds_of_their_own_and_keep_them(candidate):
    records = [run(candidate, ordering=o, replica=r) for o in (0, 1) for r in (0, 1)]
    assert len({record["provenance"]["seed"] for record in records}) == 4
    paths = [candidate / f"50K/o{o}_r{r}" / "chunks" for o in (0, 1) for r in (0, 1)]
    first = [read_trajectory(path).positions[0] for path in paths]
    assert len({positions.tobytes() for positions in first}) == 4
    again = run(candidate, ordering=1, replica=1, folder="again")
    assert again["chunks"] == records[-1]["chunks"]


@pytest.mark.slow
def test_a_longer_rung_continues_a_shorter_one_and_equals_a_run_without_rungs(candidate, tmp_path):
    short = run(candidate, "md_rung1.json", length_ps="0.4")
    long = run(candidate, length_ps="0.8", rung=[table(tmp_path / "rung1.csv", True, None)])
    assert short["n_frames"] == 20
    assert long["n_frames"] == 40
    assert dict(list(long["chunks"].items())[:2]) == short["chunks"]
    assert run(candidate, folder="fresh")["chunks"] == long["chunks"]


def test_a_candidate_that_was_stopped_is_not_run_further(candidate, tmp_path, monkeypatch):
    short = run(candidate, "md_rung1.json", length_ps="0.4")
    monkeypatch.setattr(md.AseEngine, "run", None)
    final = run(candidate, length_ps="0.8", rung=[table(tmp_path / "rung1.csv", False, 0.4)])
    assert final["chunks"] == short["chunks"]
    assert final["ending"]["reason"].startswith("the run reached its length of 0.4 ps")


def analysed(folder, records, **options):
    # Degeneracies hold where nothing was drawn.
    orderings = tuple(
        blank(MadeOrdering, degeneracy=6, draws=3 if k == 1 else None, structure={}) for k in range(len(records))
    )
    made = blank(CandidateRecord, id="x", oxidation_states=options.get("states", {"Li": 1.0}), orderings=orderings)
    made.write(folder / "candidate.json")
    also = options.get("also_mobile", ())
    settings = TransportSettings(mobile_ion="Li", also_mobile=also, transport=TransportConfig())
    rung = options.get("rung", "")
    paths = []
    for k, record in enumerate(records):
        paths.append(folder / f"o{k}_r0" / f"md{rung}.json")
        blank(RunRecord, **{"temperature_K": 600.0, "ordering": k} | record).write(paths[-1])
    output = folder / f"transport{rung}.json"
    transport.run(StageCall({"candidate": [folder / "candidate.json"], "runs": paths}, output, settings))
    return read_json(output)


def test_further_species_of_a_campaign_have_records_of_their_own(tmp_path):
    """Li and Na that walk through S: the ranking's record is lithium's, sodium's is beside it."""
    rng, n = np.random.default_rng(0), 600
    walks = [brownian(rng, n, 20, (sigma,) * 3) for sigma in (0.4, 0.3)]
    framework = rattling_framework(rng, n)
    positions = np.concatenate([*walks, framework], axis=1).astype(np.float32)
    symbols = ("Li",) * 20 + ("Na",) * 20 + ("S",) * framework.shape[1]
    end = MDState(symbols, positions[-1].astype(float), np.zeros(positions[-1].shape), np.eye(3) * 20.0)
    (tmp_path / "o0_r0" / "chunks").mkdir(parents=True)
    chunk = chunk_path(tmp_path / "o0_r0" / "chunks", 0)
    write_chunk(chunk, StoredChunk(Chunk(positions, np.zeros(n), np.full(n, 600.0), end), 100.0, "p", ""))
    run = made(RunStatus.COMPLETE, {chunk.name: sha256_of(chunk)}, 60.0)
    states = {"Li": 1.0, "Na": 1.0, "S": -2.0}
    both = analysed(tmp_path, [run], states=states, also_mobile=("Na", "K"))
    for record, exact in ((both, 0.8e-4), (both["also_mobile"]["Na"], 0.45e-4)):
        assert record["verdict"] == "resolved", record["reason"]
        assert abs(record["tracer_diffusivity_cm2_s"] - exact) < 3 * record["tracer_diffusivity_error_cm2_s"]
    assert (both["id"], both["mobile"], set(both["also_mobile"])) == ("x", "Li", {"Na"})
    assert both["all_ions"]["conductivity_nernst_einstein_mS_cm"] > both["conductivity_nernst_einstein_mS_cm"]
    alone = analysed(tmp_path, [run], states=states)
    assert (alone["verdict"], "also_mobile" in alone) == ("another_species_moves", False)
    # Runs go on where both are named, and end as molten where not.
    for also, ending in (((), "melted"), (("Na",), "answered")):
        rule = StoppingRule("Li", 600.0, MDProtocol(duration_ps=60, target_relative_error=0.5), TransportConfig(), also)
        assert rule.look(read_trajectory(tmp_path / "o0_r0" / "chunks")).ending == ending


def walked(folder, status, frames=600, volume_ratio=1.0, settled_ps=0.0, **engine):
    """Chunks of a walk and what its record says of them."""
    settings = MDProtocol(duration_ps=frames / 10, sample_interval_fs=100, chunk_ps=frames / 10)
    run_chunks(folder / "chunks", start(), Unwatched(WalkingEngine(**engine)), settings, 600.0, 1, "p")
    chunks = {p.name: sha256_of(p) for p in stored_chunks(folder / "chunks")}
    return made(RunStatus(status), chunks, frames / 10, volume_ratio, settled_ps)


def made(status, chunks, time_ps, volume_ratio=1.0, settled_ps=0.0):
    """What the analysis reads of a run's record."""
    look = blank(Look, time_ps=time_ps, equilibration_ps=settled_ps)
    cell = blank(RunCell, volume_ratio=volume_ratio)
    return {"status": status, "run_cell": cell, "chunks": chunks, "ending": blank(Ending, looks=(look,))}


def test_dynamics_run_with_the_weights_that_relaxed(candidate):
    """Weights that changed since were never checked."""
    path = candidate / "relaxed.json"
    relaxed = RelaxedRecord.read(path)
    other = replace(relaxed.provenance, potential=blank(PotentialFacts, checksum="another"))
    replace(relaxed, provenance=other).write(path)
    with pytest.raises(PotentialError, match="was relaxed with other weights than lj has now"):
        run(candidate)


def test_where_a_student_is_required_and_refused_nothing_runs(candidate, tmp_path):
    blank(StudentRecord, reason="forces are off by 200 meV/A").write(tmp_path / "student.json")
    record = run(candidate, student=[tmp_path / "student.json"], student_required=True)
    assert (record["status"], record["n_frames"], record["chunks"]) == ("left_out", 0, {})
    assert "forces are off by 200 meV/A" in record["reason"]
    fallen_back = run(candidate, student=[tmp_path / "student.json"], folder="again")
    assert fallen_back["n_frames"] > 0
    assert fallen_back["driver"]["student_refused"] == "forces are off by 200 meV/A"


def test_an_ordering_that_did_not_relax_is_left_out(candidate, tmp_path):
    record = run(candidate, ordering=2)
    assert (record["status"], record["n_frames"]) == ("left_out", 0)
    assert "ordering 2 is not run, its relaxation failed: forces are infinite" in record["reason"]
    good = walked(tmp_path / "t" / "o0_r0", "complete")
    out = {"status": RunStatus.LEFT_OUT, "reason": record["reason"]}
    result = analysed(tmp_path / "t", [good, out], rung="_rung1")
    assert (result["verdict"], result["n_trajectories"]) == ("resolved", 1)
    alone = analysed(tmp_path / "alone", [out])
    assert alone["verdict"] == "failed"
    assert "forces are infinite" in alone["reason"]


def test_one_molten_run_is_the_verdict_of_the_temperature(tmp_path):
    good = walked(tmp_path / "o0_r0", "complete", frames=1500)
    molten = walked(tmp_path / "o1_r0", "melted", frames=300, framework_step=0.2)
    result = analysed(tmp_path, [good, molten])
    assert (result["verdict"], result["n_trajectories"], result["n_frames"]) == ("melted", 1, [300])


def test_a_failed_run_among_good_ones_is_named_and_left_out(tmp_path):
    good = [walked(tmp_path / f"o{k}_r0", "complete") for k in (0, 1)]
    bad = {"status": RunStatus.FAILED, "reason": "it heated to 3000 K"}
    result = analysed(tmp_path, [*good, bad])
    assert (result["verdict"], result["n_trajectories"]) == ("resolved", 2)
    assert result["runs_left_out"] == [{"run": "o2_r0", "reason": "it heated to 3000 K"}]
    assert result["reason"].endswith("1 of 3 runs excluded: o2_r0 (it heated to 3000 K)")
    # Half of them failing says something of the dynamics, and no longer of one unlucky run.
    halved = analysed(tmp_path / "halved", [walked(tmp_path / "halved" / "o0_r0", "complete"), bad])
    assert (halved["verdict"], halved["reason"]) == ("failed", "it heated to 3000 K")
    assert analysed(tmp_path, good)["runs_left_out"] == []


def test_a_cell_that_swells_more_than_crystals_do_is_doubtful(tmp_path):
    """600 K: 12 % is the most; the verdict stands."""
    sound = analysed(tmp_path / "a", [walked(tmp_path / "a" / "o0_r0", "complete", volume_ratio=1.11)])
    assert (sound["verdict"], sound["cell_volume_ratio"], sound["cell_doubt"]) == ("resolved", 1.11, "")
    ratios = (1.05, 1.18)
    runs = [walked(tmp_path / "b" / f"o{k}_r0", "complete", volume_ratio=r) for k, r in enumerate(ratios)]
    swollen = analysed(tmp_path / "b", runs)
    assert (swollen["verdict"], swollen["cell_volume_ratio"]) == ("resolved", 1.18)
    assert "the cell at 600 K is 18 % larger than the relaxed one (3.0e-04 per K" in swollen["cell_doubt"]


@pytest.mark.slow
def test_a_run_whose_energy_still_drifts_is_doubtful(tmp_path):
    """60 ps, of which 6 are left out."""
    settled = analysed(tmp_path / "a", [walked(tmp_path / "a" / "o0_r0", "complete", settled_ps=6.0)])
    assert (settled["verdict"], settled["drift_doubt"]) == ("resolved", "")
    for name, at in (("b", None), ("c", 9.0)):
        runs = [walked(tmp_path / name / f"o{k}_r0", "complete", settled_ps=t) for k, t in enumerate((0.0, at))]
        found = analysed(tmp_path / name, runs)
        assert found["verdict"] == "resolved"
        assert "the potential energy at 600 K still drifts in the analysed part of o1_r0" in found["drift_doubt"]


@pytest.mark.slow
def test_orderings_weigh_as_often_as_they_were_drawn_else_by_degeneracy(tmp_path):
    """Weights 6 and 3, rates of 1 and 4: a D of 2, where equal weights would give 2.5 and time run 1.75."""
    walks = (("o0_r0", 3000, 0.02), ("o1_r0", 1000, 0.08))
    runs = [walked(tmp_path / name, "complete", frames=frames, rate=rate) for name, frames, rate in walks]
    found = analysed(tmp_path, runs)
    # The error, of two orderings that differ, is as large as D, so the value is the bound's.
    msd = found["msd"]
    late = len(msd["lag_ps"]) // 2
    alone = analysed(tmp_path / "alone", [walked(tmp_path / "alone" / "o0_r0", "complete", frames=3000, rate=0.02)])
    one = np.interp(msd["lag_ps"], alone["msd"]["lag_ps"], alone["msd"]["tracer_A2"])
    ratio = np.array(msd["tracer_A2"])[late:] / one[late:]
    assert np.median(ratio) == pytest.approx(2.0, rel=0.1)


def test_processor_time_holds_that_of_processes_which_have_ended():
    before = md._processor_s()
    busy = "import time\nwhile time.process_time() < 0.2: pass"
    subprocess.run([sys.executable, "-S", "-c", busy], check=True)
    assert md._processor_s() - before >= 0.15


def test_a_run_records_its_processor_time(candidate, monkeypatch):
    times = iter([1.5, 34.25])
    monkeypatch.setattr(md, "_processor_s", lambda: next(times))
    assert run(candidate)["provenance"]["processor_s"] == 32.75
