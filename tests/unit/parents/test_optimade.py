"""OPTIMADE, against a server that speaks its structures endpoint."""

import json
import re

import pytest

from screening.errors import ConfigError, StructureError
from screening.parents import library, optimade, registry
from screening.parents.answers import WAITS_S, DatabaseError, cached
from screening.parents.optimade import Query, load, reduced_formula, search

# ruff: noqa: ARG001, ARG005 - fixtures act without being used; servers may answer without looking


def entry(name, structure, **changes):
    symbols = sorted(structure.symbol_set)
    attributes = {
        "chemical_formula_reduced": reduced_formula(structure.composition.reduced_formula),
        "elements": symbols,
        "nelements": len(symbols),
        "nsites": len(structure),
        "dimension_types": [1, 1, 1],
        "nperiodic_dimensions": 3,
        "lattice_vectors": structure.lattice.matrix.tolist(),
        "cartesian_site_positions": structure.cart_coords.tolist(),
        "species_at_sites": [site.specie.symbol for site in structure],
        "species": [{"name": s, "chemical_symbols": [s], "concentration": [1.0]} for s in symbols],
        "structure_features": [],
        "last_modified": "2024-01-02T03:04:05Z",
    }
    return {"id": name, "type": "structures", "attributes": attributes | changes}


LICL = library.load("LiCl").structure
SOLUTION = {
    "species_at_sites": ["cation" if site.specie.symbol == "Li" else "anion" for site in LICL],
    "species": [
        {"name": "cation", "chemical_symbols": ["Li", "vacancy"], "concentration": [0.98, 0.02]},
        {"name": "anion", "chemical_symbols": ["Cl", "Br"], "concentration": [0.6, 0.4]},
    ],
    "chemical_formula_reduced": "Br2Cl3Li5",
    "structure_features": ["disorder"],
}
ENTRIES = [
    entry("4001848", library.load("Li6PS5Cl").structure),
    entry("oddly \"named\" \\ one", LICL),
    entry("101", library.load("Li3PS4-beta").structure),
    entry("102", library.load("Li3PS4-gamma").structure),
    entry("mixed", LICL, **SOLUTION),
]  # fmt: skip
META = {
    "api_version": "1.2.0",
    "provider": {"name": "Open Crystals", "prefix": "open", "description": ""},
    "database": {"id": "oc", "version": "2026.1"},
    "more_data_available": False,
}


def optimade_service(request):
    """The structures endpoint with the few filters this package writes, one entry a page."""
    if request.path != "/v1/structures":
        return 404, {"errors": [{"status": "404", "title": "Not Found"}]}
    text = request.params["filter"]
    ids = [re.sub(r"\\(.)", r"\1", i) for i in re.findall(r'id="((?:[^"\\]|\\.)*)"', text)]
    formula = re.search(r'chemical_formula_reduced="(\w+)"', text)
    system = re.search(r"elements HAS ALL ([^ ]+) AND nelements=(\d+)", text)
    if not (ids or formula or system):
        return 400, {"errors": [{"status": "400", "title": "Bad Request", "detail": f"cannot parse {text}"}]}
    sites = re.search(r"nsites<=(\d+)", text)
    found = []
    for item in ENTRIES:
        facts = item["attributes"]
        fits = (
            item["id"] in ids
            or (formula and facts["chemical_formula_reduced"] == formula[1])
            or (
                system
                and facts["nelements"] == int(system[2])
                and set(json.loads(f"[{system[1]}]")) <= set(facts["elements"])
            )
        )
        if fits and (not sites or facts["nsites"] <= int(sites[1])):
            found.append(item)
    offset = int(request.params.get("page_offset", 0))
    link = None
    if offset + 1 < len(found):
        host = request.headers["host"]
        link = {"href": f"http://{host}/v1/structures?page_offset={offset + 1}&filter={quote(text)}"}
    return 200, {"data": found[offset : offset + 1], "links": {"next": link}, "meta": META}


def quote(text):
    from urllib.parse import quote as escape

    return escape(text)


