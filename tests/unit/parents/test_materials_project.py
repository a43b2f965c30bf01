"""The Materials Project through its own client, against a server that speaks its paths and documents."""

# ruff: noqa: ARG001, ARG005 - fixtures act without being used; servers may answer without looking

import json
import shutil

import pytest

from screening.errors import ConfigError, ScreeningError, StructureError
from screening.parents import library, materials_project, registry
from screening.parents.answers import WAITS_S, DatabaseError
from screening.parents.materials_project import Query, load, search

pytestmark = pytest.mark.slow

KEY = "abcdefghijklmnopqrstuvwxyz012345"
VERSION = "2025.09.25"


def document(material_id, name, energy, gap=2.5, **changes):
    structure = library.load(name).structure
    facts = {
        "material_id": material_id,
        "formula_pretty": structure.composition.reduced_formula,
        "structure": structure.as_dict(),
        "energy_above_hull": energy,
        "band_gap": gap,
        "nsites": len(structure),
        "deprecated": False,
        "theoretical": False,
        "possible_species": ["Li+", "P5+", "S2-", "Cl-"] if name == "Li6PS5Cl" else None,
        "chemsys": structure.composition.chemical_system,
        "volume": structure.volume,
    }
    return facts | changes


DOCUMENTS = [
    document("mp-985592", "Li6PS5Cl", 0.0204),
    document("mp-985582", "Li6PS5Cl", 0.0150, gap=None),
    document("mp-1097036", "Li3PS4-beta", 0.003),
    document("mp-985583", "Li3PS4-gamma", 0.0),
    document("mp-22905", "LiCl", 0.0, gap=6.2),
]


def in_system(elements, asked):
    """As the service does it: the named elements all there, and as many elements as places."""
    if asked is None:
        return True
    places, there = asked.split("-"), elements.split("-")
    return len(places) == len(there) and {place for place in places if place != "*"} <= set(there)


def materials_service(request):
    """The part of the public service the client uses: /heartbeat, /materials/summary/ and /materials/core/."""
    if request.path == "/heartbeat":
        # Open to everybody, also in the real service
        return 200, {"status": "OK", "version": "0.86.4", "db_version": VERSION, "access_controlled_batch_ids": []}
    if request.headers.get("x-api-key") != KEY:
        return 403, {"message": "Invalid authentication credentials"}
    asked = request.params
    if request.path == "/materials/core/":
        moved = {"mp-1": "mp-985592"}.get(asked["task_ids"])
        return 200, {"data": [{"material_id": moved}] if moved else [], "meta": {"total_doc": int(bool(moved))}}
    if request.path != "/materials/summary/":
        return 404, {"detail": "Not Found"}
    found = [
        d
        for d in DOCUMENTS
        if asked.get("material_ids") in (None, d["material_id"])
        and asked.get("formula") in (None, d["formula_pretty"])
        and in_system(d["chemsys"], asked.get("chemsys"))
        and (d["energy_above_hull"] <= float(asked.get("energy_above_hull_max", "inf")))
        and ("band_gap_min" not in asked or (d["band_gap"] or -1) >= float(asked["band_gap_min"]))
        and (d["nsites"] <= int(asked.get("nsites_max", 10**6)))
    ]
    fields = asked["_fields"].split(",")
    skip, limit = int(asked.get("_skip", 0)), int(asked["_limit"])
    page = [{name: d[name] for name in fields} for d in found[skip : skip + limit]]
    return 200, {"data": page, "meta": {"total_doc": len(found), "api_version": "0.86.4"}}


@pytest.fixture
def service(server, monkeypatch, tmp_path, quick_client):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MP_API_KEY", KEY)
    monkeypatch.setenv("MP_API_ENDPOINT", server.url)
    server.app = materials_service
    return server


def test_by_id(service, tmp_path):
    parent = load("mp-985592", tmp_path)
    assert parent.id == "mp-985592"
    assert parent.structure.matches(library.load("Li6PS5Cl").structure)
    assert parent.space_group == "F-43m"
    assert parent.oxidation_states == {"Li": 1, "P": 5, "S": -2, "Cl": -1}
    assert f"mp-985592, database version {VERSION}" in parent.source
    assert "20.4 meV/atom above the hull" in parent.notes
    asked = next(r for r in service.requests if r.path == "/materials/summary/")
    assert asked.params["material_ids"] == "mp-985592"
    assert asked.headers["x-api-key"] == KEY


