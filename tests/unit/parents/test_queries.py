"""Queries of a campaign file: what they bring is listed, named, screened and kept, through the clients and a server."""

# ruff: noqa: ARG001 - fixtures act without being used

import copy
import json

import pytest

from screening.campaign.preflight import check_campaign
from screening.candidates.enumerate import enumerate_candidates
from screening.cli import main as cli
from screening.config.load import load_campaign, parse_campaign
from screening.config.settings import settings_of
from screening.config.stages import parse_settings
from screening.errors import ConfigError
from screening.parents import library
from screening.parents.answers import CACHE_FOLDER
from screening.parents.registry import load_parents
from screening.records import read_json, read_table
from screening.stages import parents
from screening.stages.context import StageCall
from tests.campaigns import TINY, CampaignFolder
from tests.unit.parents.test_materials_project import KEY, VERSION, materials_service


def optimade_service(request):
    """One structure of LiCl with an id that is no file name, and one nobody can use."""
    crystal = library.load("LiCl").structure
    facts = {
        "chemical_formula_reduced": "ClLi",
        "dimension_types": [1, 1, 1],
        "lattice_vectors": crystal.lattice.matrix.tolist(),
        "cartesian_site_positions": crystal.cart_coords.tolist(),
        "species_at_sites": [site.specie.symbol for site in crystal],
        "species": [{"name": e, "chemical_symbols": [e], "concentration": [1.0]} for e in ("Li", "Cl")],
        "structure_features": [],
        "nsites": len(crystal),
    }
    entries = [
        {"id": "a/b {c}", "type": "structures", "attributes": facts},
        {"id": "bad", "type": "structures", "attributes": facts | {"structure_features": ["assemblies"]}},
    ]
    meta = {"api_version": "1.2.0", "provider": {"name": "Open Crystals"}}
    return 200, {"data": entries, "links": {"next": None}, "meta": meta}


@pytest.fixture
def service(server, monkeypatch, tmp_path, quick_client):
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MP_API_KEY", KEY)
    monkeypatch.setenv("MP_API_ENDPOINT", server.url)
    server.app = lambda request: (optimade_service if "/v1/" in request.path else materials_service)(request)
    return server


def campaign_of(*parents, rules=None) -> dict:
    changed = copy.deepcopy(TINY)
    changed["parents"] = list(parents)
    changed["candidates"]["rules"] = rules or [{"parent": parents[0]["id"]}]
    return changed


SULFIDES = {"id": "sulfides", "materials_project": {"chemical_system": "S-Li-P", "mobile_ion": "Li"}}


