"""UF3 (Xie, Rupp, Hennig, npj Comput. Mater. 9, 162 (2023)) fitted to the same labels as students, to compare.

Pairs and triplets of uniform cubic B-splines, with the nuclear repulsion, weights and range of the students. The rows
are made here, because LAMMPS has the potential and not its descriptors; a test compares them with LAMMPS' own forces.
"""

from collections.abc import Sequence
from itertools import combinations_with_replacement, pairwise
from typing import Any

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray
from scipy.interpolate import BSpline
from scipy.sparse import csr_array

from benchmarks.least_squares import Floats, Frame, fit
from benchmarks.snap import repulsion
from screening.config.student import StudentConfig
from screening.dynamics.engines.lammps import LammpsEngine

# Triplets begin here: LAMMPS leaves out those with a shorter edge, so none may occur (P-O bonds are 1.5 Angstrom).
SHORTEST_A = 1.0
# LAMMPS takes potentials whose last three functions are left out, which end smoothly.
LEFT_OUT = 3
# Errors on unseen frames hardly change from 1e-6 to 1e-4 and rise below.
RIDGE = 1e-5


class Splines:
    """Cubic B-splines over `intervals` equal parts of a range, the last three left out."""

    def __init__(self, start: float, end: float, intervals: int) -> None:
        self.end = end
        inner = np.linspace(start, end, intervals + 1)
        self.knots = np.concatenate([[start] * 3, inner, [end] * 3])
        self.n = intervals + 3 - LEFT_OUT
        self._all = BSpline(self.knots, np.eye(intervals + 3), 3, extrapolate=False)
        self._slopes = self._all.derivative()

    def __call__(self, r: Floats) -> tuple[Floats, Floats]:
        """Values and derivatives at each r, (len(r), n) each; zero outside."""
        return tuple(np.nan_to_num(f(r))[:, : self.n] for f in (self._all, self._slopes))

    def padded(self, coefficients: Floats) -> Floats:
        """With zeros for the functions left out, along every axis."""
        return np.pad(coefficients, [(0, LEFT_OUT)] * coefficients.ndim)

    def line(self) -> str:
        """The knots as LAMMPS reads them."""
        return " ".join(repr(float(x)) for x in self.knots)


class Uf3:
    """A UF3 potential.

    Attributes:
        constants: Energy in eV of an atom of each element, which LAMMPS' potential has no room for.
        coefficients: All that was fitted, the constants first.
    """

    def __init__(
        self,
        elements: Sequence[str],
        cutoff_A: float,
        pair_intervals: int,
        triplet_cutoff_A: float,
        triplet_intervals: int,
        settings: StudentConfig,
    ) -> None:
        self.elements, self.settings = tuple(elements), settings
        self.pairs = Splines(0.0, cutoff_A, pair_intervals)
        self.short = Splines(SHORTEST_A, triplet_cutoff_A, triplet_intervals)
        # LAMMPS wants the third edge to reach twice as far.
        self.long = Splines(SHORTEST_A, 2 * triplet_cutoff_A, 2 * triplet_intervals + 1)
        kinds = range(len(elements))
        self.pair_kinds = list(combinations_with_replacement(kinds, 2))
        self.triplet_kinds = [(a, b, c) for a in kinds for b, c in self.pair_kinds]
        self._symmetric = _symmetric(self.short.n, self.long.n)
        sizes = [len(elements)]
        sizes += [self.pairs.n] * len(self.pair_kinds)
        sizes += [self._symmetric.shape[1] if b == c else self._symmetric.shape[0] for _, b, c in self.triplet_kinds]
        self._ends = np.cumsum(sizes)
        self.coefficients: Floats = np.zeros(self._ends[-1])

    @property
    def constants(self) -> dict[str, float]:
        """Energy of an atom of each element, eV."""
        return dict(zip(self.elements, self.coefficients, strict=False))

    def fit(self, frames: Sequence[Frame]) -> None:
        """Weighted least squares over (frame, label, confidence)."""
        engine = repulsion_alone(self.elements, self.settings)

        def rows_of(atoms: Atoms) -> tuple[Floats, Floats]:
            (answer,) = engine.evaluate([atoms])
            return self.rows(atoms), np.concatenate([[answer.energy], answer.forces.ravel()])

        self.coefficients = fit(frames, rows_of, len(self.coefficients), self.settings, RIDGE)
        engine.close()

    def rows(self, atoms: Atoms) -> Floats:
        """Energy and forces of each coefficient, (1 + 3 n_atoms, n_coefficients); without the repulsion."""
        kinds = np.array([self.elements.index(symbol) for symbol in atoms.symbols])
        blocks = [np.zeros((1 + 3 * len(atoms), len(self.elements)))]
        blocks[0][0] = np.bincount(kinds, minlength=len(self.elements))
        first, second, vectors, lengths = neighbor_list("ijDd", atoms, self.pairs.end)
        for a, b in self.pair_kinds:
            chosen = (kinds[first] == a) & (kinds[second] == b)
            # LAMMPS counts a pair from both of its ends.
            value, slope = self.pairs(lengths[chosen])
            edge = _edge(first[chosen], second[chosen], vectors[chosen], lengths[chosen], len(atoms))
            block = np.concatenate([value.sum(axis=0)[None], -(edge @ slope)])
            blocks.append(block * (1 if a == b else 2))
        near = lengths <= self.short.end
        triplets = _Triplets(first[near], second[near], vectors[near], kinds)
        blocks += [
            self._triplet_block(triplets.of(*kind), len(atoms), kind[1] == kind[2]) for kind in self.triplet_kinds
        ]
        return np.concatenate(blocks, axis=1)

    def _triplet_block(self, edges: list[tuple[Any, ...]], n_atoms: int, alike: bool) -> Floats:
        splines = (self.short, self.short, self.long)
        values, slopes = zip(*(f(edge[3]) for f, edge in zip(splines, edges, strict=True)), strict=True)
        size = self._symmetric.shape[0]

        def product(x: Floats, y: Floats, z: Floats) -> Floats:
            full = np.einsum("ti,tj,tk->tijk", x, y, z).reshape(-1, size)
            return full @ self._symmetric if alike else full

        block = product(*values).sum(axis=0)[None]
        gradient = sum(
            _edge(*edge, n_atoms) @ product(*(slopes[k] if k == along else values[k] for k in range(3)))
            for along, edge in enumerate(edges)
        )
        return np.concatenate([block, -gradient])

    def engine(self) -> LammpsEngine:
        """Of the fitted potential, without the constants."""
        names = " ".join(self.elements)
        parts = np.split(self.coefficients, self._ends[:-1])[1:]
        text = []
        for (a, b), part in zip(self.pair_kinds, parts, strict=False):
            padded = self.pairs.padded(part)
            text += [f"#UF3 POT UNITS: metal\n2B {self.elements[a]} {self.elements[b]} 0 {LEFT_OUT} uk"]
            text += [f"{self.pairs.end!r} {len(self.pairs.knots)}", self.pairs.line(), str(len(padded)), _line(padded)]
        for (a, b, c), part in zip(self.triplet_kinds, parts[len(self.pair_kinds) :], strict=True):
            full = (self._symmetric @ part if b == c else part).reshape(self.short.n, self.short.n, self.long.n)
            padded = self.short.padded(full)
            text += [f"#UF3 POT UNITS: metal\n3B {' '.join(self.elements[x] for x in (a, b, c))} 0 {LEFT_OUT} uk"]
            counts = f"{len(self.long.knots)} {len(self.short.knots)} {len(self.short.knots)}"
            text += [f"{self.long.end!r} {self.short.end!r} {self.short.end!r} {counts}"]
            text += [self.long.line(), self.short.line(), self.short.line(), " ".join(map(str, padded.shape))]
            text += [_line(row) for row in padded.reshape(-1, padded.shape[-1])]
        commands = [*repulsion("uf3 3", self.elements, self.settings), f"pair_coeff * * uf3 p.uf3 {names}"]
        return LammpsEngine(self.elements, commands, {"p.uf3": "\n".join([*text, "#\n"])}, min_distance_A=0.5)


