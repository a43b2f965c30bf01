"""A campaign that an older version of the program made: read, verified, shown and reported by this one."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from screening.campaign.api import open_campaign
from screening.campaign.record_files import kind_of
from screening.campaign.verify import verify
from screening.cli.main import app
from screening.records import read_table
from screening.records.typed import FORMAT_KEY
from screening.report.collect import collect
from screening.report.figures import write_figures
from screening.report.page import render_collection
from tests.frozen import unpack

ID = "LiBr0.5Cl0.5-e58bcc70"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder; trajectories, page and figures are not kept."""
    unpack(folder := tmp_path_factory.mktemp("old"))
    return folder / "format1" / "results" / "tiny"


@pytest.fixture
def copy(old: Path, tmp_path: Path) -> Path:
    shutil.copytree(old, tmp_path / "results" / "tiny")
    return tmp_path / "results" / "tiny"


def test_its_records_have_no_format_number(old: Path) -> None:
    records = [path for path in old.rglob("*.json") if kind_of(path)]
    assert len(records) > 50
    assert all(FORMAT_KEY not in json.loads(path.read_text(encoding="utf-8")) for path in records)


def test_python_reads_it(old: Path) -> None:
    campaign = open_campaign(old)
    ranking = read_table(old / "ranking.csv")
    assert list(campaign.ranking["id"]) == [row["id"] for row in ranking]
    candidate = campaign.candidate(ID)
    (transport,) = [t for t in candidate.records.transport if t.temperature_K == 100]
    plain = json.loads((old / "candidates" / ID / "100K" / "transport.json").read_text(encoding="utf-8"))
    assert transport.verdict == plain["verdict"]
    assert transport.mean_temperature_K == plain["mean_temperature_K"]
    assert candidate.atoms().get_chemical_symbols().count("Br") == 2


def test_it_verifies_but_for_what_was_not_kept(old: Path) -> None:
    found = verify(old, trajectories=False)
    assert found.records > 50
    for problem in found.problems:
        assert "report" in problem or "is missing" in problem, problem


def test_files_are_found_where_another_workflow_put_its_prefix(copy: Path) -> None:
    def missing(folder: Path) -> int:
        return sum("is missing" in problem for problem in verify(folder, trajectories=False).problems)

    before = missing(copy)
    for path in copy.rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace('"results/a/', '"solid/deep/results/a/'), encoding="utf-8")
    placed = copy.parents[1] / "solid" / "deep" / "results" / "tiny"
    shutil.copytree(copy, placed)
    assert missing(placed) == before
    # Moved away from its prefix, it is the same campaign.
    assert missing(copy) == before
    (placed / "parents.json").unlink()
    assert missing(placed) > before


def test_damage_inside_a_record_or_a_table_is_found(copy: Path) -> None:
    before = set(verify(copy, trajectories=False).problems)
    for name, old, new in (
        (f"candidates/{ID}/arrhenius.json", '"verdict": "', '"verdict": "x'),
        (f"candidates/{ID}/100K/o0_r0/md.json", '"n_frames": ', '"frames": '),
        (f"candidates/{ID}/trust.json", '"atom": ', '"atom": 0.5'),
        ("shortlist.csv", "True", "perhaps"),
    ):
        text = (copy / name).read_text(encoding="utf-8")
        assert old in text
        (copy / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    problems = sorted(set(verify(copy, trajectories=False).problems) - before)
    for expected in (
        f"{ID}/arrhenius.json: is damaged ('verdict' is 'x",
        f"{ID}/100K/o0_r0/md.json: is damaged (no 'n_frames' in it)",
        f"{ID}/trust.json: is damaged ('worst_frame.atom' is 0.5",
        "shortlist.csv is damaged (line 2: 'shortlisted' is 'perhaps'",
    ):
        assert any(expected in problem for problem in problems), (expected, problems)


def test_it_is_shown(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(old.parents[1])
    done = CliRunner().invoke(app, ["show", ID])
    assert done.exit_code == 0, done.output
    assert "LiBr0.5Cl0.5" in done.output
    assert "damaged" not in done.output


@pytest.mark.slow
def test_it_is_reported(old: Path, tmp_path: Path) -> None:
    collection = collect(old)
    assert collection.missing == ()
    candidate = next(one for one in collection.candidates if one.id == ID)
    assert [point.temperature_K for point in candidate.transport] == [100, 150, 200]
    assert (candidate.trust is not None, len(candidate.runs)) == (True, 3)
    assert write_figures(collection, tmp_path)
    page = render_collection(collection, "tiny")
    assert ID in page
    assert "second_opinion:deeper" in page
