"""Parents from the Materials Project, through its client mp-api.

The key is read from MP_API_KEY or from PMG_MAPI_KEY in ~/.pmgrc.yaml; it goes into the header of the requests and
nowhere else. The data are calculated structures under CC BY 4.0: A. Jain et al., doi:10.1063/1.4812323.
"""

import os
import re
import warnings
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from screening.config.parents import MaterialsProjectQuery
from screening.errors import ConfigError, StructureError
from screening.parents.answers import (
    CACHE_FOLDER,
    UNREADABLE,
    DatabaseError,
    TryAgain,
    cached,
    get,
    no_connection,
    retrying,
    status_text,
)
from screening.parents.base import Parent, find_space_group, split_charges
from screening.parents.checks import check_structure

DATABASE = "Materials Project"
DEFAULT_ENDPOINT = "https://api.materialsproject.org/"

FIELDS = [
    "material_id",
    "formula_pretty",
    "structure",
    "energy_above_hull",
    "band_gap",
    "nsites",
    "deprecated",
    "theoretical",
    "possible_species",
]
KEY_HELP = "get one at https://materialsproject.org/api and set MP_API_KEY, or PMG_MAPI_KEY in ~/.pmgrc.yaml"
_ID = re.compile(r"(mp|mvc)-[a-z0-9]+")


@dataclass(frozen=True)
class Query:
    """What is asked for: exactly one of the first three, and filters that every answer must pass.

    Attributes:
        material_id: Such as mp-985592.
        formula: Such as Li6PS5Cl; any number of formula units.
        chemical_system: Elements joined by dashes, such as Cl-Li-P-S; these and no others. A * is any one element.
        mobile_ion: Element that must be there.
        energy_above_hull_max: eV/atom.
        band_gap_min: eV, as calculated, which is too small by about a third.
        max_sites: Atoms in the database's cell.
        radioactive: Whether elements without stable isotopes may be there.
    """

    material_id: str | None = None
    formula: str | None = None
    chemical_system: str | None = None
    mobile_ion: str | None = None
    energy_above_hull_max: float | None = None
    band_gap_min: float | None = None
    max_sites: int | None = None
    radioactive: bool = False

    def __post_init__(self) -> None:
        if sum(value is not None for value in (self.material_id, self.formula, self.chemical_system)) != 1:
            raise ConfigError(f"{DATABASE}: ask for exactly one of material_id, formula and chemical_system")
        if self.material_id is not None and not _ID.fullmatch(self.material_id):
            raise ConfigError(f"{DATABASE}: {self.material_id!r} is not an id; they look like mp-985592")
        if self.chemical_system is not None:
            object.__setattr__(self, "chemical_system", "-".join(sorted(self.chemical_system.split("-"))))


@dataclass(frozen=True)
class Answer:
    """Parents found, lowest energy above the hull first; what was left out and why, by id; where it came from."""

    parents: list[Parent]
    left_out: dict[str, str]
    database_version: str
    query: dict[str, Any]


def search(query: Query, cache: Path, endpoint: str | None = None) -> Answer:
    """Parents that answer a query.

    Args:
        query: What is asked for.
        cache: Folder where the answer is kept; the same query is answered from there without a network or key.
        endpoint: Address of the service; MP_API_ENDPOINT or the public one by default.

    Raises:
        StructureError: nothing found, a deprecated id, or all that was found is filtered out.
        ConfigError: no key, or one the service refuses.
        DatabaseError: no network, a service that is down, or a request it refuses.
    """
    address = endpoint or os.environ.get("MP_API_ENDPOINT") or DEFAULT_ENDPOINT
    address = address if address.endswith("/") else address + "/"
    asked = {**asdict(query), "endpoint": address}
    answer = cached(cache, "materials_project", asked, lambda: _fetch(query, address))
    documents, release = answer["documents"], answer["database_version"]
    parents: list[tuple[float, str, Parent]] = []
    left_out: dict[str, str] = {}
    origin = {"database": DATABASE, "version": release, "query": asked}
    for number, document in enumerate(documents, start=1):
        material_id = _name(document, number)
        try:
            reason = _unfit(document, query)
            found = None if reason else _parent(document, origin)
        except UNREADABLE as error:
            # One bad document must not lose the others, nor go unsaid.
            reason, found = f"its document cannot be read ({type(error).__name__}: {error})", None
        if found is None:
            left_out[material_id] = reason
        else:
            energy = found.energy_above_hull_eV_atom
            parents.append((float("inf") if energy is None else energy, material_id, found))
    if not parents:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise StructureError(f"{DATABASE}: nothing that was found passes the filters ({reasons})")
    parents.sort(key=lambda entry: entry[:2])
    return Answer([parent for _, _, parent in parents], left_out, release, asked)


def load(value: str, cache: Path, endpoint: str | None = None) -> Parent:
    """One parent: by id, or the one lowest above the hull of a formula. Whoever names a radioactive one wants it.

    Raises:
        ScreeningError: as `search`.
    """
    named = _ID.fullmatch(value) is not None
    query = Query(material_id=value if named else None, formula=None if named else value, radioactive=True)
    return search(query, cache, endpoint).parents[0]


