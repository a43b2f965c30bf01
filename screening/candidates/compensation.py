"""Balancing the charge: one function for each scheme, and an error that names the scheme that would work."""

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure

from screening.candidates import oxidation
from screening.candidates.builder import WHOLE, DecorationBuilder, in_proportion
from screening.candidates.clash import room
from screening.candidates.decoration import VACANCY
from screening.candidates.interstitials import labelled_sites, void_sites
from screening.candidates.occupancies import FractionError
from screening.candidates.recipe import Balance
from screening.candidates.selection import describe, host_of
from screening.errors import StructureError


def compensate(
    builder: DecorationBuilder, choice: Balance | None, mobile: str, vacant: dict[str, list[list[float]]]
) -> str:
    """Balance the builder's charge in the chosen way.

    Args:
        builder: Substituted already; its charge is what is balanced.
        choice: The scheme, None where nothing should need balancing.
        mobile: Element of the mobile ion, of either sign.
        vacant: The parent's known empty sites: label to fractional coordinates.

    Returns:
        What was done, "" if nothing.

    Raises:
        StructureError: the charge is not balanced, or cannot be in this way; says what would work.
    """
    charge = builder.decoration().charge()
    if choice is None:
        if abs(charge) > WHOLE:
            raise StructureError(
                f"the charge is {charge:+g} e per supercell and nothing balances it; set compensate: "
                f"{by_mobile_ion(charge, builder.charges, mobile)} (oxidation states {_known(builder.charges)})"
            )
        return ""
    if abs(charge) < WHOLE:
        if choice.scheme == "auto":
            return ""
        raise StructureError(f"the charge is already balanced; remove compensate: {choice.scheme}, or let it be auto")
    if choice.scheme == "co_substitution":
        return _co_substitute(builder, choice, charge)
    if choice.scheme == "anion_vacancy":
        return _remove_anions(builder, choice, charge)
    if not builder.charges.get(mobile):
        raise StructureError(f"the parent holds no charged {mobile}, so {mobile} cannot balance the charge")
    scheme = by_mobile_ion(charge, builder.charges, mobile)
    if choice.scheme not in (scheme, "auto"):
        raise StructureError(
            f"the charge is {charge:+g} e per supercell, which {choice.scheme} compensation by "
            f"{mobile}{builder.charges[mobile]:+g} cannot balance; set compensate: {scheme}"
        )
    count = _count(abs(charge / builder.charges[mobile]), charge, f"{mobile} ions")
    if scheme == "vacancy":
        return _remove_mobile(builder, mobile, count)
    return _insert_mobile(builder, choice, mobile, count, vacant)


def by_mobile_ion(charge: float, charges: dict[str, float], mobile: str) -> str:
    """Which of the mobile ion's schemes balances a charge: vacancies take its own sign away, interstitials add it."""
    return "vacancy" if charge * charges.get(mobile, 1.0) > 0 else "interstitial"


def _known(charges: dict[str, float]) -> str:
    return oxidation.describe({element: z for element, z in charges.items() if element != VACANCY})


def _count(number: float, charge: float, what: str) -> int:
    if abs(number - round(number)) > WHOLE:
        raise FractionError(
            f"the charge is {charge:+g} e per supercell, not a whole number of {what}; "
            "change the fraction or the supercell"
        )
    return round(number)


def _remove_mobile(builder: DecorationBuilder, mobile: str, count: int) -> str:
    """Vacancies on the ions' own sites; where some are partially occupied, on all in proportion to their ions.

    Sites that the rule has put a dopant on give theirs last: only where the ions elsewhere do not suffice.
    """
    sites = builder.untouched(mobile)
    pieces = builder.holding(mobile, by=mobile, partial=True)
    if len(sites) + sum(pieces.values()) < count:
        pieces |= builder.holding(mobile, by=mobile, partial=False)
    held = [len(sites), *pieces.values()]
    builder.moves.append((mobile, VACANCY))
    if sum(held) < count:
        raise StructureError(f"{count} {mobile} vacancies are needed, but only {sum(held)} {mobile} can be removed")
    here, *elsewhere = in_proportion(count, held)
    if here:
        builder.add(f"{mobile} (vacancies)", sites, {mobile: len(sites) - here, VACANCY: here})
    for number, n in zip(pieces, elsewhere, strict=True):
        if n:
            builder.exchange_on(number, mobile, VACANCY, n)
    return f"{count} {mobile} {'vacancy' if count == 1 else 'vacancies'}"


