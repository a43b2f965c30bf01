"""Parents from any database that speaks OPTIMADE 1.x (https://www.optimade.org), such as COD, OQMD or Alexandria."""

import math
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screening.config.parents import OptimadeQuery
from screening.errors import ConfigError, StructureError
from screening.parents.answers import CACHE_FOLDER, UNREADABLE, DatabaseError, cached, get, retrying
from screening.parents.base import Parent, find_space_group
from screening.parents.checks import FORMULA_NOTED, check_structure, formula_deviation

if TYPE_CHECKING:
    from pymatgen.core import Structure

# Short names and base addresses, without the version.
PROVIDERS = {
    "alexandria": "https://alexandria.icams.rub.de/pbe",
    "cod": "https://www.crystallography.net/cod/optimade",
    "mp": "https://optimade.materialsproject.org",
    "oqmd": "https://oqmd.org/optimade",
}

PAGE = 50
FIELDS = (
    "chemical_formula_reduced,dimension_types,nperiodic_dimensions,lattice_vectors,cartesian_site_positions,"
    "species_at_sites,species,structure_features,last_modified,nsites"
)
# Features whose meaning this reader does not carry over; disorder it does.
UNREADABLE_FEATURES = {
    "implicit_atoms": "has atoms without positions",
    "assemblies": "has groups of sites that are occupied together",
    "site_attachments": "has atoms attached to sites without positions of their own",
    "unknown_positions": "has atoms without positions",
}


@dataclass(frozen=True)
class Query:
    """What is asked for: exactly one of the first three.

    Attributes:
        ids: Ids in the database.
        formula: Such as Li6PS5Cl; any number of formula units.
        chemical_system: Elements joined by dashes, such as Cl-Li-P-S; these and no others.
        max_sites: Sites in the database's cell.
        limit: Structures; more answers than this are an error, nothing is cut off.
    """

    ids: tuple[str, ...] = ()
    formula: str | None = None
    chemical_system: str | None = None
    max_sites: int | None = None
    limit: int = 200

    def __post_init__(self) -> None:
        if sum((bool(self.ids), self.formula is not None, self.chemical_system is not None)) != 1:
            raise ConfigError("OPTIMADE: ask for exactly one of ids, formula and chemical_system")

    def filter(self) -> str:
        """The query in OPTIMADE's filter language."""
        if self.ids:
            alternatives = " OR ".join(f"id={_quoted(name)}" for name in self.ids)
            terms = [f"({alternatives})" if len(self.ids) > 1 else alternatives]
        elif self.formula is not None:
            terms = [f"chemical_formula_reduced={_quoted(reduced_formula(self.formula))}"]
        else:
            elements = sorted(set(str(self.chemical_system).split("-")))
            listed = ",".join(_quoted(element) for element in elements)
            terms = [f"elements HAS ALL {listed}", f"nelements={len(elements)}"]
        if self.max_sites is not None:
            terms.append(f"nsites<={self.max_sites}")
        return " AND ".join(terms)


@dataclass(frozen=True)
class Answer:
    """Parents found, in the database's order; entries that cannot be used and why, by id; where it came from."""

    parents: list[Parent]
    left_out: dict[str, str]
    provider: str
    query: dict[str, Any]


def search(provider: str, query: Query, cache: Path) -> Answer:
    """Parents that answer a query.

    Args:
        provider: A key of `PROVIDERS`, or the base address of a database (with or without /v1).
        query: What is asked for.
        cache: Folder where the answer is kept; the same query is answered from there without a network.

    Raises:
        StructureError: nothing found, or nothing of it can be used.
        ConfigError: the provider is neither known nor an address.
        DatabaseError: no network, a service that is down, a request it refuses, or too many answers.
    """
    base = base_address(provider)
    asked = {**asdict(query), "ids": list(query.ids), "filter": query.filter(), "base": base}
    answer = cached(cache, "optimade", asked, lambda: _fetch(base, query))
    name = provider if provider in PROVIDERS else base
    entries = [(_name(entry, number), entry) for number, entry in enumerate(answer["entries"], start=1)]
    found = {id for id, _ in entries}
    parents, left_out = [], {wanted: "not found" for wanted in query.ids if wanted not in found}
    origin = {"database": answer["provider"], "version": answer["database_version"], "query": asked}
    for id, entry in entries:
        try:
            parents.append(_parent(entry, name, answer, origin))
        except StructureError as error:
            left_out[id] = str(error)
        except UNREADABLE as error:
            # One bad entry must not lose the others, nor go unsaid.
            left_out[id] = f"it cannot be read ({type(error).__name__}: {error})"
    if not parents:
        raise StructureError(f"OPTIMADE {name}: nothing that was found can be used: {'; '.join(left_out.values())}")
    return Answer(parents, left_out, answer["provider"], asked)


