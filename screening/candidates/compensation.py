"""Balancing the charge: one function for each scheme, and an error that names the scheme that would work."""

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure

from screening.candidates import oxidation
from screening.candidates.builder import WHOLE, DecorationBuilder
from screening.candidates.clash import room
from screening.candidates.decoration import VACANCY
from screening.candidates.interstitials import labelled_sites, void_sites
from screening.candidates.occupancies import FractionError
from screening.candidates.selection import describe, select
from screening.config.candidates import Compensation
from screening.errors import StructureError


def compensate(
    builder: DecorationBuilder, choice: Compensation | None, mobile: str, vacant: dict[str, list[list[float]]]
) -> str:
    """Balance the builder's charge in the chosen way.

    Args:
        builder: Substituted already; its charge is what is balanced.
        choice: The scheme, None where nothing should need balancing.
        mobile: Element of the mobile ion.
        vacant: The parent's known empty sites: label to fractional coordinates.

    Returns:
        What was done, "" if nothing.

    Raises:
        StructureError: the charge is not balanced, or cannot be in this way; says what would work.
    """
    charge = builder.decoration().charge()
    if choice is None:
        if abs(charge) > WHOLE:
            wanted = "vacancy" if charge > 0 else "interstitial"
            raise StructureError(
                f"the charge is {charge:+g} e per supercell and nothing balances it; "
                f"set compensate: {wanted} (oxidation states {oxidation.describe(builder.charges)})"
            )
        return ""
    if abs(charge) < WHOLE:
        raise StructureError(f"the charge is already balanced; remove compensate: {choice.scheme}")
    if choice.scheme == "co_substitution":
        return _co_substitute(builder, choice, charge)
    if choice.scheme == "anion_vacancy":
        return _remove_anions(builder, choice, charge)
    if mobile not in builder.charges:
        raise StructureError(f"the parent holds no {mobile}, so {mobile} cannot balance the charge")
    added = _count(-charge / builder.charges[mobile], charge, f"{mobile} ions")
    if (added < 0) != (choice.scheme == "vacancy"):
        other = "interstitial" if choice.scheme == "vacancy" else "vacancy"
        raise StructureError(
            f"the charge is {charge:+g} e per supercell, which {choice.scheme} compensation cannot balance; "
            f"set compensate: {other}"
        )
    if added < 0:
        return _remove_mobile(builder, mobile, -added)
    return _insert_mobile(builder, choice, mobile, added, vacant)


def _count(number: float, charge: float, what: str) -> int:
    if abs(number - round(number)) > WHOLE:
        raise FractionError(
            f"the charge is {charge:+g} e per supercell, not a whole number of {what}; "
            "change the fraction or the supercell"
        )
    return round(number)


def _remove_mobile(builder: DecorationBuilder, mobile: str, count: int) -> str:
    """Vacancies on the ions' own sites; where some are partially occupied, on all in proportion to their ions."""
    sites = builder.untouched(mobile)
    partial = builder.partially_occupied(mobile, mobile)
    held = [len(sites), *partial.values()]
    if sum(held) < count:
        raise StructureError(f"{count} {mobile} vacancies are needed, but only {sum(held)} {mobile} can be removed")
    here, *elsewhere = in_proportion(count, held)
    if here:
        builder.add(f"{mobile} (vacancies)", sites, {mobile: len(sites) - here, VACANCY: here})
    for number, n in zip(partial, elsewhere, strict=True):
        builder.exchange_on(number, mobile, VACANCY, n)
    return f"{count} {mobile} {'vacancy' if count == 1 else 'vacancies'}"


def _insert_mobile(
    builder: DecorationBuilder, choice: Compensation, mobile: str, count: int, vacant: dict[str, list[list[float]]]
) -> str:
    """Interstitials on empty sites of the parent; of partially occupied ones, in proportion to what is empty."""
    done = f"{count} {mobile} interstitial{'' if count == 1 else 's'}"
    partial = builder.partially_occupied(VACANCY, mobile) if choice.vacant_sites is None else {}
    if sum(partial.values()) >= count:
        for number, n in zip(partial, in_proportion(count, list(partial.values())), strict=True):
            builder.exchange_on(number, VACANCY, mobile, n)
        return done
    sites = _interstitial_sites(builder, choice.vacant_sites, mobile, vacant)
    if len(sites) < count:
        raise StructureError(f"{count} {mobile} interstitials are needed, but there is room for {len(sites)}")
    builder.add_empty_sites(f"{mobile} (interstitials)", sites, {mobile: count, VACANCY: len(sites) - count})
    return done


def in_proportion(count: int, room: list[int]) -> list[int]:
    """A whole number shared out in proportion, the largest remainders first; no share exceeds its room."""
    shares = [count * n // sum(room) for n in room]
    by_remainder = sorted(range(len(room)), key=lambda k: -(count * room[k] % sum(room)))
    for k in by_remainder[: count - sum(shares)]:
        shares[k] += 1
    return shares


def _interstitial_sites(
    builder: DecorationBuilder, wanted: str | None, mobile: str, vacant: dict[str, list[list[float]]]
) -> NDArray[np.float64]:
    """Empty sites with room for the mobile ion, (n, 3): the parent's labelled ones, or voids of its structure."""
    if not builder.parent.is_ordered:
        raise StructureError(
            f"no partially occupied {mobile} sites of the parent have room for the interstitials, and other empty "
            "sites are looked for in ordered parents only: order it first, or use vacancies"
        )
    host = Structure(builder.lattice, builder.species, builder.fractional)
    own = {label: points for label, points in vacant.items() if label.split()[0] == mobile}
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


def _co_substitute(builder: DecorationBuilder, choice: Compensation, charge: float) -> str:
    assert choice.sites is not None
    assert choice.dopant is not None
    label = describe(choice.sites)
    sites = builder.in_supercell(select(builder.parent, choice.sites))
    host = builder.host(sites, label)
    step = builder.charges[choice.dopant] - builder.charges[host]
    if step * charge >= 0:
        raise StructureError(
            f"the charge is {charge:+g} e per supercell, and {choice.dopant} on {label} changes it by {step:+g} e "
            "each: choose a dopant whose charge differs the other way"
        )
    count = _count(-charge / step, charge, f"{choice.dopant} on {label}")
    if count > len(sites):
        raise StructureError(f"{count} {choice.dopant} are needed on {label}, which has {len(sites)} sites")
    builder.add(label, sites, {host: len(sites) - count, choice.dopant: count})
    return f"{count} {choice.dopant} on {label} to balance"


def _remove_anions(builder: DecorationBuilder, choice: Compensation, charge: float) -> str:
    assert choice.sites is not None
    label = describe(choice.sites)
    sites = builder.in_supercell(select(builder.parent, choice.sites))
    host = builder.host(sites, label)
    if builder.charges[host] >= 0 or charge > 0:
        raise StructureError(
            f"the charge is {charge:+g} e per supercell; removing {host} ({builder.charges[host]:+g}) cannot balance it"
        )
    count = _count(charge / builder.charges[host], charge, f"{host} vacancies")
    if count > len(sites):
        raise StructureError(f"{count} {host} vacancies are needed on {label}, which has {len(sites)} sites")
    builder.add(label, sites, {host: len(sites) - count, VACANCY: count})
    return f"{count} {host} {'vacancy' if count == 1 else 'vacancies'} on {label}"