def run_cli(folder, campaign, monkeypatch, capsys, command="parents"):
    file = CampaignFolder(folder, campaign).config
    monkeypatch.setattr("sys.argv", ["screening", command, str(file)])
    status = 0
    try:
        cli.main()
    except SystemExit as exit:
        status = int(exit.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.slow
def test_parents_lists_what_a_query_brings_before_anything_runs(service, tmp_path, monkeypatch, capsys):
    question = {"chemical_system": "Cl-Li-P-S", "mobile_ion": "Li", "max_energy_above_hull_meV_atom": 50}
    campaign = campaign_of(
        {"id": "argyrodites", "materials_project": question | {"min_band_gap_eV": 1.0, "max_sites": 60}},
        SULFIDES,
        {"id": "open", "optimade": {"provider": service.url, "formula": "LiCl"}},
        {"library": "LiBr"},
    )
    status, out, err = run_cli(tmp_path, campaign, monkeypatch, capsys)
    assert status == 0, err
    lines = {line.split(":")[0]: line for line in out.splitlines() if "skipped" not in line}
    assert list(lines) == [
        "argyrodites.mp-985592",
        "sulfides.mp-985583",
        "sulfides.mp-1097036",
        "open.a_b__c_",
        "LiBr",
    ]
    assert "Li6PS5Cl, F-43m, 20.4 meV/atom above the hull" in lines["argyrodites.mp-985592"]
    assert "Li3PS4" in lines["sulfides.mp-985583"]
    assert "0.0 meV/atom above the hull" in lines["sulfides.mp-985583"]
    assert "Fm-3m, hull distance unknown" in lines["LiBr"]
    assert "open: skipped bad: " in out
    assert not (tmp_path / "results").exists()
    sent = next(r.params for r in service.requests if r.params.get("chemsys") == "Cl-Li-P-S")
    assert float(sent["energy_above_hull_max"]) == 0.05
    assert float(sent["band_gap_min"]) == 1.0
    assert int(sent["nsites_max"]) == 60
    for text in (out, err, *(path.read_text() for path in (tmp_path / CACHE_FOLDER).iterdir())):
        assert KEY not in text


@pytest.mark.slow
def test_a_rule_that_names_a_query_is_applied_to_each_of_its_structures(service, tmp_path):
    campaign = parse_campaign(campaign_of(SULFIDES), "x")
    lines = check_campaign(campaign, tmp_path).lines
    made = [line.split(":")[0] for line in lines if not line.startswith("md.")]
    assert made == ["sulfides.mp-985583", "sulfides.mp-1097036"]


@pytest.mark.parametrize(
    ("parent", "reason"),
    [
        ({"materials_project": {"formula": "LiCl"}}, "a query needs an `id`"),
        ({"id": "q", "materials_project": {}}, "exactly one of `formula` and `chemical_system`"),
        ({"id": "q", "materials_project": {"formula": "LiCl", "chemical_system": "Li-Cl"}}, "exactly one"),
        ({"id": "q", "materials_project": {"chemical_system": "lithium"}}, "chemical_system"),
        (
            {"id": "q", "materials_project": {"formula": "LiCl", "band_gap": 1}},
            "x.yaml:\n  parents.0.materials_project.band_gap: unknown key; did you mean 'min_band_gap_eV'?",
        ),
        ({"id": "q", "materials_project": 3}, "x.yaml:\n  parents.0.materials_project: Input should be a valid string"),
        ({"id": "q", "materials_project": {"formula": "LiCl", "max_sites": 0}}, "max_sites"),
        ({"id": "q", "materials_project": {"formula": "LiCl", "mobile_ion": "Na"}}, "mobile_ion Na is not in LiCl"),
        ({"id": "q", "materials_project": {"chemical_system": "K-Cl", "mobile_ion": "Na"}}, "Na is not in K-Cl"),
        ({"id": "q", "optimade": {"provider": "cod", "chemical_system": "Li-*"}}, "chemical_system"),
        ({"id": "q", "optimade": {"formula": "LiCl"}}, "provider"),
        ({"id": "q", "optimade": {"provider": "cod", "formula": "LiCl"}, "library": "LiCl"}, "give exactly one of"),
    ],
)
def test_questions_that_are_none_are_refused(parent, reason):
    with pytest.raises(ConfigError) as caught:
        parse_campaign(campaign_of(parent, rules=[{"parent": parent.get("id", "q")}]), "x.yaml")
    assert reason in str(caught.value)
    assert "parents.0" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.slow
def test_references_are_listed_and_marked(service, tmp_path, monkeypatch, capsys):
    campaign = campaign_of({"library": "LiCl"}, rules=[{"parent": "LiCl"}])
    phases = {"id": "phases", "materials_project": {"chemical_system": "Li-P-S"}}
    campaign["stability"] = {"references": [{"library": "LiBr"}, phases]}
    status, out, err = run_cli(tmp_path, campaign, monkeypatch, capsys)
    assert status == 0, err
    marked = {line.split(":")[0]: line.endswith("; reference only") for line in out.splitlines()}
    assert marked == {"LiCl": False, "LiBr": True, "phases.mp-985583": True, "phases.mp-1097036": True}


@pytest.mark.slow
def test_the_record_of_parents_has_query_and_version(service, tmp_path):
    question = {"chemical_system": "Li-*-S", "mobile_ion": "Li", "max_energy_above_hull_meV_atom": 50}
    campaign = campaign_of(
        {"id": "wild", "materials_project": question},
        {"id": "salt", "materials_project": "mp-22905"},
        {"id": "open", "optimade": {"provider": service.url, "formula": "LiCl"}},
        {"library": "LiBr"},
    )
    settings = parse_settings("parents", settings_of(parse_campaign(campaign, "x"), "parents"))
    parents.run(StageCall({}, tmp_path / "parents.json", settings, base=tmp_path))
    record = read_json(tmp_path / "parents.json")
    origins = {name: parent["origin"] for name, parent in record["parents"].items()}
    assert origins["LiBr"] is None
    assert set(origins) == {"wild.mp-985583", "wild.mp-1097036", "salt", "open.a_b__c_", "LiBr"}
    wild = origins["wild.mp-985583"]
    assert (wild["database"], wild["version"]) == ("Materials Project", VERSION)
    asked = {"chemical_system": "*-Li-S", "mobile_ion": "Li", "energy_above_hull_max": 0.05, "radioactive": False}
    assert asked.items() <= wild["query"].items()
    assert origins["salt"]["query"]["material_id"] == "mp-22905"
    assert origins["open.a_b__c_"]["query"]["filter"] == 'chemical_formula_reduced="ClLi"'
    assert "assembl" in record["left_out"]["open"]["bad"] or "together" in record["left_out"]["open"]["bad"]
    assert KEY not in (tmp_path / "parents.json").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"most": 1}, "2 structures answer the query, more than `most` (1)"),
        ({"chemical_system": "Li-Xe"}, "nothing found for Li-Xe"),
        ({"max_energy_above_hull_meV_atom": 0.0, "min_band_gap_eV": 9}, "nothing found"),
    ],
)
def test_answers_that_cannot_be_used_name_the_entry(service, tmp_path, monkeypatch, capsys, changes, reason):
    parent = {"id": "q", "materials_project": SULFIDES["materials_project"] | changes}
    status, out, err = run_cli(tmp_path, campaign_of(parent), monkeypatch, capsys)
    assert status == 1
    assert err.startswith("error: parents.0: ")
    assert reason in err
    assert KEY not in out + err


