"""A student that is wrong where the run goes, and whose grade does not say so: found at the end, taught, run again."""

import shutil

import pytest

from screening.config.dynamics import MonitorConfig
from screening.records import read_json, write_json
from screening.students.record import JournalRecord
from screening.trajectories.run_record import RunRecord
from screening.trajectories.runs import Run
from tests.unit.students.runs import PROTOCOL, contents, staged

pytestmark = pytest.mark.slow

# No grade is too large: what is wrong must be seen in the frames.
WARM = 500.0
BLIND = MonitorConfig(interval_ps=0.1, max_grade=100)


def made(family, folder, length_ps=0.6, **monitor):
    watch = BLIND.model_copy(update=monitor)
    md = PROTOCOL.model_copy(update={"monitor": watch, "duration_ps": length_ps})
    return staged(family, folder, WARM, md=md)


def same(record: dict) -> dict:
    """Without when and where it was made."""
    return {key: value for key, value in record.items() if key != "provenance"}


@pytest.fixture(scope="module")
def family(family, tmp_path_factory):
    """The same judged by its forces: so small a basis does not learn the pressure of a hot crystal."""
    folder = tmp_path_factory.mktemp("tolerant") / "family"
    shutil.copytree(family, folder)
    manifest = read_json(folder / "student" / "manifest.json")
    manifest["settings"]["max_stress_mae_GPa"] = 2.0
    write_json(folder / "student" / "manifest.json", manifest)
    return folder


@pytest.fixture(scope="module")
def again(family, tmp_path_factory):
    folder = tmp_path_factory.mktemp("again")
    return folder, made(family, folder)


def test_a_wrong_student_is_taught_and_its_run_made_again_until_it_is_right(family, again, tmp_path):
    folder, record = again
    untaught = made(family, tmp_path, spot_check_rounds=0)
    assert "made_again" not in untaught["monitor"]
    assert "forces on Ne are" in untaught["spot_check"]["doubt"]
    lessons = record["monitor"]["made_again"]
    assert lessons[0]["reason"] == untaught["spot_check"]["doubt"]
    assert lessons[0]["chunk"] == -2
    assert lessons[0]["force_error_after_meV_A"] < 0.7 * lessons[0]["force_error_before_meV_A"]
    assert record["spot_check"]["doubt"] == ""
    assert record["spot_check"]["force_meV_A"] < untaught["spot_check"]["force_meV_A"]
    # What was wrong stays where it was, and what counts is read.
    run = folder / "run"
    assert (run / "chunks").is_dir()
    read = Run(run / "md.json", RunRecord.read(run / "md.json"))
    assert read.record.chunk_folder(run) == run / f"again_{len(lessons)}" / "chunks"
    assert read.trajectory().n_frames == record["n_frames"] == 30


def test_there_is_a_bound_and_the_doubt_stays(family, tmp_path):
    strict = tmp_path / "strict"
    shutil.copytree(family, strict)
    manifest = read_json(strict / "student" / "manifest.json")
    manifest["settings"]["max_force_mae_meV_A"] = 1.0
    write_json(strict / "student" / "manifest.json", manifest)
    record = made(strict, tmp_path / "runs", spot_check_rounds=1)
    assert len(record["monitor"]["made_again"]) == 1
    assert "at most 1 allowed" in record["spot_check"]["doubt"]
    assert record["status"] == "complete"


def test_a_run_stays_with_its_doubt_where_nothing_can_be_learnt(family, tmp_path, capsys):
    bare = tmp_path / "bare"
    shutil.copytree(family, bare)
    for path in (bare / "labels").iterdir():
        path.unlink()
    record = made(bare, tmp_path / "runs")
    assert record["status"] == "complete"
    assert "forces on Ne are" in record["spot_check"]["doubt"]
    assert "made_again" not in record["monitor"]
    assert "the run stays as it is" in capsys.readouterr().err


@pytest.mark.parametrize("lost", ["nothing", "journal", "labels", "last chunk", "first chunks"])
def test_repeated_it_is_the_same_whatever_was_lost(family, again, tmp_path, lost):
    shutil.copytree(again[0], tmp_path, dirs_exist_ok=True)
    first = tmp_path / "run" / "again_1"
    if lost == "journal":
        (first / JournalRecord.FILE).unlink()
        shutil.rmtree(first / "student_01")
    if lost == "labels":
        (first / "labels.npz").unlink()
    if lost == "last chunk":
        max((first / "chunks").iterdir()).unlink()
    if lost == "first chunks":
        shutil.rmtree(tmp_path / "run" / "chunks")
    record = made(family, tmp_path)
    assert same(record) == same(again[1])
    assert contents(tmp_path / "run").keys() == contents(again[0] / "run").keys()
    chunks = {name: value for name, value in contents(tmp_path / "run").items() if name.endswith(".h5")}
    assert chunks == {name: value for name, value in contents(again[0] / "run").items() if name.endswith(".h5")}


def test_a_longer_run_goes_on_with_what_the_shorter_one_learnt(family, again, tmp_path):
    shutil.copytree(again[0], tmp_path, dirs_exist_ok=True)
    before = {path.name: path.read_bytes() for path in (tmp_path / "run" / "chunks").iterdir()}
    longer = made(family, tmp_path, length_ps=0.9)
    assert {path.name: path.read_bytes() for path in (tmp_path / "run" / "chunks").iterdir()} == before
    assert longer["monitor"]["made_again"][0] == again[1]["monitor"]["made_again"][0]
    if len(longer["monitor"]["made_again"]) == len(again[1]["monitor"]["made_again"]):
        assert again[1]["chunks"].items() <= longer["chunks"].items()
    assert longer["n_frames"] == 45


def test_the_potential_is_loaded_once_and_only_where_it_is_asked(family, again, tmp_path, monkeypatch):
    from screening.stages import md as md_stage

    loads = []
    load = md_stage.load
    monkeypatch.setattr(md_stage, "load", lambda *arguments: loads.append(1) or load(*arguments))
    made(family, tmp_path / "new")
    assert len(loads) == 1
    shutil.copytree(again[0], tmp_path / "there")
    made(family, tmp_path / "there")
    assert len(loads) == 1