@pytest.fixture
def service(server, monkeypatch):
    server.app = optimade_service
    monkeypatch.setitem(optimade.PROVIDERS, "open", server.url)
    return server


def test_by_id(service, tmp_path):
    parent = load("open:4001848", tmp_path)
    assert parent.id == "4001848"
    assert parent.structure.matches(library.load("Li6PS5Cl").structure)
    assert parent.space_group == "F-43m"
    assert parent.source == (
        "Open Crystals 4001848 by OPTIMADE 1.2.0, database version 2026.1, entry of 2024-01-02T03:04:05Z"
    )
    assert "species_at_sites" in service.requests[0].params["response_fields"]


def test_address_instead_of_a_name(service, tmp_path):
    assert load(f"{service.url}::4001848", tmp_path).id == "4001848"
    assert load(f"{service.url}v1::4001848", tmp_path / "b").id == "4001848"


def test_ids_are_quoted(service, tmp_path):
    name = 'oddly "named" \\ one'
    assert search("open", Query(ids=(name,)), tmp_path).parents[0].id == name


def test_formula_and_pages(service, tmp_path):
    answer = search("open", Query(formula="S4Li3P"), tmp_path)
    assert [parent.id for parent in answer.parents] == ["101", "102"]
    assert len(service.requests) == 2
    assert service.requests[0].params["filter"] == 'chemical_formula_reduced="Li3PS4"'
    with pytest.raises(StructureError, match=r"2 structures \(101, 102\); name one by its id"):
        load("open:formula=Li6P2S8", tmp_path / "b")
    assert load("open:formula=Li6PS5Cl", tmp_path / "c").id == "4001848"


def test_chemical_system_and_size(service, tmp_path):
    answer = search("open", Query(chemical_system="Li-P-S", max_sites=20), tmp_path)
    assert [parent.id for parent in answer.parents] == ["102"]
    expected = 'elements HAS ALL "Li","P","S" AND nelements=3 AND nsites<=20'
    assert service.requests[0].params["filter"] == expected


def test_partial_occupancies_and_vacancies_are_kept(service, tmp_path):
    parent = load("open:mixed", tmp_path)
    shares = {tuple(sorted(site.species.get_el_amt_dict().items())) for site in parent.structure}
    assert shares == {(("Li", 0.98),), (("Br", 0.4), ("Cl", 0.6))}
    assert parent.space_group == ""
    assert "Partial occupancies" in parent.notes
    assert "by 2.0%" in parent.notes


def test_deuterium_is_taken_for_hydrogen_and_said(service, tmp_path, monkeypatch):
    changes = {
        "species": [{"name": n, "chemical_symbols": [s], "concentration": [1]} for n, s in (("Li", "Li"), ("Cl", "D"))],
        "chemical_formula_reduced": "DLi",
    }
    monkeypatch.setitem(globals(), "ENTRIES", [entry("heavy", LICL, **changes)])
    parent = load("open:heavy", tmp_path)
    assert parent.structure.composition.get_el_amt_dict() == {"Li": 4, "H": 4}
    assert parent.notes == "Deuterium is taken for hydrogen."