def load_beside(value: str, base: Path) -> Parent:
    """`load` for the registry: answers are kept in `database_answers` beside the config file."""
    return load(value, base / CACHE_FOLDER)


def answers_to(question: MaterialsProjectQuery, base: Path) -> tuple[list[Parent], dict[str, str]]:
    """All parents that answer a campaign's query, and what was left out and why, by id; for the registry.

    Raises:
        ScreeningError: as `search`, or more structures than the query allows.
    """
    limit = question.max_energy_above_hull_meV_atom
    query = Query(
        formula=question.formula,
        chemical_system=question.chemical_system,
        mobile_ion=question.mobile_ion,
        energy_above_hull_max=None if limit is None else limit / 1000,
        band_gap_min=question.min_band_gap_eV,
        max_sites=question.max_sites,
        radioactive=question.radioactive,
    )
    answer = search(query, base / CACHE_FOLDER)
    if len(answer.parents) > question.most:
        raise StructureError(
            f"{DATABASE}: {len(answer.parents)} structures answer the query, more than `most` ({question.most}); "
            "ask for less, or raise it"
        )
    return answer.parents, answer.left_out


def api_key() -> str:
    """The user's key.

    Raises:
        ConfigError: there is none, or it has not the form of one.
    """
    key = os.environ.get("MP_API_KEY", "").strip()
    if not key:
        # Read here and not from pymatgen, which reads the file once when it is imported.
        import yaml

        path = Path("~/.pmgrc.yaml").expanduser()
        try:
            settings = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            raise ConfigError(f"{path} cannot be read; it may hold the key of the {DATABASE}") from None
        key = str((settings if isinstance(settings, dict) else {}).get("PMG_MAPI_KEY") or "").strip()
    if not key:
        raise ConfigError(f"no key for the {DATABASE}; {KEY_HELP}")
    if not re.fullmatch(r"[A-Za-z0-9]{32}", key):
        raise ConfigError(f"the key for the {DATABASE} is not 32 letters and digits; {KEY_HELP}")
    return key


def _fetch(query: Query, endpoint: str) -> dict[str, Any]:
    key = api_key()
    answer: dict[str, Any] = retrying(lambda: _ask(query, endpoint, key), DATABASE)
    # Not kept: what is missing today may be there after the next release.
    if not answer["documents"]:
        raise StructureError(_nothing_found(query, answer))
    del answer["successor"]
    return answer


def _ask(query: Query, endpoint: str, key: str) -> dict[str, Any]:
    """One attempt through the client; its many kinds of failure are sorted into passing and lasting."""
    import requests

    # The client asks for the heartbeat without a time-out and takes any answer for JSON: look first.
    status, heartbeat = get(endpoint + "heartbeat", None, DATABASE)
    if status in (401, 403):
        raise ConfigError(f"the {DATABASE} refuses access (HTTP {status}); {KEY_HELP}")
    if not isinstance(heartbeat, dict) or "db_version" not in heartbeat:
        raise DatabaseError(f"{endpoint} does not answer like the {DATABASE}; is MP_API_ENDPOINT right?")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mp_api.client import MPRester
        from mp_api.client.core import MPRestError

        try:
            with MPRester(key, endpoint=endpoint, use_document_model=False, mute_progress_bars=True) as rester:
                documents = rester.materials.summary.search(**_criteria(query), all_fields=False, fields=FIELDS)
                successor = None
                if not documents and query.material_id:
                    found = rester.materials.search(task_ids=[query.material_id], fields=["material_id"])
                    successor = str(found[0]["material_id"]) if found else None
                return {
                    "database_version": str(heartbeat["db_version"]),
                    "client": f"mp-api {version('mp-api')}",
                    "documents": [_plain(document) for document in documents],
                    "successor": successor,
                }
        except MPRestError as error:
            raise _translated(str(error), key) from None
        except requests.exceptions.RequestException as error:
            raise TryAgain(no_connection(error)) from None
        except (KeyError, TypeError, ValueError) as error:
            # Damaged JSON and documents of another form: a proxy, or a service half way through an update.
            raise TryAgain(f"its answer cannot be read: {type(error).__name__}") from None


def _criteria(query: Query) -> dict[str, Any]:
    criteria: dict[str, Any] = {
        "material_ids": [query.material_id] if query.material_id else None,
        "formula": query.formula,
        "chemsys": query.chemical_system,
    }
    if not query.material_id:
        # By id everything is fetched, so that the reason for leaving it out can be told.
        if query.energy_above_hull_max is not None:
            criteria["energy_above_hull"] = (None, query.energy_above_hull_max)
        if query.band_gap_min is not None:
            criteria["band_gap"] = (query.band_gap_min, None)
        if query.max_sites is not None:
            criteria["num_sites"] = (None, query.max_sites)
        criteria["deprecated"] = False
    return {name: value for name, value in criteria.items() if value is not None}


