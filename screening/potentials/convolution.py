"""Convolutions of equivariant networks on CPUs, edge by edge.

e3nn's tensor product writes the messages of all edges to memory, some 30 kB each, several times forwards and backwards:
that is four fifths of the time of SevenNet-l3i5. Here each edge is done with in the processor's cache, and its
message added to its atom at once. Couplings of the spherical harmonics are one matrix product for all channels.

SevenNet-l3i5 of 52 atoms on one core: 0.25 s in place of 1.2 (`python -m benchmarks convolution`).
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from e3nn.o3 import Irreps, TensorProduct, wigner_3j

from screening.potentials.convolution_kernels import BLOCK, gradients, messages

# Largest difference from e3nn's product, relative to its largest number; single precision gives 1e-6.
_ALIKE = 1e-4


class Path(NamedTuple):
    """One product of an input with a spherical harmonic: where its numbers begin, and how many there are.

    Attributes:
        node, out, coupling, weight: Place of the first in a row of nodes, of what comes out, of couplings, of weights.
        channels: Of the input; each has a weight.
        n_in, n_out: Components of input and output, 2l + 1.
    """

    node: int
    out: int
    coupling: int
    weight: int
    channels: int
    n_in: int
    n_out: int


class Convolution:
    """Sum over the edges of an atom of e3nn's tensor product, with weights of each edge and channel."""

    def __init__(self, product: TensorProduct) -> None:
        """Raises ValueError if the product is of another kind, or comes out otherwise than e3nn's."""
        if not isinstance(product, TensorProduct):  # the package's accelerators put their own in its place
            raise ValueError("not e3nn's product")
        nodes, harmonics, out = product.irreps_in1, product.irreps_in2, product.irreps_out
        if not all(_is_ours(one, nodes, harmonics) for one in product.instructions) or len(product.weight):
            raise ValueError("not a product with one weight for each edge and channel")
        paths, columns, place, weight = [], list[Any](), 0, 0
        for one in product.instructions:
            (channels, a), (_, b), (_, c) = nodes[one.i_in1], harmonics[one.i_in2], out[one.i_out]
            coupling = torch.zeros(harmonics.dim, a.dim * c.dim, dtype=torch.float64)
            by_harmonic = wigner_3j(a.l, b.l, c.l, dtype=torch.float64).permute(1, 0, 2).reshape(b.dim, -1)
            coupling[harmonics.slices()[one.i_in2]] = one.path_weight * by_harmonic
            of_node, of_out = nodes.slices()[one.i_in1].start, out.slices()[one.i_out].start
            paths.append(Path(of_node, of_out, place, weight, channels, a.dim, c.dim))
            columns.append(coupling)
            place, weight = place + a.dim * c.dim, weight + channels
        self._paths = np.array(paths)
        self._couplings = torch.cat(columns, 1)
        self._channels_last, self._components_last = _transposed(nodes, False), _transposed(out, True)
        self._check(product)

    def __call__(self, nodes: Any, harmonics: Any, weights: Any, source: Any, target: Any) -> Any:
        """What comes in at each atom, (n_atoms, n_out).

        Args:
            nodes: Of the atoms, (n_atoms, n_in).
            harmonics: Of the edges, (n_edges, n_harmonics).
            weights: Of the edges, (n_edges, n_weights).
            source, target: Atoms from which and at which messages come, (n_edges,).
        """
        summed = _Sum.apply(
            nodes[:, self._channels_last],
            harmonics @ self._couplings.to(harmonics.dtype),
            weights,
            source,
            target,
            self._paths,
            len(self._components_last),
        )
        return summed[:, self._components_last]

    def _check(self, product: TensorProduct) -> None:
        """Another release may order weights or channels otherwise, and a compiler may err; slopes make the forces."""
        rng = torch.Generator().manual_seed(1)
        sizes = (product.irreps_in1.dim, product.irreps_in2.dim, product.weight_numel)
        given = nodes, harmonics, weights = [torch.randn(2, size, generator=rng, requires_grad=True) for size in sizes]
        with torch.enable_grad():
            expected = product(nodes, harmonics, weights)
            found = self(nodes, harmonics, weights, torch.arange(2), torch.arange(2))
        slope = expected.detach()
        theirs, ours = ((sums, *torch.autograd.grad(sums, given, slope)) for sums in (expected, found))
        if not all((a - b).abs().max() <= _ALIKE * b.abs().max() for a, b in zip(ours, theirs, strict=True)):
            raise ValueError("e3nn gives another product")


def _is_ours(one: Any, nodes: Irreps, harmonics: Irreps) -> bool:
    simple = one.connection_mode == "uvu" and one.has_weight and harmonics[one.i_in2].mul == 1
    return bool(simple and nodes[one.i_in1].mul % BLOCK == 0)


def _transposed(irreps: Irreps, back: bool) -> Any:
    """Places that put channels last in each block of e3nn's order, or back to it."""
    places = []
    for part, (channels, irrep) in zip(irreps.slices(), irreps, strict=True):
        shape = (irrep.dim, channels) if back else (channels, irrep.dim)
        places.append(np.arange(part.start, part.stop).reshape(shape).T.ravel())
    return torch.from_numpy(np.concatenate(places))


class _Sum(torch.autograd.Function):
    """The sum over edges; edges are shared out to as many threads as torch has."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Any:
        nodes, couplings, weights, source, target, paths, n_out = given
        floats = [values.detach().contiguous().numpy() for values in (nodes, couplings, weights)]
        ctx.arrays = (*floats, source.numpy(), target.numpy(), paths)

        def part(edges: slice) -> Any:
            out = np.zeros((len(nodes), n_out), floats[0].dtype)
            messages(*_those(ctx.arrays, edges), out)
            return out

        return torch.from_numpy(_sum_of_shares(part, len(source)))

    @staticmethod
    def backward(ctx: Any, *slopes: Any) -> Any:
        if torch.is_grad_enabled():  # by create_graph: what comes from here would be missing
            raise RuntimeError("convolutions edge by edge have no second derivatives")
        slope = slopes[0].contiguous().numpy()
        of_couplings, of_weights = (np.zeros_like(values) for values in ctx.arrays[1:3])

        def part(edges: slice) -> Any:
            of_nodes = np.zeros_like(ctx.arrays[0])
            gradients(*_those(ctx.arrays, edges), slope, of_nodes, of_couplings[edges], of_weights[edges])
            return of_nodes

        of_nodes = _sum_of_shares(part, len(of_weights))
        return *(torch.from_numpy(values) for values in (of_nodes, of_couplings, of_weights)), None, None, None, None


def _those(arrays: Any, edges: slice) -> Any:
    nodes, couplings, weights, source, target, paths = arrays
    return nodes, couplings[edges], weights[edges], source[edges], target[edges], paths


def _sum_of_shares(part: Any, n_edges: int) -> Any:
    """Sum of what `part` gives for equal shares of the edges, one for each of torch's threads."""
    threads = torch.get_num_threads()
    if threads == 1:
        return part(slice(0, n_edges))
    bounds = [n_edges * k // threads for k in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(part, (slice(*ends) for ends in pairwise(bounds))))