def test_missing_ids_are_told(service, tmp_path):
    answer = search("open", Query(ids=("101", "999")), tmp_path)
    assert [parent.id for parent in answer.parents] == ["101"]
    assert answer.left_out == {"999": "not found"}
    with pytest.raises(StructureError, match=r'nothing for id="999"'):
        load("open:999", tmp_path)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dimension_types": [1, 1, 0], "nperiodic_dimensions": 2}, "not periodic"),
        ({"structure_features": ["implicit_atoms"]}, "atoms without positions"),
        ({"structure_features": ["assemblies"]}, "occupied together"),
        ({"structure_features": ["site_attachments"]}, "attached to sites"),
        ({"cartesian_site_positions": None}, "lacks cell, positions or species"),
        ({"lattice_vectors": [[1, 0, 0], None, [0, 0, 1]]}, "lacks cell, positions or species"),
        ({"species_at_sites": ["Li"] * 3}, "do not fit together"),
        ({"cartesian_site_positions": [[0, 0, 0.1 * i] for i in range(8)]}, "overlap"),
        ({"lattice_vectors": [[5, 0, 0], [5, 0, 0], [0, 0, 5]]}, "Å3|do not fit together"),
        ({"chemical_formula_reduced": "ClLi2"}, "not the stated formula"),
        ({"chemical_formula_reduced": "ClNa"}, "different elements: Li, Na"),
        ({"species": [{"name": n, "chemical_symbols": ["X"], "concentration": [1]} for n in ("Li", "Cl")]}, "'X'"),
        ({"species": [{"name": n, "chemical_symbols": ["T"], "concentration": [1]} for n in ("Li", "Cl")]}, "'T'"),
        ({"nsites": 16}, "has 8 positions, but nsites is 16"),
        (
            {
                "species": [
                    {"name": n, "chemical_symbols": [n], "concentration": [1], "attached": ["H"], "nattached": [2]}
                    for n in ("Li", "Cl")
                ]
            },
            "atoms attached to sites",
        ),
        (
            {"species": [{"name": n, "chemical_symbols": [n], "concentration": [1.3]} for n in ("Li", "Cl")]},
            "do not fit together|occupancy",
        ),
    ],
)
def test_unusable_entries_are_refused(service, tmp_path, changes, reason):
    service.app = lambda request: (200, {"data": [entry("bad", LICL, **changes)], "links": {}, "meta": META})
    with pytest.raises(StructureError, match=reason) as caught:
        load("open:bad", tmp_path)
    assert "bad" in str(caught.value)


def test_one_bad_entry_does_not_hide_the_good_ones(service, tmp_path):
    entries = [entry("bad", LICL, structure_features=["assemblies"]), entry("good", LICL)]
    service.app = lambda request: (200, {"data": entries, "links": {"next": None}, "meta": META})
    answer = search("open", Query(formula="LiCl"), tmp_path)
    assert [parent.id for parent in answer.parents] == ["good"]
    assert "occupied together" in answer.left_out["bad"]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        3,
        [],
        {},
        {"id": "bad"},
        {"id": None, "attributes": {}},
        {"id": "bad", "attributes": [1]},
        entry("bad", LICL, species=3),
        entry("bad", LICL, species=["Li", "Cl"]),
        entry("bad", LICL, species=[{"name": "Li"}]),
        entry("bad", LICL, species_at_sites=3),
        entry("bad", LICL, structure_features=3),
        entry("bad", LICL, dimension_types=3),
        entry("bad", LICL, lattice_vectors=[[0, 0, 0]] * 3),
        entry("bad", LICL, cartesian_site_positions=[["x", 0, 0]] * 8),
    ],
)
def test_an_entry_of_another_form_is_named_and_loses_no_other(service, tmp_path, bad):
    service.app = lambda request: (200, {"data": [bad, entry("good", LICL)], "links": None, "meta": META})
    answer = search("open", Query(formula="LiCl"), tmp_path)
    assert [parent.id for parent in answer.parents] == ["good"]
    (name,) = answer.left_out
    assert name in ("bad", "entry 1")


def test_what_an_answer_says_of_itself_may_be_missing_or_nonsense(service, tmp_path):
    for number, meta in enumerate((None, 3, [], {"provider": "x", "database": 3})):
        body = {"data": [entry("good", LICL)], "links": [], "meta": meta}
        service.app = lambda request, body=body: (200, body)
        assert load("open:good", tmp_path / str(number)).id == "good"
    service.app = lambda request: (200, {"data": [entry("1", LICL)], "links": {"next": 3}, "meta": META})
    with pytest.raises(DatabaseError, match="next page is 3"):
        load("open:1", tmp_path)