def test_formula_gives_the_lowest(service, tmp_path):
    assert load("Li6PS5Cl", tmp_path).id == "mp-985582"
    answer = search(Query(formula="Li3PS4"), tmp_path)
    assert [parent.id for parent in answer.parents] == ["mp-985583", "mp-1097036"]
    assert answer.database_version == VERSION


def test_order_of_elements_does_not_matter(service, tmp_path):
    first = search(Query(chemical_system="Li-P-S"), tmp_path)
    asked = len(service.requests)
    assert [parent.id for parent in first.parents] == ["mp-985583", "mp-1097036"]
    assert search(Query(chemical_system="S-Li-P"), tmp_path) == first
    assert len(service.requests) == asked


def test_filters_are_sent_and_checked_again(service, tmp_path):
    query = Query(
        chemical_system="Cl-Li-P-S", mobile_ion="Li", energy_above_hull_max=0.05, band_gap_min=1.0, max_sites=60
    )
    answer = search(query, tmp_path / "a")
    assert [parent.id for parent in answer.parents] == ["mp-985592"]
    sent = next(r for r in service.requests if r.path == "/materials/summary/").params
    assert (sent["chemsys"], sent["deprecated"]) == ("Cl-Li-P-S", "False")
    assert float(sent["energy_above_hull_max"]) == 0.05
    assert float(sent["band_gap_min"]) == 1.0
    assert int(sent["nsites_max"]) == 60
    assert {"energy_above_hull_min", "band_gap_max"}.isdisjoint(sent)

    def careless(request):
        request.params = {k: v for k, v in request.params.items() if not k.endswith(("_min", "_max"))}
        return materials_service(request)

    service.app = careless
    answer = search(query, tmp_path / "b")
    assert [parent.id for parent in answer.parents] == ["mp-985592"]
    assert answer.left_out == {"mp-985582": "band_gap not known"}


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (Query(material_id="mp-22905", mobile_ion="Na"), "mp-22905: no Na"),
        (Query(material_id="mp-985592", energy_above_hull_max=0.01), "energy_above_hull 0.0204"),
        (Query(material_id="mp-985592", max_sites=20), "nsites 52"),
        (Query(material_id="mp-985582", band_gap_min=1.0), "band_gap not known"),
    ],
)
def test_an_id_that_does_not_pass_tells_why(service, tmp_path, query, reason):
    with pytest.raises(StructureError, match=reason):
        search(query, tmp_path)


def test_radioactive_elements_are_left_out(service, tmp_path, monkeypatch):
    structure = library.load("LiCl").structure.copy()
    structure.replace_species({"Cl": "Tc"})
    made = document("mp-9", "LiCl", 0.0, structure=structure.as_dict(), formula_pretty="LiTc")
    monkeypatch.setitem(globals(), "DOCUMENTS", [made])
    with pytest.raises(StructureError, match="mp-9: radioactive Tc"):
        search(Query(formula="LiTc"), tmp_path)
    assert search(Query(formula="LiTc", radioactive=True), tmp_path).parents[0].id == "mp-9"


def test_who_names_a_radioactive_one_gets_it(service, tmp_path, monkeypatch):
    structure = library.load("LiCl").structure.copy()
    structure.replace_species({"Cl": "Tc"})
    made = document("mp-9", "LiCl", 0.0, structure=structure.as_dict(), formula_pretty="LiTc")
    monkeypatch.setitem(globals(), "DOCUMENTS", [made])
    assert load("mp-9", tmp_path).id == load("LiTc", tmp_path).id == "mp-9"


def test_a_system_with_any_element_is_filtered_by_the_mobile_ion(service, tmp_path, monkeypatch):
    sodium = document("mp-2", "NaCl", 0.0)
    monkeypatch.setitem(globals(), "DOCUMENTS", [*DOCUMENTS, sodium])
    both = search(Query(chemical_system="*-Cl"), tmp_path)
    assert {parent.id for parent in both.parents} == {"mp-22905", "mp-2"}
    one = search(Query(chemical_system="Cl-*", mobile_ion="Li"), tmp_path)
    assert [parent.id for parent in one.parents] == ["mp-22905"]
    assert one.left_out == {"mp-2": "no Li"}


BAD_LATTICE = library.load("LiCl").structure.as_dict() | {"lattice": {"matrix": [[1, 0], [0, 1]]}}


