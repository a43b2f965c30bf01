"""An ensemble of a fully disordered crystal, random or quasirandom, the mobile ions where they fit best."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from screening.candidates.crowding import Apart
from screening.candidates.decoration import VACANCY, Decoration, Sublattice
from screening.candidates.ordering import Ordering, OrderingSearch, active_permutations, find_orderings
from screening.candidates.quasirandom import quasirandom_arrangements
from screening.config.candidates import OrderingConfig

# Of a site whose mobile ion or vacancy is not drawn.
FREE = "free"


def disordered_ensemble(
    decoration: Decoration, settings: OrderingConfig, mobile: str, seed: int, rule: Apart | None = None
) -> OrderingSearch:
    """Symmetry-distinct arrangements of the framework, each with its best arrangement of mobile ions.

    The framework (all that is no mobile ion and no vacancy of one) is drawn uniformly `keep` times, so an arrangement
    comes with the weight of its degeneracy; what comes twice is kept once and counts twice, since drawing on until all
    differ would favour the rare ones. Or, with `select: quasirandom`, it is searched for arrangements that each stand
    for the random crystal, of equal weight. The mobile ions find their places by Ewald energy, since they move within
    picoseconds and the framework does not; on sites that they share with a dopant, they find theirs on those that the
    dopant was not drawn on.

    Args:
        decoration: What to fill.
        settings: How many to keep, and the way.
        mobile: Element of the mobile ion.
        seed: Of the draws.
        rule: How far mobile ions stay apart.

    Raises:
        StructureError: an arrangement leaves no place for the mobile ions.
    """
    framework = [s for s in decoration.sublattices if not _of_mobile(s, mobile)]
    mobiles = tuple(s for s in decoration.sublattices if _of_mobile(s, mobile))
    if not framework:
        return find_orderings(decoration, settings, seed, rule)
    reordered = replace(decoration, sublattices=(*framework, *mobiles))
    if rule is not None:
        # Dopants that are drawn onto the mobile ions' sites keep them away there too.
        dopants = {x for s in framework if mobile in dict(s.counts) for x, _ in s.counts} - {mobile, VACANCY}
        rule = replace(rule, beside=frozenset(dopants))
    n_framework = sum(len(s.sites) for s in framework)
    permutations = active_permutations(reordered)[:, :n_framework]
    quasirandom = settings.select == "quasirandom"
    draws = (
        quasirandom_arrangements(reordered, framework, settings.keep, seed)
        if quasirandom
        else islice(_random_arrangements(framework, seed), settings.keep)
    )
    found: dict[bytes, Ordering] = {}
    for drawn in draws:
        held = _without_mobile(framework, drawn, mobile)
        images = {"\0".join(held[k] for k in image).encode() for image in permutations}
        name = min(images)
        if name not in found:
            degeneracy = 0 if quasirandom else len(images)
            shared = _shared(framework, drawn, held)
            best = _with_mobile_ions(reordered, (*shared, *mobiles), held, settings, seed, rule)
            found[name] = replace(best, degeneracy=degeneracy)
        if quasirandom:
            if len(found) == settings.keep:
                break
        else:
            found[name] = replace(found[name], draws=found[name].draws + 1)
    kept = tuple(_in_order_of(decoration, reordered, ordering) for ordering in found.values())
    fewer = f" ({settings.keep} were asked for)" if len(kept) < settings.keep else ""
    selection = (
        f"{len(kept)} symmetry-distinct {'quasirandom arrangements' if quasirandom else 'random draws'}{fewer} (seed "
        f"{seed}) of the framework, mobile ions by lowest Ewald energy, of {decoration.n_arrangements:.3g} arrangements"
    )
    return OrderingSearch(kept, decoration.n_arrangements, None, selection)


def _random_arrangements(framework: list[Sublattice], seed: int) -> Iterator[tuple[str, ...]]:
    rng = np.random.default_rng(seed)
    while True:
        yield tuple(str(s) for sublattice in framework for s in rng.permutation(_pool(sublattice)))


def _of_mobile(sublattice: Sublattice, mobile: str) -> bool:
    return {species for species, _ in sublattice.counts} <= {mobile, VACANCY}


def _pool(sublattice: Sublattice) -> list[str]:
    return [species for species, n in sublattice.counts for _ in range(n)]


def _without_mobile(framework: list[Sublattice], drawn: tuple[str, ...], mobile: str) -> tuple[str, ...]:
    """What was drawn, with FREE where mobile ions and vacancies share a sublattice with others and may swap."""
    held: list[str] = []
    rest = iter(drawn)
    for sublattice in framework:
        own = [next(rest) for _ in sublattice.sites]
        both = {mobile, VACANCY} <= {species for species, _ in sublattice.counts}
        held += [FREE if both and species in (mobile, VACANCY) else species for species in own]
    return tuple(held)


def _shared(framework: list[Sublattice], drawn: tuple[str, ...], held: tuple[str, ...]) -> list[Sublattice]:
    """The free sites of each sublattice as one of mobile ions and vacancies."""
    found = []
    start = 0
    for sublattice in framework:
        stop = start + len(sublattice.sites)
        free = [k for k in range(start, stop) if held[k] == FREE]
        if free:
            counts = Counter(drawn[k] for k in free)
            sites = tuple(sublattice.sites[k - start] for k in free)
            found.append(Sublattice(sublattice.label, sites, tuple(sorted(counts.items()))))
        start = stop
    return found


def _with_mobile_ions(
    decoration: Decoration,
    mobiles: tuple[Sublattice, ...],
    framework: tuple[str, ...],
    settings: OrderingConfig,
    seed: int,
    rule: Apart | None,
) -> Ordering:
    """The drawn framework with the mobile ions' arrangement of lowest Ewald energy."""
    species = list(decoration.species)
    for site, element in zip(decoration.active, framework, strict=False):
        species[site] = VACANCY if element == FREE else element
    rest = replace(decoration, species=tuple(species), sublattices=mobiles)
    best = find_orderings(rest, settings.model_copy(update={"keep": 1}), seed, rule).kept[0]
    for site, element in zip(rest.active, best.arrangement, strict=True):
        species[site] = element
    return replace(best, arrangement=tuple(species[site] for site in decoration.active))


def _in_order_of(original: Decoration, reordered: Decoration, ordering: Ordering) -> Ordering:
    """The same ordering with its species in the original decoration's order of sites."""
    at = dict(zip(reordered.active, ordering.arrangement, strict=True))
    return replace(ordering, arrangement=tuple(at[site] for site in original.active))