def test_numbers_that_are_none_are_not_kept(tmp_path):
    with pytest.raises(DatabaseError, match=r"answer of x to .* cannot be kept"):
        cached(tmp_path, "x", {"formula": "LiCl"}, lambda: {"energy": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_rerun_is_offline_and_identical(service, tmp_path):
    first = load("open:mixed", tmp_path)
    service.app = lambda request: (500, "down")
    assert load("open:mixed", tmp_path).to_record() == first.to_record()
    assert len(service.requests) == 1


def test_changed_answer_is_refused(service, tmp_path):
    load("open:mixed", tmp_path)
    (path,) = tmp_path.glob("optimade-*.json")
    path.write_text(path.read_text().replace("0.98", "0.88"))
    with pytest.raises(DatabaseError, match="does not match its checksum"):
        load("open:mixed", tmp_path)


def test_no_network(tmp_path, waits, closed_port):
    with pytest.raises(DatabaseError, match=r"connection refused.*4 attempts"):
        load(f"http://127.0.0.1:{closed_port}::1", tmp_path)
    assert waits == list(WAITS_S)
    with pytest.raises(DatabaseError, match="cannot be resolved"):
        load("http://nowhere.invalid::1", tmp_path)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_faults_are_asked_again(service, tmp_path, waits, status):
    faults = [status, status]
    service.app = lambda request: (faults.pop(), "busy") if faults else optimade_service(request)
    assert load("open:4001848", tmp_path).id == "4001848"
    assert waits == list(WAITS_S[:2])


@pytest.mark.parametrize("status", [429, 503])
def test_lasting_faults_are_told(service, tmp_path, waits, status):
    service.app = lambda request: (status, "busy")
    with pytest.raises(DatabaseError, match=f"HTTP {status}.*4 attempts"):
        load("open:4001848", tmp_path)
    assert list(tmp_path.glob("*.json")) == []


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, {"errors": [{"detail": "cannot parse filter"}]}, r"HTTP 400\): cannot parse filter"),
        (403, {"errors": [{"title": "Forbidden"}]}, r"HTTP 403\): Forbidden"),
        (404, "<html>", r"HTTP 404\): without a reason"),
        (200, "<html>", "does not answer in OPTIMADE's form"),
        (200, {"data": {}}, "does not answer in OPTIMADE's form"),
        (200, [], "does not answer in OPTIMADE's form"),
    ],
)
def test_refusals(service, tmp_path, status, body, reason):
    service.app = lambda request: (status, body)
    with pytest.raises(DatabaseError, match=reason):
        load("open:4001848", tmp_path)


def test_circle_of_pages(service, tmp_path):
    def circling(request):
        link = f"http://{request.headers['host']}/v1/structures?page=2"
        return 200, {"data": [entry("1", LICL)], "links": {"next": link}, "meta": META}

    service.app = circling
    with pytest.raises(DatabaseError, match="in a circle"):
        search("open", Query(formula="LiCl"), tmp_path)


def test_nothing_is_cut_off(service, tmp_path):
    with pytest.raises(DatabaseError, match="more than 1 structures"):
        search("open", Query(formula="Li3PS4", limit=1), tmp_path)


@pytest.mark.parametrize("value", ["cod", "cod:", ":1", "nobody:1", "https://example.org/optimade"])
def test_impossible_names(tmp_path, value):
    with pytest.raises(ConfigError):
        load(value, tmp_path)


@pytest.mark.parametrize("formula", ["Li0.5Cl", "Qq2", "", "Li6PS5Cl;DROP", '"'])
def test_impossible_formulas(formula):
    with pytest.raises(ConfigError, match="not a formula"):
        Query(formula=formula).filter()


def test_reduced_formula():
    assert reduced_formula("Li6PS5Cl") == "ClLi6PS5"
    assert reduced_formula("Li4Cl4") == "ClLi"
    assert reduced_formula("O2") == "O"


def test_registry_keeps_answers_beside_the_config(service, tmp_path):
    assert registry.load_parent("optimade", "open:4001848", base=tmp_path, id="mine").id == "mine"
    assert len(list((tmp_path / optimade.CACHE_FOLDER).glob("optimade-*.json"))) == 1
