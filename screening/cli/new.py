"""`screening new`: from a few answers to a commented campaign file that passes `screening check`."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from screening.config.candidates import SublatticeSelector
from screening.config.potential import PotentialConfig
from screening.errors import ConfigError, PotentialError, ScreeningError

if TYPE_CHECKING:
    from screening.parents.base import Parent

# Elements that conduct as ions, most studied first.
MOBILE = ("Li", "Na", "K", "Ag", "Cu", "Mg", "Ca", "Zn")
# Tried in this order where the user does not choose.
SCHEMES = ("none", "vacancy", "interstitial")
# Tolerances of occupancies and distances of images in Angstrom that are tried for a parent, the best first.
CELLS = (
    (0.0, 9.0),
    (0.02, 9.0),
    (0.05, 9.0),
    (0.05, 7.0),
    (0.1, 9.0),
    (0.1, 7.0),
    (0.1, 5.0),
    (0.25, 7.0),
    (0.25, 5.0),
)
_SUBSTITUTION = re.compile(r"(?P<fraction>[\d./]+)\s+(?P<dopant>[A-Z][a-z]?|vacancy)\s+on\s+(?P<sites>.+)")
_EXCHANGE = re.compile(r"(?P<degree>[\d./]+|equilibrium\([\d.]+\))\s+between\s+(?P<one>.+)\s+and\s+(?P<other>.+)")
_SITES = re.compile(
    r"(?:(?P<element>[A-Z][a-z]?)|(?P<wyckoff>\d+[a-zA-Z])|(?P<label>[A-Z][A-Za-z]*-?\d\w*))"
    r"(?:\s+(?P<relation>not bonded to|bonded to)\s+(?P<partner>[A-Z][a-z]?))?"
)


@dataclass(frozen=True)
class Answers:
    """What the user said.

    Attributes:
        name: Of the campaign.
        parent: Name in the library, or path of a structure file as seen from the campaign file.
        mobile: Element that conducts; "" takes the first of `MOBILE` that the parent holds.
        changes: Such as "0.5 Br on Cl" or "0.25 between S not bonded to P and Cl"; each makes a candidate.
        compensate: A scheme for all substitutions; "" takes for each the first that balances it.
        temperatures_K: Of the molecular dynamics; none: chosen for each candidate.
        duration_ps: Longest length of each run, or of the first ones of each candidate.
        potential: As in the config.
        student: Whether a student runs the molecular dynamics.
    """

    name: str
    parent: str
    mobile: str = ""
    changes: tuple[str, ...] = ()
    compensate: str = ""
    temperatures_K: tuple[float, ...] = ()
    duration_ps: float = 100.0
    potential: str = PotentialConfig.model_fields["name"].default
    student: bool = PotentialConfig.model_fields["student"].default == "auto"


def compose(answers: Answers, base: Path) -> tuple[str, list[str]]:
    """The campaign file, checked, and what `screening check` says of it.

    Args:
        answers: What the user said.
        base: Folder the file will be in.

    Raises:
        ScreeningError: an answer makes no sense, or the charge cannot be balanced; says what would work.
    """
    from screening.campaign.preflight import check_campaign
    from screening.config.load import parse_campaign

    draft = Draft.of(answers, base)
    rules = [*({} for _ in draft.as_it_is), *(parse_change(text) for text in answers.changes)]
    elements = draft.elements | {s["dopant"] for rule in rules for s in rule.get("substitute", ())} - {"vacancy"}
    references = competing(elements, answers.parent)
    balanced = [draft.balanced(rule) for rule in rules]
    text = _text(draft, balanced, references)
    campaign = parse_campaign(yaml.safe_load(text), answers.name)
    sites = [line for change in answers.changes for line in draft.sites_of(change)]
    return text, [*check_campaign(campaign, base).lines, *sites]


@dataclass(frozen=True)
class Draft:
    """A campaign that is being put together: its parent is loaded, and its cell and tolerance are chosen.

    Attributes:
        answers: What the user said, the mobile ion found where that was left open.
        base: Folder the file will be in.
        kind: Source of the parent.
        parent: Loaded.
        candidates: Keys of `candidates` besides the rules: supercell, and the tolerance of occupancies if it needs one.
    """

    answers: Answers
    base: Path
    kind: str
    parent: "Parent"
    candidates: dict[str, Any]

    @classmethod
    def of(cls, answers: Answers, base: Path) -> "Draft":
        """Load the parent and choose a cell and a tolerance with which it can be made as it is.

        Raises:
            ScreeningError: there is no such parent, it holds no ion that conducts, or no choice works.
        """
        from screening.parents.registry import load_parent

        kind = parent_kind(answers.parent, base)
        parent = load_parent(kind, answers.parent, base=base)
        elements = set(parent.structure.composition.get_el_amt_dict())
        answers = replace(answers, mobile=answers.mobile or mobile_of(elements))
        brought = {s["dopant"] for text in answers.changes for s in parse_change(text).get("substitute", ())}
        if answers.mobile not in elements | brought:
            raise ConfigError(
                f"{answers.parent} holds no {answers.mobile}; its elements are {', '.join(sorted(elements))}: name one "
                f"of them as the mobile ion, or a change that brings it, such as '1 {answers.mobile} on ELEMENT'"
            )
        first: ScreeningError | None = None
        for tolerance, distance in CELLS if not parent.structure.is_ordered else CELLS[:1]:
            chosen: dict[str, Any] = {"supercell": {"min_image_distance_A": distance, "max_atoms": 500}}
            if tolerance:
                chosen["occupancy_tolerance"] = tolerance
            draft = cls(answers, base, kind, parent, chosen)
            try:
                draft.check({})
            except ScreeningError as error:
                first = first or error
            else:
                return draft
        assert first is not None
        raise first

    @property
    def elements(self) -> set[str]:
        """Of the parent."""
        return set(self.parent.structure.composition.get_el_amt_dict())

    @property
    def as_it_is(self) -> tuple[str, ...]:
        """Words for the parent as it is, if it holds the mobile ion; none where a change brings the ion."""
        return ("as it is",) if self.answers.mobile in self.elements else ()

    @property
    def parent_id(self) -> str:
        """What rules call it."""
        return self.answers.parent if self.kind == "library" else Path(self.answers.parent).stem

    def check(self, rule: dict[str, Any]) -> None:
        """Plan a rule.

        Raises:
            ScreeningError: it cannot be made; says why.
        """
        from screening.campaign.preflight import check_campaign
        from screening.config.load import parse_campaign

        data = {
            "campaign": self.answers.name,
            "mobile_ion": self.answers.mobile if rule or self.as_it_is else mobile_of(self.elements),
            "parents": [{self.kind: self.answers.parent, "id": self.parent_id}],
            "candidates": {**self.candidates, "rules": [{"parent": self.parent_id, **rule}]},
            "md": {"temperatures_K": [300]},
        }
        check_campaign(parse_campaign(data, self.answers.name), self.base)

    def balanced(self, rule: dict[str, Any]) -> dict[str, Any]:
        """The rule with the scheme that balances its charge.

        Raises:
            ScreeningError: none does; with the reason of the first.
        """
        chosen = self.answers.compensate
        first: ScreeningError | None = None
        for scheme in (chosen,) if chosen and "substitute" in rule else SCHEMES:
            tried = rule if scheme == "none" else {**rule, "compensate": scheme}
            try:
                self.check(tried)
            except ScreeningError as error:
                first = first or error
            else:
                return tried
        assert first is not None
        raise first

    def sites_of(self, change: str) -> list[str]:
        """What the sites of a change are where they are several sublattices: a line for each of its selectors."""
        from screening.candidates.selection import describe, select
        from screening.parents.wyckoff import site_names

        rule = parse_change(change)
        named = [s["sites"] for s in rule.get("substitute", ())] or list(rule["exchange"]["between"])
        texts = site_names(self.parent.structure).text
        lines = []
        for selector in (SublatticeSelector(**sites) for sites in named):
            hit = list(dict.fromkeys(texts[i] for i in select(self.parent.structure, selector)))
            if len(hit) > 1:
                shown = ", ".join(hit[:6]) + (f" and {len(hit) - 6} more" if len(hit) > 6 else "")
                lines.append(
                    f"{change!r}: {describe(selector)} is {shown}, all of them; name one by its Wyckoff label, by a "
                    "label of the file, or with `bonded to` or `not bonded to`"
                )
        return lines


def parent_kind(parent: str, base: Path) -> str:
    """Which source a parent is meant to come from: the library, or a file.

    Raises:
        ConfigError: it is neither.
    """
    from screening.parents import library

    if parent in library.names():
        return "library"
    if (base / parent).is_file():
        return "file"
    if (base / parent).is_dir():
        raise ConfigError(f"{parent}: is a folder; name a structure file in it")
    raise ConfigError(f"{parent}: no such file beside the campaign file and no structure of that name in the library; "
                      "`screening library` lists the names")  # fmt: skip


def mobile_of(elements: set[str]) -> str:
    """The element that conducts, guessed.

    Raises:
        ConfigError: the structure holds none of `MOBILE`.
    """
    found = next((element for element in MOBILE if element in elements), None)
    if found is None:
        raise ConfigError(f"the parent holds none of {', '.join(MOBILE)}; name the ion that conducts with --mobile")
    return found


def parse_change(text: str) -> dict[str, Any]:
    """A rule from words.

    Args:
        text: "FRACTION ELEMENT on SITES" or "FRACTION between SITES and SITES", of which the last may be
            "equilibrium(KELVIN) between SITES and SITES"; SITES is an element, a Wyckoff label or
            a label of the file, and may be followed by "bonded to X" or "not bonded to X".

    Raises:
        ConfigError: the words are others.
    """
    text = " ".join(text.split())
    if found := _EXCHANGE.fullmatch(text):
        return {"exchange": {"between": [_sites(found["one"]), _sites(found["other"])], "degree": _share(found[1])}}
    if found := _SUBSTITUTION.fullmatch(text):
        change = {"sites": _sites(found["sites"]), "dopant": found["dopant"], "fraction": _share(found[1])}
        return {"substitute": [change]}
    raise ConfigError(
        f"{text!r} is not understood; write `0.5 Br on Cl` for a substitution or "
        "`0.25 between S not bonded to P and Cl` (or `equilibrium(823) between ...`) for an exchange"
    )


def competing(elements: set[str], parent: str) -> list[str]:
    """Library entries a compound of these elements could fall apart into: one for each formula."""
    from screening.parents import library

    chosen: dict[str, str] = {}
    for name in library.names():
        formula = library.describe(name)["formula"]
        if set(re.findall(r"[A-Z][a-z]?", formula)) <= elements and name != parent:
            chosen.setdefault(formula, name)
    return [name for formula, name in chosen.items() if formula != parent]


def _share(text: str) -> float | str:
    """1/3 stays as it is, as equilibrium(823) does: the config understands them, and no digits are lost."""
    return text if "/" in text or text.startswith("equilibrium") else float(text)


def _sites(text: str) -> dict[str, str]:
    found = _SITES.fullmatch(text.strip())
    if found is None:
        raise ConfigError(
            f"{text!r} names no sites; write an element (`S`), a Wyckoff label (`4d`), a label of the file (`Li2`), or "
            "`S not bonded to P`"
        )
    named = {key: found[key] for key in ("element", "wyckoff", "label") if found[key]}
    if found["relation"]:
        named[found["relation"].replace(" ", "_")] = found["partner"]
    return SublatticeSelector(**named).model_dump(exclude_none=True)


def _dispersion(potential: str, base: Path) -> str:
    """The line that adds dispersion, "" for a potential whose functional needs none or is not known."""
    from screening.config.potential import PotentialConfig
    from screening.potentials.dispersion import advised
    from screening.potentials.registry import check, functional

    chosen = PotentialConfig(name=potential).beside(base)
    try:
        check(chosen)
    except PotentialError:
        # Told with all other mistakes when the whole file is checked.
        return ""
    kind = advised(functional(chosen))
    return "" if kind == "none" else f"  dispersion: {kind} # PBE lacks it: without it cells are up to 8 % too large\n"


def _text(draft: Draft, rules: list[dict[str, Any]], references: list[str]) -> str:
    answers, kind, id = draft.answers, draft.kind, draft.parent_id
    distance = draft.candidates["supercell"]["min_image_distance_A"]
    tolerance = draft.candidates.get("occupancy_tolerance", 0)
    rounded = (
        f"  occupancy_tolerance: {tolerance:g} # change of occupancies that whole, neutral numbers of ions may make\n"
        if tolerance
        else ""
    )
    changes = [*draft.as_it_is, *answers.changes]
    listed = "".join(
        f"    - {_flow({'parent': id, **rule})} # {change}\n" for rule, change in zip(rules, changes, strict=True)
    )
    return f"""\
