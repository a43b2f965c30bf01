"""Conduction in a periodic cube of voxels, solved as it is: the reference of effective-medium formulas."""

import numpy as np
from scipy.sparse import coo_matrix, diags
from scipy.sparse.linalg import cg
from scipy.spatial import cKDTree


def conductivity(sigma):
    """Effective conductivity along the first axis of a periodic array of voxels, (n, n, n).

    The current that a mean field of 1 drives; bonds between voxels have both halves in series.
    """
    shape, n = sigma.shape, sigma.size
    number = np.arange(n).reshape(shape)
    rows, columns, values, source = [], [], [], np.zeros(n)
    bonds = []
    for axis in range(3):
        other = np.roll(number, -1, axis).ravel()
        bond = (2 / (1 / sigma + 1 / np.roll(sigma, -1, axis))).ravel()
        own = number.ravel()
        rows += [own, other, own, other]
        columns += [own, other, other, own]
        values += [bond, bond, -bond, -bond]
        bonds.append((own, other, bond))
        if axis == 0:
            np.add.at(source, own, bond)
            np.add.at(source, other, -bond)
    laplace = coo_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))).tocsr()
    phi, failed = cg(laplace, source, rtol=1e-8, maxiter=5000, M=diags(1 / laplace.diagonal()))
    assert not failed
    own, other, bond = bonds[0]
    # Field 1 lowers the potential by 1 a voxel; phi is what is on top of that.
    return float((bond * (1 + phi[other] - phi[own])).sum() / n)


def walled_cube(n, wall, ratio):
    """A cubic grain of n voxels a side with walls of `wall` voxels, whose conductivity is `ratio` of the grain's."""
    sigma = np.full((n + wall,) * 3, float(ratio))
    sigma[:n, :n, :n] = 1.0
    return sigma


def random_grains(n, grains, share, seed):
    """Voxels of one of two phases: a random part of the cells of random points in a periodic cube, (n, n, n)."""
    rng = np.random.default_rng(seed)
    points = rng.random((grains, 3)) * n
    places = np.stack(np.meshgrid(*[np.arange(n)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    who = cKDTree(points, boxsize=n).query(places.astype(float))[1].reshape((n,) * 3)
    order = rng.permutation(grains)
    taken = np.cumsum(np.bincount(who.ravel(), minlength=grains)[order]) <= share * n**3
    return np.isin(who, order[taken])


def walled_grains(one, other, wall, share, *, period, grains, seed):
    """Cubes of two phases at random in a periodic cube, each pair of different ones with a wall of one voxel between.

    Returns:
        Conductivity of the voxels (n, n, n) with n = period * grains, and the share of the other phase's cubes.
    """
    rng = np.random.default_rng(seed)
    taken = (rng.permutation(np.arange(grains**3) < round(share * grains**3))).reshape((grains,) * 3)
    # A period's first layer belongs to its cube and the one before.
    place = np.arange(period * grains)
    own, before = place // period, (place - 1) // period % grains
    touching = [taken[np.ix_(a, b, c)] for a in (own, before) for b in (own, before) for c in (own, before)]
    mixed = np.mean(touching, axis=0)
    return np.where(mixed == 1, other, np.where(mixed == 0, one, wall)), float(taken.mean())