def _insert_mobile(
    builder: DecorationBuilder, choice: Balance, mobile: str, count: int, vacant: dict[str, list[list[float]]]
) -> str:
    """Interstitials on empty sites of the parent; of partially occupied ones, in proportion to what is empty."""
    done = f"{count} {mobile} interstitial{'' if count == 1 else 's'}"
    builder.moves.append((VACANCY, mobile))
    partial = builder.holding(VACANCY, by=mobile, partial=True) if choice.vacant_sites is None else {}
    if sum(partial.values()) >= count:
        for number, n in zip(partial, in_proportion(count, list(partial.values())), strict=True):
            if n:
                builder.exchange_on(number, VACANCY, mobile, n)
        return done
    sites = _interstitial_sites(builder, choice.vacant_sites, mobile, vacant)
    if len(sites) < count:
        raise StructureError(f"{count} {mobile} interstitials are needed, but there is room for {len(sites)}")
    builder.add_empty_sites(f"{mobile} (interstitials)", sites, {mobile: count, VACANCY: len(sites) - count})
    return done


def _interstitial_sites(
    builder: DecorationBuilder, wanted: str | None, mobile: str, vacant: dict[str, list[list[float]]]
) -> NDArray[np.float64]:
    """Empty sites with room for the mobile ion, (n, 3): the parent's labelled ones, or voids of its structure."""
    host = Structure(builder.lattice, builder.likely_species(), builder.fractional)
    # Where the mobile ion takes the place of the parent's, it takes its empty sites too.
    taken_over = {mobile} | {old for old, new in builder.moves if new == mobile}
    own = {label: points for label, points in vacant.items() if label.split()[0] in taken_over}
    if wanted is not None and wanted != "voids" and wanted not in own:
        raise StructureError(
            f"the parent has no empty sites {wanted!r}; choose {', '.join(map(repr, [*own, 'voids']))}"
        )
    chosen = own if wanted is None else {label: own[label] for label in [wanted] if label in own}
    sites = labelled_sites(builder.parent, builder.lattice, chosen)
    roomy = sites[room(host, sites, mobile, builder.charges) > 1.0] if len(sites) else sites
    if len(roomy):
        return roomy
    if wanted not in (None, "voids"):
        raise StructureError(f"every site of {wanted!r} is too close to an atom for an extra {mobile}; try `voids`")
    return void_sites(host, mobile, builder.charges)


def _co_substitute(builder: DecorationBuilder, choice: Balance, charge: float) -> str:
    assert choice.sites is not None
    assert choice.dopant is not None
    label = describe(choice.sites)
    sites = builder.find(choice.sites)
    host = host_of(builder.parent, sites, choice.sites.element, label)
    step = builder.charges[choice.dopant] - builder.charges[host]
    if step * charge >= 0:
        raise StructureError(
            f"the charge is {charge:+g} e per supercell, and {choice.dopant} on {label} changes it by {step:+g} e "
            "each: choose a dopant whose charge differs the other way"
        )
    count = _count(-charge / step, charge, f"{choice.dopant} on {label}")
    builder.put(sites, label, host, choice.dopant, count)
    return f"{count} {choice.dopant} on {label} to balance"


def _remove_anions(builder: DecorationBuilder, choice: Balance, charge: float) -> str:
    assert choice.sites is not None
    label = describe(choice.sites)
    sites = builder.find(choice.sites)
    host = host_of(builder.parent, sites, choice.sites.element, label)
    if builder.charges[host] >= 0 or charge > 0:
        raise StructureError(
            f"the charge is {charge:+g} e per supercell; removing {host} ({builder.charges[host]:+g}) cannot balance it"
        )
    count = _count(charge / builder.charges[host], charge, f"{host} vacancies")
    builder.put(sites, label, host, VACANCY, count)
    return f"{count} {host} {'vacancy' if count == 1 else 'vacancies'} on {label}"
