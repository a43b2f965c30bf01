"""`screening new`: from a few answers to a commented campaign file that passes `screening check`."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from screening.config.candidates import SublatticeSelector
from screening.config.potential import PotentialConfig
from screening.errors import ConfigError, ScreeningError

# Elements that conduct as ions, most studied first.
MOBILE = ("Li", "Na", "K", "Ag", "Cu", "Mg", "Ca", "Zn")
# Tried in this order where the user does not choose.
SCHEMES = ("none", "vacancy", "interstitial")
_SUBSTITUTION = re.compile(r"(?P<fraction>[\d./]+)\s+(?P<dopant>[A-Z][a-z]?|vacancy)\s+on\s+(?P<sites>.+)")
_EXCHANGE = re.compile(r"(?P<degree>[\d./]+)\s+between\s+(?P<one>.+)\s+and\s+(?P<other>.+)")
_SITES = re.compile(
    r"(?:(?P<element>[A-Z][a-z]?)|(?P<wyckoff>\d+[a-zA-Z]))"
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
        temperatures_K: Of the molecular dynamics.
        duration_ps: Longest length of each run.
        potential: As in the config.
        student: Whether a student runs the molecular dynamics.
    """

    name: str
    parent: str
    mobile: str = ""
    changes: tuple[str, ...] = ()
    compensate: str = ""
    temperatures_K: tuple[float, ...] = (500.0, 600.0, 700.0)
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
    from screening.parents.registry import load_parent

    kind = parent_kind(answers.parent, base)
    parent = load_parent(kind, answers.parent, base=base)
    held = set(parent.structure.composition.get_el_amt_dict())
    answers = replace(answers, mobile=answers.mobile or mobile_of(held))
    rules: list[dict[str, Any]] = [{}, *(parse_change(text) for text in answers.changes)]
    elements = held | {s["dopant"] for rule in rules for s in rule.get("substitute", ())} - {"vacancy"}
    references = competing(elements, answers.parent)
    balanced = [_balanced(answers, kind, rule, base) for rule in rules]
    text = _text(answers, kind, balanced, references)
    campaign = parse_campaign(yaml.safe_load(text), answers.name)
    return text, check_campaign(campaign, base).lines


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
        text: "FRACTION ELEMENT on SITES" or "FRACTION between SITES and SITES"; SITES is an element or a Wyckoff label,
            and may be followed by "bonded to X" or "not bonded to X".

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
        "`0.25 between S not bonded to P and Cl` for an exchange"
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
    """1/3 stays as it is: the config understands it and no digits are lost."""
    return text if "/" in text else float(text)


def _sites(text: str) -> dict[str, str]:
    found = _SITES.fullmatch(text.strip())
    if found is None:
        raise ConfigError(
            f"{text!r} names no sites; write an element (`S`), a Wyckoff label (`4d`), or `S not bonded to P`"
        )
    named = {key: found[key] for key in ("element", "wyckoff") if found[key]}
    if found["relation"]:
        named[found["relation"].replace(" ", "_")] = found["partner"]
    return SublatticeSelector(**named).model_dump(exclude_none=True)


def _balanced(answers: Answers, kind: str, rule: dict[str, Any], base: Path) -> dict[str, Any]:
    """The rule with the scheme that balances its charge."""
    from screening.campaign.preflight import check_campaign
    from screening.config.load import parse_campaign

    schemes = (answers.compensate,) if answers.compensate and "substitute" in rule else SCHEMES
    id = _parent_id(answers, kind)
    first: ScreeningError | None = None
    for scheme in schemes:
        tried = rule if scheme == "none" else {**rule, "compensate": scheme}
        data = {
            "campaign": answers.name,
            "mobile_ion": answers.mobile,
            "parents": [{kind: answers.parent, "id": id}],
            "candidates": {"rules": [{"parent": id, **tried}]},
            "md": {"temperatures_K": [300]},
        }
        try:
            check_campaign(parse_campaign(data, answers.name), base)
        except ScreeningError as error:
            first = first or error
        else:
            return tried
    assert first is not None
    raise first


def _parent_id(answers: Answers, kind: str) -> str:
    return answers.parent if kind == "library" else Path(answers.parent).stem


def _text(answers: Answers, kind: str, rules: list[dict[str, Any]], references: list[str]) -> str:
    id = _parent_id(answers, kind)
    changes = ["as it is", *answers.changes]
    listed = "".join(
        f"    - {_flow({'parent': id, **rule})} # {change}\n" for rule, change in zip(rules, changes, strict=True)
    )
    temperatures = ", ".join(f"{t:g}" for t in sorted(answers.temperatures_K))
    return f"""\
# `screening check FILE` looks for mistakes, `screening run FILE --cores N` runs it; `screening schema` lists all keys.
campaign: {_flow(answers.name)} # results go to results/{answers.name}/
mobile_ion: {answers.mobile} # the ion that conducts
seed: 1 # every random number follows from it

potential:
  name: {_flow(answers.potential)} # `screening potentials list` lists others
  student: {"auto" if answers.student else "none"} # auto: a fast student runs the dynamics if it is accepted

parents: # file: my.cif for your own, library: NAME for an embedded one (`screening library`)
  - {_flow({kind: answers.parent})}

candidates: # `screening parents FILE` lists the sublattices that rules can name
  supercell: {{min_image_distance_A: 9, max_atoms: 500}} # smallest that fits the fractions; 10 or more for publication
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

md: # three temperatures or more make an Arrhenius line; hotter resolves sooner, until the crystal melts
  temperatures_K: [{temperatures}]
  duration_ps: {answers.duration_ps:g} # at most; runs that are not resolved by then give an upper bound
  chunk_ps: {min(10.0, answers.duration_ps):g} # a killed run continues from the last whole chunk
"""


def _flow(value: Any) -> str:
    """YAML on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("...").strip()