@pytest.mark.parametrize(
    "changes",
    [
        {"structure": 3},
        {"structure": "LiCl"},
        {"structure": {"sites": 3}},
        {"structure": {"sites": [{}]}},
        {"structure": {"sites": [{"species": [{"element": "Li", "occu": 1}], "abc": [0, 0, 0]}]}},
        {"structure": BAD_LATTICE},
        {"structure": BAD_LATTICE | {"lattice": None}},
        {"structure": BAD_LATTICE | {"lattice": {"matrix": [[0, 0, 0]] * 3}}},
        {"energy_above_hull": "low"},
        {"band_gap": []},
        {"possible_species": 3},
        {"possible_species": [1, None]},
        {"material_id": None},
    ],
)
def test_a_document_of_another_form_is_named_and_loses_no_other(service, tmp_path, monkeypatch, waits, changes):
    bad = document("mp-666", "LiCl", 0.001, formula_pretty="LiCl") | changes
    monkeypatch.setitem(globals(), "DOCUMENTS", [bad, document("mp-22905", "LiCl", 0.0, gap=6.2)])

    def careless(request):
        return materials_service(request) if request.path == "/heartbeat" else (200, page(request))

    def page(request):
        fields = request.params["_fields"].split(",")
        data = [{name: d[name] for name in fields} for d in DOCUMENTS]
        return {"data": data, "meta": {"total_doc": len(data), "api_version": "0.86.4"}}

    service.app = careless
    answer = search(Query(formula="LiCl"), tmp_path)
    assert [parent.id for parent in answer.parents] == ["mp-22905"]
    assert set(answer.left_out) == {"document 1" if "material_id" in changes else "mp-666"}
    monkeypatch.setitem(globals(), "DOCUMENTS", [bad])
    with pytest.raises(StructureError, match=r"mp-666|document 1"):
        load("Cl4Li4", tmp_path)


def test_rerun_is_offline_and_identical(service, tmp_path, monkeypatch):
    first = load("mp-985592", tmp_path)
    asked = len(service.requests)
    monkeypatch.delenv("MP_API_KEY")
    service.app = lambda request: (500, "down")
    again = load("mp-985592", tmp_path)
    assert len(service.requests) == asked
    assert again == first
    assert again.to_record() == first.to_record()
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for path in tmp_path.glob("*.json"):
        shutil.copy(path, moved)
    assert load("mp-985592", moved) == first


def test_kept_answer_has_query_version_and_no_key(service, tmp_path):
    load("mp-985592", tmp_path)
    (path,) = tmp_path.glob("materials_project-*.json")
    text = path.read_text()
    assert KEY not in text
    record = json.loads(text)
    assert record["query"]["material_id"] == "mp-985592"
    assert record["query"]["endpoint"] == service.url
    assert record["answer"]["database_version"] == VERSION
    assert record["answer"]["client"].startswith("mp-api ")
    assert record["retrieved_utc"].endswith("+00:00")


def test_changed_answer_is_refused(service, tmp_path):
    load("mp-985592", tmp_path)
    (path,) = tmp_path.glob("*.json")
    path.write_text(path.read_text().replace('"energy_above_hull": 0.0204', '"energy_above_hull": 0.0'))
    with pytest.raises(DatabaseError, match="does not match its checksum"):
        load("mp-985592", tmp_path)
    path.write_text(path.read_text()[:200])
    with pytest.raises(ScreeningError, match="damaged"):
        load("mp-985592", tmp_path)
    path.unlink()
    assert load("mp-985592", tmp_path).id == "mp-985592"


def test_key_from_pmgrc(service, tmp_path, monkeypatch):
    monkeypatch.delenv("MP_API_KEY")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".pmgrc.yaml").write_text(f"PMG_MAPI_KEY: {KEY}\n")
    assert load("mp-985592", tmp_path).id == "mp-985592"
    (tmp_path / "home" / ".pmgrc.yaml").write_text("{[")
    with pytest.raises(ConfigError, match="cannot be read"):
        load("mp-22905", tmp_path)


@pytest.mark.parametrize("key", ["", "short", KEY[:-1] + "é", KEY[:-1] + "\n\n"])
def test_missing_or_odd_key(service, tmp_path, monkeypatch, key):
    monkeypatch.setenv("MP_API_KEY", key)
    with pytest.raises(ConfigError, match="MP_API_KEY") as caught:
        load("mp-985592", tmp_path)
    assert KEY[:-1] not in str(caught.value)
    assert service.requests == []
    assert list(tmp_path.glob("*.json")) == []