def _name(document: Any, number: int) -> str:
    """Id of a document; its place in the answer where it has none."""
    given = document.get("material_id") if isinstance(document, dict) else None
    return str(given) if given else f"document {number}"


def _plain(document: Any) -> Any:
    """A document as JSON holds it, with the fields asked for and no others; what is none is kept as it is."""
    from pymatgen.core import Structure

    if not isinstance(document, dict) and not hasattr(document, "model_dump"):
        return document
    fields = document if isinstance(document, dict) else document.model_dump()
    plain = {name: fields.get(name) for name in FIELDS}
    if isinstance(plain["structure"], Structure):
        plain["structure"] = plain["structure"].as_dict()
    if plain["material_id"] is not None:
        plain["material_id"] = str(plain["material_id"])
    return plain


def _translated(message: str, key: str) -> Exception:
    match = re.search(r"status code (\d{3})", message)
    code = int(match[1]) if match else None
    if code in (401, 403):
        return ConfigError(f"the {DATABASE} refuses the key (HTTP {code}); {KEY_HELP}")
    if code is not None and (code == 429 or code >= 500):
        return TryAgain(status_text(code))
    if "timed out" in message or "Max retries" in message:
        return TryAgain(no_connection(Exception(message)))
    text = message.rsplit("with message:", maxsplit=1)[-1].replace(key, "(key)").strip()
    return DatabaseError(f"the {DATABASE} refuses the request: {text}")


def _nothing_found(query: Query, answer: dict[str, Any]) -> str:
    if query.material_id and answer["successor"] and answer["successor"] != query.material_id:
        return (
            f"{DATABASE}: {query.material_id} is deprecated in database version {answer['database_version']}; "
            f"the material is now {answer['successor']}"
        )
    asked = query.material_id or query.formula or query.chemical_system
    filters = [
        f"{name} {value:g}"
        for name, value in (
            ("energy above hull at most", query.energy_above_hull_max),
            ("band gap at least", query.band_gap_min),
            ("sites at most", query.max_sites),
        )
        if value is not None and not query.material_id
    ]
    limits = f" with {', '.join(filters)}" if filters else ""
    return f"{DATABASE}: nothing found for {asked}{limits} (database version {answer['database_version']})"


def _unfit(document: dict[str, Any], query: Query) -> str:
    """Why a document does not pass, "" when it does. The service has filtered too; this also holds when it did not."""
    from pymatgen.core import Element

    if not document["material_id"]:
        return "its document has no id"
    if document["deprecated"]:
        return "deprecated"
    if not document["structure"]:
        return "no structure"
    symbols = {species["element"] for site in document["structure"]["sites"] for species in site["species"]}
    if query.mobile_ion and query.mobile_ion not in symbols:
        return f"no {query.mobile_ion}"
    radioactive = sorted(
        symbol for symbol in symbols if Element.is_valid_symbol(symbol) and Element(symbol).is_radioactive
    )
    if radioactive and not query.radioactive:
        return f"radioactive {', '.join(radioactive)}"
    for name, limit, sign in (
        ("energy_above_hull", query.energy_above_hull_max, 1),
        ("band_gap", query.band_gap_min, -1),
        ("nsites", query.max_sites, 1),
    ):
        if limit is None:
            continue
        value = document[name]
        if value is None:
            return f"{name} not known"
        if sign * (value - limit) > 0:
            return f"{name} {value:g}"
    return ""


def _parent(document: dict[str, Any], origin: dict[str, Any]) -> Parent:
    from pymatgen.core import Structure

    material_id = str(document["material_id"])
    structure = Structure.from_dict(document["structure"])
    check_structure(structure, f"{DATABASE} {material_id}")
    structure, charges, note = split_charges(structure)
    # The calculation's magnetic moments are no part of the crystal.
    for name in list(structure.site_properties):
        structure.remove_site_property(name)
    energy, gap = document["energy_above_hull"], document["band_gap"]
    facts = [
        f"Calculated structure of {document['formula_pretty']}",
        "not observed" if document["theoretical"] else "observed",
        f"{energy * 1000:.1f} meV/atom above the hull" if energy is not None else "energy above the hull not known",
        f"band gap {gap:.2f} eV" if gap is not None else "band gap not known",
    ]
    return Parent(
        id=material_id,
        structure=structure,
        source=f"{DATABASE} {material_id}, database version {origin['version']}, CC BY 4.0, doi:10.1063/1.4812323",
        space_group=find_space_group(structure),
        notes=f"{', '.join(facts)}. {note}".strip(),
        oxidation_states=charges or _charges(document["possible_species"]),
        energy_above_hull_eV_atom=energy,
        origin=origin,
    )


def _charges(species: list[str] | None) -> dict[str, float] | None:
    """Charges from species such as Li+, P5+, S2-; None when there are none or an element has two."""
    charges: dict[str, float] = {}
    for text in species or []:
        match = re.fullmatch(r"([A-Z][a-z]?)(\d*\.?\d*)([+-])", text)
        if not match or match[1] in charges:
            return None
        charges[match[1]] = float(match[2] or 1) * (1 if match[3] == "+" else -1)
    return charges or None