def load(value: str, cache: Path) -> Parent:
    """One parent, named as provider and id or formula.

    Names look like `cod:4001848`, `oqmd:formula=Li3PS4` or `https://example.org/optimade::id`.

    Raises:
        ConfigError: the name has not this form.
        StructureError: as `search`, or a formula with several structures, whose ids are given.
        DatabaseError: as `search`.
    """
    separator = "::" if "://" in value else ":"
    provider, found, wanted = value.partition(separator)
    if not (provider and found and wanted):
        raise ConfigError(f"{value!r} is not provider:id or provider:formula=... (address::id for an address)")
    if not wanted.startswith("formula="):
        return search(provider, Query(ids=(wanted,)), cache).parents[0]
    parents = search(provider, Query(formula=wanted.removeprefix("formula=")), cache).parents
    if len(parents) > 1:
        # Without energies that can be compared there is no reason to prefer one.
        listed = ", ".join(parent.id for parent in parents[:20])
        raise StructureError(f"OPTIMADE {value}: {len(parents)} structures ({listed}); name one by its id")
    return parents[0]


def load_beside(value: str, base: Path) -> Parent:
    """`load` for the registry: answers are kept in `database_answers` beside the config file."""
    return load(value, base / CACHE_FOLDER)


def answers_to(question: OptimadeQuery, base: Path) -> tuple[list[Parent], dict[str, str]]:
    """All parents that answer a campaign's query, and what was left out and why, by id; for the registry.

    Raises:
        ScreeningError: as `search`.
    """
    query = Query(
        formula=question.formula,
        chemical_system=question.chemical_system,
        max_sites=question.max_sites,
        limit=question.most,
    )
    answer = search(question.provider, query, base / CACHE_FOLDER)
    return answer.parents, answer.left_out


def base_address(provider: str) -> str:
    """The versioned base address of a provider.

    Raises:
        ConfigError: neither a known name nor an address.
    """
    address = PROVIDERS.get(provider, provider).rstrip("/")
    if not address.startswith(("http://", "https://")):
        raise ConfigError(f"OPTIMADE: {provider!r} is not known; give an address or one of {', '.join(PROVIDERS)}")
    return address if address.rsplit("/", 1)[-1].startswith("v1") else f"{address}/v1"


def reduced_formula(text: str) -> str:
    """The formula as OPTIMADE writes it: smallest whole numbers, elements in alphabetical order.

    Raises:
        ConfigError: it is not a formula of whole numbers.
    """
    from pymatgen.core import Composition, DummySpecies

    try:
        amounts = Composition(text).as_dict()
        known = bool(amounts) and not any(isinstance(species, DummySpecies) for species in Composition(text))
    except (ValueError, KeyError):
        known = False
    if not known or any(amount != int(amount) for amount in amounts.values()):
        raise ConfigError(f"OPTIMADE: {text!r} is not a formula of elements and whole numbers")
    # By hand: pymatgen's reduced formula of O2 is O2.
    counts = {element: int(amount) for element, amount in amounts.items()}
    unit = math.gcd(*counts.values())
    return "".join(f"{element}{n // unit if n != unit else ''}" for element, n in sorted(counts.items()))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _fetch(base: str, query: Query) -> dict[str, Any]:
    database = f"the OPTIMADE service {base}"
    entries: list[dict[str, Any]] = []
    url: str | None = f"{base}/structures"
    params: dict[str, Any] | None = {"filter": query.filter(), "response_fields": FIELDS, "page_limit": PAGE}
    meta: dict[str, Any] = {}
    seen: set[str] = set()
    while url:
        status, body = retrying(partial(get, url, params, database), database)
        page = _page(status, body, database)
        meta = meta or _mapping(page.get("meta"))
        entries += page["data"]
        if len(entries) > query.limit:
            raise DatabaseError(
                f"{database} has more than {query.limit} structures for {query.filter()}; ask for less, "
                "or raise the limit"
            )
        link = _mapping(page.get("links")).get("next")
        url, params = (link.get("href") if isinstance(link, dict) else link), None
        if not isinstance(url, str | None):
            raise DatabaseError(f"{database} does not answer in OPTIMADE's form: its next page is {url!r}")
        if url and (url in seen or not page["data"]):
            raise DatabaseError(f"{database} answers in a circle: its page {url} comes twice or is empty")
        seen.add(url or "")
    # Not kept: what is missing today may be there tomorrow.
    if not entries:
        raise StructureError(f"{database} has nothing for {query.filter()}")
    provider = _mapping(meta.get("provider"))
    return {
        "entries": entries,
        "provider": str(provider.get("name") or base),
        "api_version": str(meta.get("api_version") or ""),
        "database_version": str(_mapping(meta.get("database")).get("version") or ""),
    }