@pytest.mark.slow
def test_a_missing_key_and_a_refused_one_are_told_apart(service, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MP_API_KEY", KEY[::-1])
    status, _, err = run_cli(tmp_path, campaign_of(SULFIDES), monkeypatch, capsys)
    assert (status, "refuses the key" in err, KEY[::-1] in err) == (1, True, False)
    monkeypatch.delenv("MP_API_KEY")
    status, _, err = run_cli(tmp_path, campaign_of(SULFIDES), monkeypatch, capsys)
    assert status == 1
    assert "no key for the Materials Project" in err


@pytest.mark.slow
def test_names_that_meet_are_refused(service, tmp_path):
    parents = [SULFIDES, {"library": "Li3PS4-gamma", "id": "sulfides.mp-985583"}]
    with pytest.raises(ConfigError, match=r"parents\.1: two structures are called 'sulfides\.mp-985583'"):
        load_parents(parse_campaign(campaign_of(*parents), "x").parents, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("question", "member"),
    [
        ({"materials_project": {"chemical_system": "Li-Cl", "mobile_ion": "Li"}}, "salts.mp-22905"),
        ({"optimade": {"provider": "ADDRESS", "formula": "LiCl"}}, "salts.a_b__c_"),
    ],
)
def test_a_campaign_from_a_query_has_the_candidates_of_the_same_structure_from_the_library(
    service, tmp_path, question, member
):
    """Through Snakemake; ids are the candidates' content, so all that follows is the same too."""
    original = parse_campaign(TINY, "x")
    settings = parse_settings("enumerate", settings_of(original, "enumerate"))
    expected = enumerate_candidates(settings, load_parents(original.parents, tmp_path).parents, {}).candidates
    campaign = copy.deepcopy(TINY)
    question = json.loads(json.dumps(question).replace("ADDRESS", service.url))
    campaign["parents"] = [{"id": "salts", **question}, {"library": "LiBr"}]
    for rule in campaign["candidates"]["rules"]:
        rule["parent"] = "salts"
    (tmp_path / "run").mkdir()
    folder = CampaignFolder(tmp_path / "run", campaign)
    folder.run("results/tiny/candidates.csv", "results/tiny/config.resolved.yaml")
    rows = read_table(folder.results / "candidates.csv")
    assert [row["id"] for row in rows] == [candidate.id for candidate in expected]
    assert {row["parent"] for row in rows} == {member, "LiBr"}
    asked = len(service.requests)
    # The resolved campaign runs elsewhere without server and key: the answers went with it.
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in ("config.resolved.yaml", CACHE_FOLDER):
        (folder.results / path).rename(elsewhere / path)
    found = load_parents(load_campaign(elsewhere / "config.resolved.yaml").parents, elsewhere)
    assert member in found.parents
    assert len(service.requests) == asked
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
