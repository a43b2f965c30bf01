"""Convolutions edge by edge beside e3nn's tensor product, alone and in the models that are shipped."""

import numpy as np
import pytest
import torch
from ase.build import bulk
from e3nn.o3 import Irreps, TensorProduct

from screening.potentials import convolution
from screening.potentials.convolution import Convolution
from screening.potentials.convolution_kernels import gradients, messages
from screening.potentials.sevenn import load

# Each process compiles for seconds.
pytestmark = pytest.mark.slow

# Both parities, two numbers of channels, and one kind of output twice.
NODES, HARMONICS = Irreps("64x0e+32x1o+32x2e+32x3o"), Irreps("1x0e+1x1o+1x2e+1x3o")


def product(nodes=NODES) -> TensorProduct:
    """All ways to l = 0 to 3, in an order of the weights that is not that of the output."""
    ways = [
        (i, j, (channels, irrep))
        for i, (channels, one) in enumerate(nodes)
        for j, (_, other) in enumerate(HARMONICS)
        for irrep in one * other
        if irrep.l <= 3
    ]
    out, places, _ = Irreps([what for _, _, what in ways]).sort()
    chosen = [(i, j, places[k], "uvu", True) for k, (i, j, _) in enumerate(ways)]
    return TensorProduct(nodes, HARMONICS, out, chosen[::-1], internal_weights=False, shared_weights=False)


@pytest.fixture
def edges():
    """Of nine atoms; nothing comes in at the last and nothing goes out from the first."""
    rng = np.random.default_rng(3)
    return torch.from_numpy(rng.integers(1, 9, 70)), torch.from_numpy(rng.integers(0, 8, 70))


@pytest.fixture(autouse=True)
def as_it_was():
    threads, precision = torch.get_num_threads(), torch.get_default_dtype()
    yield
    torch.set_num_threads(threads)
    torch.set_default_dtype(precision)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(("precision", "tolerance"), [(torch.float64, 1e-13), (torch.float32, 2e-6)])
def test_sums_and_slopes_are_those_of_the_tensor_product(edges, threads, precision, tolerance):
    torch.set_num_threads(threads)
    torch.set_default_dtype(precision)
    source, target = edges
    theirs = product()
    rng = torch.Generator().manual_seed(7)
    sizes = ((9, NODES.dim), (len(source), HARMONICS.dim), (len(source), theirs.weight_numel))
    given = [torch.randn(*size, generator=rng, requires_grad=True) for size in sizes]
    nodes, harmonics, weights = given
    ours = Convolution(theirs)
    expected = torch.zeros(9, theirs.irreps_out.dim)
    expected = expected.index_add(0, target, theirs(nodes[source], harmonics, weights))
    found = ours(*given, source, target)
    slopes = torch.randn(expected.shape, generator=rng)
    assert not found[8].any()
    pairs = [(found, expected)]
    pairs += zip(torch.autograd.grad(found, given, slopes), torch.autograd.grad(expected, given, slopes), strict=True)
    for one, other in pairs:
        assert (one - other).abs().max() < tolerance * other.abs().max()
    assert torch.equal(found, ours(*given, source, target))


def test_no_edges_bring_nothing():
    none = torch.zeros(0, dtype=torch.long)
    ours = Convolution(product())
    given = (torch.ones(4, NODES.dim), torch.ones(0, HARMONICS.dim), torch.ones(0, product().weight_numel))
    assert not ours(*given, none, none).any()


def test_a_number_that_is_none_is_not_lost(edges):
    source, target = edges
    harmonics = torch.ones(70, HARMONICS.dim)
    harmonics[5] = torch.nan
    found = Convolution(product())(
        torch.ones(9, NODES.dim), harmonics, torch.ones(70, product().weight_numel), source, target
    )
    assert set(torch.nonzero(found.isnan().any(1)).ravel().tolist()) == {int(target[5])}


def test_other_products_are_refused():
    odd = product(Irreps("33x0e+32x1o"))
    several = TensorProduct(Irreps("32x0e"), Irreps("2x0e"), Irreps("32x0e"), [(0, 0, 0, "uvu", True)])
    for one in (odd, several):
        with pytest.raises(ValueError, match="weight"):
            Convolution(one)
    with pytest.raises(ValueError, match="not e3nn"):
        Convolution(torch.nn.Identity())


def test_a_product_that_comes_out_otherwise_is_refused(monkeypatch):
    theirs = product()
    computed = theirs.forward
    monkeypatch.setattr(
        theirs, "forward", lambda nodes, harmonics, weights: computed(nodes, harmonics, weights.flip(1))
    )
    with pytest.raises(ValueError, match="another product"):
        Convolution(theirs)


def test_slopes_that_come_out_otherwise_are_refused(monkeypatch):
    """They are forces; the sums, energies, are right here."""
    compiled = convolution.gradients
    monkeypatch.setattr(convolution, "gradients", lambda *given: compiled(*given[:2], 2 * given[2], *given[3:]))
    with pytest.raises(ValueError, match="another product"):
        Convolution(product())


def test_second_derivatives_are_refused_rather_than_incomplete(edges):
    nodes = torch.ones(9, NODES.dim, requires_grad=True)
    weights = torch.ones(70, product().weight_numel, requires_grad=True)
    summed = Convolution(product())(nodes, torch.ones(70, HARMONICS.dim), weights, *edges)
    with pytest.raises(RuntimeError, match="second derivatives"):
        torch.autograd.grad(summed.sum(), (nodes, weights), create_graph=True)


def test_nothing_is_read_from_or_written_to_disk():
    """Numba raises on files that were cut off and on full disks, and may take the code of an earlier release."""
    assert messages.stats.cache_path is None
    assert gradients.stats.cache_path is None


@pytest.mark.parametrize("name", ["7net-0", "7net-l3i5", "7net-mf-0@PBE"])
def test_models_of_the_wheel_use_it_and_give_the_same(name):
    """The package's own is as far from double precision as ours, some 1e-5 eV/Angstrom."""
    from sevenn.nn.convolution import IrrepsConvolution

    calculator = load(name, "cpu").calculator
    layers = [layer for layer in calculator.model.modules() if isinstance(layer, IrrepsConvolution)]
    crystal = bulk("LiCl", "rocksalt", 5.1) * (2, 1, 1)
    crystal.rattle(0.1, seed=2)
    crystal.calc = calculator
    ours = (crystal.get_potential_energy(), crystal.get_forces(), crystal.get_stress())
    assert all(layer.__dict__.pop("forward", None) for layer in layers)
    calculator.reset()
    theirs = (crystal.get_potential_energy(), crystal.get_forces(), crystal.get_stress())
    for one, other, most in zip(ours, theirs, (1e-5, 1e-4, 1e-6), strict=True):
        np.testing.assert_allclose(one, other, rtol=0.0, atol=most)
        assert np.abs(other).max() > 100 * most