# `screening check FILE` looks for mistakes, `screening run FILE --cores N` runs it; `screening schema` lists all keys.
campaign: {_flow(answers.name)} # results go to results/{answers.name}/
mobile_ion: {answers.mobile} # the ion that conducts
seed: 1 # every random number follows from it

potential:
  name: {_flow(answers.potential)} # `screening potentials list` lists others
{_dispersion(answers.potential, draft.base)}\
  student: {"auto" if answers.student else "none"} # auto: a fast student runs the dynamics if it is accepted

parents: # file: my.cif for your own, library: NAME for an embedded one (`screening library`)
  - {_flow({kind: answers.parent})}

candidates: # `screening parents FILE` lists the sublattices that rules can name
  supercell: {{min_image_distance_A: {distance:g}, max_atoms: 500}} # smallest that fits; 10 or more for publication
{rounded}\
  orderings: {{keep: 1}} # simulated arrangements of each candidate; several show how much their choice matters
  rules: # each makes a candidate; lists of fractions, dopants or degrees make a grid
{listed}
stability:
  references: {_flow(references)} # phases that candidates could decompose into

relax:
  max_starts: 3 # from different places of the mobile ions; their spread is the error of mixing enthalpies

shortlist: # which candidates get molecular dynamics
  max_mixing_enthalpy_meV_atom: 100
  max_candidates: 20