class _Triplets:
    """Pairs of neighbours of each atom, sorted by their elements."""

    def __init__(self, first: NDArray[np.int64], second: NDArray[np.int64], vectors: Floats, kinds: Any) -> None:
        order = np.lexsort((kinds[second], first))
        first, second, vectors = first[order], second[order], vectors[order]
        starts = np.searchsorted(first, np.arange(len(kinds) + 1))
        chosen = [np.stack(np.triu_indices(b - a, 1)) + a for a, b in pairwise(starts)]
        one, two = np.concatenate(chosen, axis=1)
        self._edges = [
            (first[one], second[one], vectors[one]),
            (first[one], second[two], vectors[two]),
            (second[one], second[two], vectors[two] - vectors[one]),
        ]
        self._kinds = kinds[np.stack([first[one], second[one], second[two]])]

    def of(self, a: int, b: int, c: int) -> list[tuple[Any, ...]]:
        """Begin, end, vector and length of the three edges of triplets about an a with a b and a c."""
        chosen = np.flatnonzero((self._kinds == np.array([[a], [b], [c]])).all(axis=0))
        edges = [tuple(x[chosen] for x in edge) for edge in self._edges]
        lengths = [np.linalg.norm(edge[2], axis=1) for edge in edges]
        kept = np.min(lengths, axis=0) >= SHORTEST_A
        return [(*(x[kept] for x in edge), length[kept]) for edge, length in zip(edges, lengths, strict=True)]


def repulsion_alone(elements: Sequence[str], settings: StudentConfig) -> LammpsEngine:
    """What is added to any fitted potential."""
    return LammpsEngine(elements, [*repulsion("zero 5", elements, settings), "pair_coeff * * zero"], min_distance_A=0)


def _edge(begin: Any, end: Any, vectors: Floats, lengths: Floats, n_atoms: int) -> csr_array:
    """How the length of each edge changes with every coordinate, (3 n_atoms, n_edges)."""
    unit = (vectors / lengths[:, None]).ravel()
    column = np.repeat(np.arange(len(lengths)), 3)
    axis = np.tile(np.arange(3), len(lengths))
    rows = np.concatenate([3 * np.repeat(end, 3) + axis, 3 * np.repeat(begin, 3) + axis])
    values = np.concatenate([unit, -unit])
    return csr_array((values, (rows, np.tile(column, 2))), shape=(3 * n_atoms, len(lengths)))


def _symmetric(n: int, m: int) -> csr_array:
    """From coefficients that are alike for both neighbours to all (n, n, m) of them."""
    one, two = np.triu_indices(n)
    number = np.zeros((n, n), dtype=int)
    number[one, two] = number[two, one] = np.arange(len(one))
    column = number[:, :, None] * m + np.arange(m)
    return csr_array((np.ones(n * n * m), (np.arange(n * n * m), column.ravel())))


def _line(numbers: Floats) -> str:
    return " ".join(repr(float(x)) for x in numbers)
