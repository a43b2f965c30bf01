"""Sites of the mobile ions: given, or found as maxima of their density; and which site each ion is on."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter
from scipy.spatial import cKDTree

from screening.constants import K_EV
from screening.errors import StageError
from screening.trajectories.frames import framework_frame
from screening.trajectories.periodic import NearestPlaces, decode, encode, padded
from screening.trajectories.trajectory import Trajectory
from screening.transport.density import IonDensity

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sites:
    """Places an ion can be at.

    Attributes:
        fractional: Coordinates in the mean cell, (n_sites, 3).
        kinds: A label for each site, such as its Wyckoff letter or its anion.
        cages: Fractional coordinates of cage centres, (n_cages, 3), or empty: a jump between sites with the same
            nearest centre is within a cage.
    """

    fractional: Floats
    kinds: tuple[str, ...]
    cages: Floats = field(default_factory=lambda: np.empty((0, 3)))

    def __post_init__(self) -> None:
        if self.fractional.ndim != 2 or self.fractional.shape[1] != 3 or len(self.fractional) == 0:
            raise StageError(f"sites have the shape {self.fractional.shape}; expected (n_sites, 3) with n_sites > 0")
        if len(self.kinds) != len(self.fractional):
            raise StageError(f"{len(self.kinds)} kinds for {len(self.fractional)} sites")


def sites_from_density(
    density: IonDensity, *, min_distance_A: float = 1.0, min_share: float = 0.05, kind: str = "site"
) -> Sites:
    """Maxima of the density, the higher first, none closer than a distance to a higher one.

    Args:
        density: Smoothed, or every count is a maximum.
        min_distance_A: In Angstrom.
        min_share: Maxima lower than this share of the highest are noise and left out.
        kind: Label of all of them.

    Raises:
        StageError: no ion was seen anywhere.
    """
    values = density.values
    if values.max() <= 0.0:
        raise StageError("the ion density is empty: no sites to find")
    tops = (values == maximum_filter(values, size=3, mode="wrap")) & (values >= min_share * values.max())
    voxels = np.argwhere(tops)
    voxels = voxels[np.argsort(-values[tops], kind="stable")]
    fractional = _refined(values, voxels) % 1.0
    places = fractional @ density.cell
    copies, owner, _ = padded(places, density.cell, min_distance_A)
    # Just below the distance, so that a maximum exactly that far is kept.
    near = cKDTree(copies).query_ball_point(places, np.nextafter(min_distance_A, 0.0))
    kept: list[int] = []
    covered = np.zeros(len(places), dtype=bool)
    for index in range(len(places)):
        if not covered[index]:
            kept.append(index)
            covered[owner[near[index]]] = True
    return Sites(fractional[kept], (kind,) * len(kept))


def _refined(values: Floats, voxels: NDArray[np.intp]) -> Floats:
    """Fractional coordinates of maxima: the density's centre of mass over each voxel and its 26 neighbours."""
    around = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    near = (voxels[:, None] + around) % np.array(values.shape)
    weights = values[tuple(near.transpose(2, 0, 1))]
    shift = np.einsum("nk,kx->nx", weights, around.astype(np.float64)) / weights.sum(axis=1, keepdims=True)
    result: Floats = (voxels + 0.5 + shift) / np.array(values.shape)
    return result


@dataclass(frozen=True)
class Occupation:
    """Which site each ion is on.

    Attributes:
        codes: Site and periodic image as one number (see `periodic.encode`), (n_frames, n_ions).
        sites: The sites.
        cell: Mean cell in Angstrom, (3, 3).
        frame_interval_ps: Time between frames in ps.
    """

    codes: NDArray[np.int64]
    sites: Sites
    cell: Floats
    frame_interval_ps: float

    @property
    def site(self) -> NDArray[np.intp]:
        """Index of the site, (n_frames, n_ions)."""
        return decode(self.codes)[0]

    def without_short_visits(self, min_residence_ps: float) -> "Occupation":
        """The same with visits shorter than `min_residence_ps` given to the site before."""
        frames = int(np.ceil(min_residence_ps / self.frame_interval_ps - 1e-9))
        if frames <= 1:
            return self
        codes = np.stack([_without_short_visits(column, frames) for column in self.codes.T], axis=1)
        return replace(self, codes=codes)