def _mapping(value: Any) -> dict[str, Any]:
    """What an answer says of itself; nothing where it is of another form, since no structure depends on it."""
    return value if isinstance(value, dict) else {}


def _page(status: int, body: Any, database: str) -> dict[str, Any]:
    """The body of a page, or what the service says against the request."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if status != 200 or errors:
        first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
        detail = first.get("detail") or first.get("title") or "without a reason"
        raise DatabaseError(f"{database} refuses the request (HTTP {status}): {detail}")
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        raise DatabaseError(f"{database} does not answer in OPTIMADE's form; is the address right?")
    return body


def _name(entry: Any, number: int) -> str:
    """Id of an entry; its place in the answer where it has none."""
    given = entry.get("id") if isinstance(entry, dict) else None
    return str(given) if given else f"entry {number}"


def _parent(entry: dict[str, Any], name: str, answer: dict[str, Any], origin: dict[str, Any]) -> Parent:
    if not entry["id"]:
        raise StructureError("it has no id")
    label = f"OPTIMADE {name} {entry.get('id')}"
    facts = entry.get("attributes") or {}
    structure = _structure(facts, label)
    check_structure(structure, label)
    stated = facts.get("chemical_formula_reduced")
    deviation = formula_deviation(structure, stated, label) if stated else None
    notes = [] if structure.is_ordered else ["Partial occupancies as the database gives them."]
    if any("D" in kind["chemical_symbols"] for kind in facts["species"]):
        notes.append("Deuterium is taken for hydrogen.")
    if deviation is not None and deviation > FORMULA_NOTED:
        notes.append(f"The atoms deviate from the stated formula {stated!r} by {deviation:.1%}.")
    version = f", database version {answer['database_version']}" if answer["database_version"] else ""
    modified = f", entry of {facts['last_modified']}" if facts.get("last_modified") else ""
    return Parent(
        id=str(entry["id"]),
        structure=structure,
        source=f"{answer['provider']} {entry['id']} by OPTIMADE {answer['api_version']}{version}{modified}",
        space_group=find_space_group(structure),
        notes=" ".join(notes),
        origin=origin,
    )


def _structure(facts: dict[str, Any], label: str) -> "Structure":
    """The crystal of an entry; sites may be mixed or partly vacant.

    Raises:
        StructureError: not periodic, without positions, or with features this reader cannot carry over.
    """
    from pymatgen.core import Element, Structure

    for feature in facts.get("structure_features") or []:
        if feature in UNREADABLE_FEATURES:
            raise StructureError(f"{label} {UNREADABLE_FEATURES[feature]}")
    directions = facts.get("dimension_types")
    if (directions is not None and list(directions) != [1, 1, 1]) or facts.get("nperiodic_dimensions", 3) not in (
        3,
        None,
    ):
        raise StructureError(f"{label} is not periodic in three directions")
    try:
        n_sites = facts.get("nsites")
        if n_sites is not None and n_sites != len(facts["cartesian_site_positions"]):
            raise StructureError(
                f"{label} has {len(facts['cartesian_site_positions'])} positions, but nsites is {n_sites}"
            )
        species: dict[str, dict[str, float]] = {}
        for kind in facts["species"]:
            if kind.get("attached"):
                raise StructureError(f"{label} {UNREADABLE_FEATURES['site_attachments']}")
            shares: dict[str, float] = {}
            for symbol, share in zip(kind["chemical_symbols"], kind["concentration"], strict=True):
                if symbol == "vacancy":
                    continue
                # T is tritium for pymatgen.
                if symbol == "T" or not Element.is_valid_symbol(symbol):
                    raise StructureError(f"{label}: {symbol!r} is not an element")
                plain = "H" if symbol == "D" else symbol
                shares[plain] = shares.get(plain, 0.0) + float(share)
            species[kind["name"]] = shares
        sites = [
            (species[at], position)
            for at, position in zip(facts["species_at_sites"], facts["cartesian_site_positions"], strict=True)
            if species[at]
        ]
        return Structure(
            facts["lattice_vectors"],
            [shares for shares, _ in sites],
            [position for _, position in sites],
            coords_are_cartesian=True,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StructureError(
            f"{label}: lacks cell, positions or species, or they do not fit together ({type(error).__name__}: {error})"
        ) from error
