"""`screening verify` finds every change of a file; `screening export` packs what runs again; keys stay out of both."""

import json
import zipfile

import pytest

from screening.campaign.export import METADATA, export
from screening.parents.answers import CACHE_FOLDER, cached
from screening.records import sha256_of
from tests.campaigns import ENVIRONMENT_KEY, HOME_KEY, TABLES, TINY, CampaignFolder, keys_at_home

pytestmark = pytest.mark.slow


@pytest.fixture
def finished(undisturbed, tmp_path):
    return undisturbed.whole.copy(tmp_path / "run")


def changed(path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


def test_an_untouched_campaign_verifies_wherever_it_lies(finished, call, tmp_path, monkeypatch):
    monkeypatch.chdir(finished.folder)
    done = call("verify", "results/tiny")
    assert done.status == 0, done.output
    # 3 candidates, 4 runs of 20 chunks and what was made from them.
    assert int(done.output.split("all ")[1].split()[0]) > 100
    finished.results.rename(tmp_path / "elsewhere")
    assert call("verify", str(tmp_path / "elsewhere")).status == 0


@pytest.mark.parametrize(
    ("pattern", "old", "new"),
    [
        ("candidates/*/candidate.json", b'"Br"', b'"Cl"'),
        ("candidates/*/relaxed.json", b'"energy_eV": -', b'"energy_eV": -1'),
        ("candidates/*/100K/o0_r0/md.json", b'"n_frames": 200', b'"n_frames": 201'),
        ("candidates/*/100K/transport.json", b'"verdict": "', b'"verdict": "x'),
        ("parents.json", b"LiBr", b"LiXX"),
        ("ranking.csv", b"Li", b"Na"),
        ("shortlist.csv", b"True", b"False"),
        ("config.resolved.yaml", b"seed: 1", b"seed: 2"),
        ("report.html", b"<html", b"<HTML"),
        ("figures/arrhenius.svg", b"<svg", b"<SVG"),
        ("candidates/*/150K/o0_r0/chunks/chunk_00011.h5", b"protocol", b"protocoI"),
    ],
)
def test_a_changed_file_is_found(finished, call, pattern, old, new):
    path = next(path for path in sorted(finished.results.glob(pattern)) if old in path.read_bytes())
    changed(path, old, new)
    done = call("verify", str(finished.results))
    assert done.status == 1
    assert path.name in done.output or path.parent.name in done.output


def test_missing_files_are_found(finished, call):
    table = finished.results / "stability.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:-1]))
    chunk = finished.chunks()[-1]
    chunk.unlink()
    done = call("verify", str(finished.results))
    assert done.status == 1
    assert f"{chunk}: is missing" in done.output
    assert f"{table}: is not the file" in done.output
    assert call("verify", str(finished.folder)).status == 1


@pytest.mark.parametrize("file", [*TABLES, "config.resolved.yaml", "report.html"])
def test_a_file_whose_provenance_was_deleted_is_found(finished, call, file):
    table = finished.results / file
    (finished.results / "provenance" / f"{table.stem}.json").unlink()
    done = call("verify", str(finished.results))
    assert done.status == 1
    record = finished.results / "provenance" / f"{table.stem}.json"
    assert f"{table}: {record} has no checksum of it" in done.output


def test_what_to_do_about_a_table_is_something_snakemake_can_do(finished, call):
    (finished.results / "provenance" / "disorder.json").unlink()
    done = call("verify", str(finished.results))
    target = done.output.split("--forcerun ")[1].split()[0]
    assert target == str(finished.results / "stability.csv")
    finished.run("--forcerun", "results/tiny/stability.csv")
    assert call("verify", str(finished.results)).status == 0


@pytest.mark.parametrize("pattern", ["parents.json", "candidates/*/relaxed.json", "candidates/*/100K/o0_r0/md.json"])
def test_a_record_without_provenance_is_found(finished, call, pattern):
    path = min(finished.results.glob(pattern))
    record = json.loads(path.read_text())
    del record["provenance"]
    path.write_text(json.dumps(record))
    done = call("verify", str(finished.results))
    assert done.status == 1
    assert f"{path}: is damaged (no 'provenance' in it); restore it, or recompute it" in done.output


@pytest.mark.parametrize(
    ("pattern", "place", "value"),
    [
        ("parents.json", ["provenance"], 3),
        ("candidates/*/relaxed.json", ["provenance", "inputs"], ["x"]),
        ("candidates/*/relaxed.json", ["provenance", "potential"], "lj"),
        ("candidates/*/relaxed.json", ["provenance", "inputs"], {"\0": "x", "a" * 5000: "x", "/dev/zero": "x"}),
        ("candidates/*/100K/o0_r0/md.json", ["chunks"], {"chunk_00000.h5": None}),
        ("candidates/*/100K/o0_r0/md.json", ["chunks"], ["chunk_00000.h5"]),
        ("candidates/*/candidate.json", ["orderings"], None),
        ("provenance/ranking.json", ["files"], "ranking.csv"),
        ("provenance/ranking.json", ["files"], None),
    ],
)
def test_a_record_that_is_none_is_named(finished, call, tmp_path, pattern, place, value):
    path = min(finished.results.glob(pattern))
    record = json.loads(path.read_text())
    spoilt = record
    for key in place[:-1]:
        spoilt = spoilt[key]
    spoilt[place[-1]] = value
    path.write_text(json.dumps(record))
    done = call("verify", str(finished.results))
    assert done.status == 1
    assert str(path) in done.output
    assert "Traceback" not in done.output
    assert call("export", str(finished.results), "--out", str(tmp_path / "a.zip"), "--force").status == 0


@pytest.mark.parametrize("content", ["", "[", "- a", "campaign: tiny\n", "\0"])
def test_a_config_that_is_none_is_not_packed(finished, call, tmp_path, content):
    path = finished.results / "config.resolved.yaml"
    path.write_text(content)
    done = call("export", str(finished.results), "--out", str(tmp_path / "a.zip"), "--force")
    assert done.status == 1
    assert f"error: {path}" in done.output
    assert not (tmp_path / "a.zip").exists()


def test_an_answer_of_a_database_that_was_changed_is_found(finished, call):
    folder = finished.results / CACHE_FOLDER
    cached(folder, "optimade", {"formula": "LiCl"}, lambda: {"entries": []})
    assert call("verify", str(finished.results)).status == 0
    (path,) = folder.iterdir()
    changed(path, b"LiCl", b"LiBr")
    done = call("verify", str(finished.results))
    assert done.status == 1
    assert f"{path}: the stored answer" in done.output


def test_the_archive_runs_again_to_the_same_tables(finished, call, tmp_path):
    assert call("export", str(finished.results), "--out", str(tmp_path / "a.zip")).status == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    unpacked = CampaignFolder(tmp_path / "unpacked", TINY, write=False)
    assert unpacked.tables() == finished.tables()
    assert call("verify", "--no-trajectories", str(unpacked.results)).status == 0
    assert call("verify", str(unpacked.results)).status == 1
    again = tmp_path / "again"
    again.mkdir()
    (again / "campaign.yaml").write_bytes((tmp_path / "unpacked" / "campaign.yaml").read_bytes())
    fresh = CampaignFolder(again, TINY, write=False)
    fresh.run(fresh.ranking)
    assert fresh.tables() == finished.tables()


def test_the_crate_describes_every_file(finished, tmp_path):
    for name in ("a.zip", "b.zip"):
        export(finished.results, tmp_path / name)
    assert sha256_of(tmp_path / "a.zip") == sha256_of(tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = set(archive.namelist())
        crate = json.loads(archive.read(METADATA))
        entities = {entity["@id"]: entity for entity in crate["@graph"]}
        files = {name for name, entity in entities.items() if entity["@type"] == "File"}
        assert files == names - {METADATA}
        assert {part["@id"] for part in entities["./"]["hasPart"]} == files
        assert entities[METADATA]["about"] == {"@id": "./"}
        for name in files:
            assert entities[name]["contentSize"] == str(archive.getinfo(name).file_size)
    assert crate["@context"] == "https://w3id.org/ro/crate/1.1/context"
    run = entities["#run"]
    assert run["startTime"] <= run["endTime"]
    assert {f"results/tiny/{table}" for table in TABLES} == {result["@id"] for result in run["result"]}
    for entity in entities.values():
        for value in entity.values():
            for reference in value if isinstance(value, list) else [value]:
                if isinstance(reference, dict) and not reference["@id"].startswith("https://"):
                    assert reference["@id"] in entities


def test_what_does_not_match_or_is_not_finished_is_not_packed(finished, call, tmp_path):
    changed(finished.results / "ranking.csv", b"Li", b"Na")
    done = call("export", str(finished.results), "--out", str(tmp_path / "a.zip"))
    assert done.status == 1
    assert "ranking.csv" in done.output
    assert not (tmp_path / "a.zip").exists()
    assert call("export", str(finished.results), "--out", str(tmp_path / "a.zip"), "--force").status == 0
    (finished.results / "ranking.csv").unlink()
    done = call("export", str(finished.results), "--out", str(tmp_path / "b.zip"))
    assert done.status == 1
    assert "not finished" in done.output


def test_a_key_is_never_packed(finished, call, tmp_path, monkeypatch):
    cached(finished.results / CACHE_FOLDER, "x", {}, lambda: {"header": ENVIRONMENT_KEY})
    assert call("export", str(finished.results), "--out", str(tmp_path / "a.zip")).status == 0
    (tmp_path / "a.zip").unlink()
    monkeypatch.setenv("MP_API_KEY", ENVIRONMENT_KEY)
    done = call("export", str(finished.results), "--out", str(tmp_path / "a.zip"))
    assert done.status == 1
    assert f"{CACHE_FOLDER}/x-" in done.output
    assert ENVIRONMENT_KEY not in done.output
    assert not (tmp_path / "a.zip").exists()


def test_keys_appear_in_no_file_of_a_campaign(undisturbed, tmp_path, tmp_path_factory):
    """With a key in the environment and one in the home folder; metadata, logs and failures of Snakemake included."""
    failing = CampaignFolder(tmp_path, dict(TINY, potential={"name": "json:no_such_factory"}, campaign="failing"))
    failing.environment = keys_at_home(tmp_path_factory.mktemp("user") / "home")
    failed = failing.screening("run", failing.config.name)
    assert failed.returncode != 0
    said = failed.stdout + failed.stderr
    assert "no_such_factory" in said
    files = [path for folder in (undisturbed.whole.folder, tmp_path) for path in folder.rglob("*") if path.is_file()]
    assert any(".snakemake" in path.parts for path in files)
    for key in (ENVIRONMENT_KEY, HOME_KEY):
        assert key not in said
        assert not [path for path in files if key.encode() in path.read_bytes()]


@pytest.mark.parametrize("inside", [True, False])
def test_weights_are_packed_or_asked_for(finished, call, tmp_path, inside):
    weights = tmp_path / "secret place" / "mine"
    weights.mkdir(parents=True)
    (weights / "model.json").write_text("{}")
    config = finished.results / "config.resolved.yaml"
    config.write_text(config.read_text().replace("name: lj", f"name: 'matgl:{weights}'"))
    options = ["--weights"] if inside else []
    done = call("export", str(finished.results), "--force", *options, "--out", str(tmp_path / "a.zip"))
    assert done.status == 0, done.output
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        campaign, readme = archive.read("campaign.yaml").decode(), archive.read("README.txt").decode()
        assert ("weights/first/mine/model.json" in archive.namelist()) is inside
    assert "name: matgl:./weights/first/mine" in campaign
    assert "secret place" not in campaign + readme
    assert ("weights/first/mine" in readme) is not inside