student:
  timestep_fs: auto # from the fastest vibration, in its training; a number of fs sets it
  basis: {{bessel_degree: 2, inverse_degree: 4, angular_3body: 2}} # smaller than the default, 1.7 times as fast

{_temperatures(answers)}\
  replicas: 2 # one for each student of the committee, so that the errors hold what one student differs from the next
  chunk_ps: {min(10.0, answers.duration_ps):g} # a killed run continues from the last whole chunk
  timestep_fs: auto # a fifteenth of the period of the crystal's fastest vibration
  cell: measured # the parent's lattice as given, and the potential's volume change from there; relaxed: the potential's
"""


def _temperatures(answers: Answers) -> str:
    """The first lines of `md`."""
    if not answers.temperatures_K:
        return f"""\
md: # hot, short runs first; then colder ones, down to 300 K where core hours suffice
  temperatures_K: auto # or a list of three or more, such as [500, 600, 700]
  hottest_K: 800 # below where the crystal melts
  budget_core_hours: 10 # for each candidate, all its runs together
  duration_ps: {answers.duration_ps:g} # of the first runs at most; colder ones take what the budget allows
"""
    temperatures = ", ".join(f"{t:g}" for t in sorted(answers.temperatures_K))
    return f"""\
md: # three temperatures or more make an Arrhenius line; hotter resolves sooner, until the crystal melts
  temperatures_K: [{temperatures}] # auto: chosen for each candidate, down to 300 K where core hours suffice
  duration_ps: {answers.duration_ps:g} # at most; runs that are not resolved by then give an upper bound
"""


def _flow(value: Any) -> str:
    """YAML on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("...").strip()