def occupation(trajectory: Trajectory, mobile: str, sites: Sites, *, min_residence_ps: float = 0.0) -> Occupation:
    """The nearest site of each ion in each frame, with passing visits given back to the site before.

    A visit shorter than `min_residence_ps` is no arrival: an ion that crosses the middle and comes straight back
    has not jumped, and one that passes through went to where it stays.

    Args:
        trajectory: Unwrapped, equilibrated.
        mobile: Element of the mobile ions.
        sites: In fractional coordinates of this trajectory's cell and origin.
        min_residence_ps: A few vibrational periods; 0 keeps every visit.
    """
    positions, cell = framework_frame(trajectory, mobile)
    nearest = NearestPlaces(sites.fractional @ cell, cell)
    indices = trajectory.indices(mobile)
    codes = np.empty((len(positions), len(indices)), dtype=np.int64)
    for start in range(0, len(positions), 1000):
        place, image, _ = nearest(positions[start : start + 1000][:, indices].astype(np.float64))
        codes[start : start + 1000] = encode(place[..., 0], image[..., 0, :])
    whole = Occupation(codes, sites, cell, trajectory.frame_interval_fs / 1000.0)
    return whole.without_short_visits(min_residence_ps)


def _without_short_visits(codes: NDArray[np.int64], frames: int) -> NDArray[np.int64]:
    """One ion's codes with runs shorter than `frames` replaced by the last long one (the first long one before it).

    A short last run too: whether the ion stays is not known yet.
    """
    starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
    lengths = np.diff(np.append(starts, len(codes)))
    long = lengths >= frames
    if not long.any():
        return np.full_like(codes, codes[0])
    last = np.maximum.accumulate(np.where(long, np.arange(len(starts)), -1))
    last[last < 0] = np.flatnonzero(long)[0]
    return np.repeat(codes[starts[last]], lengths)


@dataclass(frozen=True)
class SiteEnergies:
    """Free energy of each site from how often it is occupied.

    Attributes:
        occupancy: Ions per site, (n_sites,).
        energy_eV: -kT ln(occupancy / (1 - occupancy)) where exclusion holds, else -kT ln occupancy; relative to
            the lowest; NaN where the site was never visited.
        error_eV: Standard error from blocks of the run, NaN likewise.
    """

    occupancy: Floats
    energy_eV: Floats
    error_eV: Floats


def site_energies(
    occupations: Sequence[Occupation], temperature_K: float, *, exclusive: bool = False, n_blocks: int = 8
) -> SiteEnergies:
    """Site energies -kT ln of the occupancy.

    Args:
        occupations: Of the same sites.
        temperature_K: In K.
        exclusive: No two ions share a site: then the occupancy is a Fermi function, and its odds, not it, are the
            Boltzmann factor. For dilute ions the two are the same.
        n_blocks: Blocks a trajectory is cut into for the errors.
    """
    n_sites = len(occupations[0].sites.fractional)
    blocks = []
    for occupied in occupations:
        parts = np.array_split(occupied.site, n_blocks)
        blocks += [np.bincount(part.ravel(), minlength=n_sites) / len(part) for part in parts]
    shares = np.array(blocks)
    frames = sum(len(occupied.codes) for occupied in occupations)
    mean: Floats = np.sum([np.bincount(one.site.ravel(), minlength=n_sites) for one in occupations], axis=0) / frames
    error = shares.std(axis=0, ddof=1) / np.sqrt(len(shares))
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = mean / (1.0 - mean) if exclusive else mean
        slope = 1.0 / (mean * (1.0 - mean)) if exclusive else 1.0 / mean
        energy = -K_EV * temperature_K * np.log(odds)
        spread = K_EV * temperature_K * error * slope
    unknown = ~np.isfinite(energy)
    energy[unknown], spread[unknown] = np.nan, np.nan
    lowest = np.nanmin(energy) if not unknown.all() else 0.0
    return SiteEnergies(mean, energy - lowest, spread)


def energy_overlap(first: Floats, second: Floats, temperature_K: float) -> float:
    """Overlap, 0 to 1, of two kinds' site-energy distributions, each site smeared by kT.

    Near 1 the ion does not tell the kinds apart ("frustration"); near 0 one of them traps it.
    """
    width = K_EV * temperature_K
    known = [energies[np.isfinite(energies)] for energies in (first, second)]
    if min(len(energies) for energies in known) == 0:
        return 0.0
    ends = np.concatenate(known)
    grid = np.linspace(ends.min() - 5 * width, ends.max() + 5 * width, 2000)
    curves = [
        np.exp(-0.5 * ((grid[:, None] - energies) / width) ** 2).mean(axis=1) / (width * np.sqrt(2 * np.pi))
        for energies in known
    ]
    return float(np.minimum(*curves).sum() * (grid[1] - grid[0]))