def test_refused_key(service, tmp_path, monkeypatch, waits):
    monkeypatch.setenv("MP_API_KEY", KEY[::-1])
    with pytest.raises(ConfigError, match=r"refuses the key \(HTTP 403\)") as caught:
        load("mp-985592", tmp_path)
    assert KEY[::-1] not in str(caught.value)
    assert waits == []


@pytest.mark.parametrize("status", [401, 403])
def test_refused_at_the_door(service, tmp_path, status, waits):
    service.app = lambda request: (status, {"message": "no"})
    with pytest.raises(ConfigError, match=f"HTTP {status}"):
        load("mp-985592", tmp_path)


def test_no_network(service, tmp_path, monkeypatch, waits, closed_port):
    monkeypatch.setenv("MP_API_ENDPOINT", f"http://127.0.0.1:{closed_port}")
    with pytest.raises(DatabaseError, match=r"connection refused.*4 attempts"):
        load("mp-985592", tmp_path)
    assert waits == list(WAITS_S)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
@pytest.mark.parametrize("path", ["/heartbeat", "/materials/summary/"])
def test_passing_faults_are_asked_again(service, tmp_path, waits, status, path):
    faults = []

    def stumbling(request):
        # The client itself asks four times for some of these, so eight faults outlast its first try.
        if request.path == path and len(faults) < (1 if path == "/heartbeat" or status in (500, 503) else 5):
            faults.append(status)
            return status, {"detail": "busy"}
        return materials_service(request)

    service.app = stumbling
    assert load("mp-985592", tmp_path).id == "mp-985592"
    assert waits == list(WAITS_S[:1])


@pytest.mark.parametrize(("status", "text"), [(429, "too many requests"), (503, "fault of the server")])
def test_lasting_faults_are_told(service, tmp_path, waits, status, text):
    service.app = lambda request: materials_service(request) if request.path == "/heartbeat" else (status, {})
    with pytest.raises(DatabaseError, match=f"{text}, HTTP {status}.*4 attempts"):
        load("mp-985592", tmp_path)
    assert waits == list(WAITS_S)
    assert list(tmp_path.glob("*.json")) == []


def test_answer_that_is_no_json(service, tmp_path, waits):
    service.app = lambda request: materials_service(request) if request.path == "/heartbeat" else (200, "<html>")
    with pytest.raises(DatabaseError, match="cannot be read"):
        load("mp-985592", tmp_path)
    service.app = lambda request: (200, "<html>welcome to the hotel network</html>")
    with pytest.raises(DatabaseError, match="does not answer like the Materials Project"):
        load("mp-985592", tmp_path)


def test_refused_request(service, tmp_path, waits):
    service.app = lambda request: (
        materials_service(request) if request.path == "/heartbeat" else (422, {"detail": "bad formula"})
    )
    with pytest.raises(DatabaseError, match=r"refuses the request: bad formula"):
        load("Li6PS5Cl", tmp_path)
    assert waits == []


def test_nothing_found(service, tmp_path):
    with pytest.raises(StructureError, match=r"nothing found for mp-404 \(database version"):
        load("mp-404", tmp_path)
    with pytest.raises(StructureError, match=r"nothing found for Li9Cl with energy above hull at most 0\.1"):
        search(Query(formula="Li9Cl", energy_above_hull_max=0.1), tmp_path)
    # An empty answer is not kept: the material may be there after the next release.
    assert list(tmp_path.glob("*.json")) == []


def test_deprecated_id_names_its_successor(service, tmp_path):
    with pytest.raises(
        StructureError, match=r"mp-1 is deprecated in database version .*; the material is now mp-985592"
    ):
        load("mp-1", tmp_path)


def test_deprecated_document(service, tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "DOCUMENTS", [document("mp-22905", "LiCl", 0.0, deprecated=True)])
    with pytest.raises(StructureError, match="mp-22905: deprecated"):
        load("mp-22905", tmp_path)


@pytest.mark.parametrize(
    "arguments", [{}, {"formula": "LiCl", "material_id": "mp-1"}, {"material_id": "1234"}, {"material_id": "mp-1;x"}]
)
def test_impossible_queries(arguments):
    with pytest.raises(ConfigError):
        Query(**arguments)


def test_registry_keeps_answers_beside_the_config(service, tmp_path):
    parent = registry.load_parent("materials_project", "mp-22905", base=tmp_path, id="salt")
    assert parent.id == "salt"
    assert len(list((tmp_path / materials_project.CACHE_FOLDER).glob("materials_project-*.json"))) == 1
