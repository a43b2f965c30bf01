"""Bonds of the framework, and which of them a relaxation made or broke."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list

# In sums of covalent radii (Cordero et al., Dalton Trans. 2008, 2832). Between the two a pair is neither bonded nor
# apart, so that ordinary relaxation, which stretches bonds by a few percent, moves no pair across both.
BONDED = 1.15
APART = 1.4
# More broken or made bonds than this are counted, not named.
NAMED = 3


@dataclass(frozen=True)
class Framework:
    """What the framework of a crystal is made of.

    Attributes:
        mobile_ion: Element whose moves are no change of the framework.
        anions: Elements of negative oxidation state; a bond has at least one of them.
        closing: Elements whose new bonds are no change: between two grains those that a cut left open close again.
    """

    mobile_ion: str
    anions: frozenset[str]
    closing: frozenset[str] = frozenset()

    def changes(self, before: Atoms, after: Atoms) -> str:
        """Bonds broken and made between two geometries of the same atoms, in words; "" for the same framework.

        A bond is broken if a pair closer than 1.15 sums of covalent radii is farther than 1.4 afterwards, and made
        the other way round. Bonds between cations are not looked at: metals' covalent radii reach across an anion.

        Args:
            before: Periodic.
            after: The same atoms in the same order, in any cell.

        Raises:
            ValueError: the atoms are not the same.
        """
        if list(before.symbols) != list(after.symbols):
            raise ValueError("frameworks of different atoms cannot be compared")
        broken = self._pairs(before, BONDED) - self._pairs(after, APART)
        new = self._pairs(after, BONDED) - self._pairs(before, APART)
        made = Counter({pair: n for pair, n in new.items() if not self.closing & {after.symbols[i] for i in pair}})
        words = [
            f"{pairs.total()} bonds {what} ({_named(pairs, before, after)})"
            for what, pairs in (("broken", broken), ("made", made))
            if pairs
        ]
        return f"the framework changed: {' and '.join(words)}" if words else ""

    def _pairs(self, atoms: Atoms, factor: float) -> Counter[tuple[int, int]]:
        """How many images of each pair of framework atoms are closer than `factor` sums of covalent radii."""
        symbols = np.array(list(atoms.symbols))
        anion = np.isin(symbols, list(self.anions))
        radii = np.where(symbols == self.mobile_ion, 0.0, covalent_radii[atoms.numbers] * factor)
        first, second = neighbor_list("ij", atoms, list(radii))
        held = symbols != self.mobile_ion
        kept = held[first] & held[second] & (anion[first] | anion[second]) & (first <= second)
        return Counter(zip(first[kept].tolist(), second[kept].tolist(), strict=True))


def _named(pairs: Counter[tuple[int, int]], before: Atoms, after: Atoms) -> str:
    names = [
        f"{before.symbols[i]}{i}-{before.symbols[j]}{j} {before.get_distance(i, j, mic=True):.2f} to "
        f"{after.get_distance(i, j, mic=True):.2f} Angstrom"
        for i, j in sorted(pairs)[:NAMED]
    ]
    more = len(pairs) - NAMED
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")
