"""Conduction in a periodic cube of voxels, solved as it is: the reference of effective-medium formulas."""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import cg


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
    phi, failed = cg(laplace, source, rtol=1e-8, maxiter=5000)
    assert not failed
    own, other, bond = bonds[0]
    # Field 1 lowers the potential by 1 a voxel; phi is what is on top of that.
    return float((bond * (1 + phi[other] - phi[own])).sum() / n)


def walled_cube(n, wall, ratio):
    """A cubic grain of n voxels a side with walls of `wall` voxels, whose conductivity is `ratio` of the grain's."""
    sigma = np.full((n + wall,) * 3, float(ratio))
    sigma[:n, :n, :n] = 1.0
    return sigma
