"""Mean squared displacements of paths over all time origins, by FFT."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from screening.errors import StageError

Floats = NDArray[np.float64]

#: The six components of a symmetric tensor, in the order they are stored.
COMPONENTS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
_CHUNK_BYTES = 8 * 2**20


def lag_grid(n_frames: int, end_fraction: float, n_lags: int = 160) -> NDArray[np.intp]:
    """Lags in frames, half of them evenly and half geometrically spaced from 1 to `end_fraction` of the run."""
    last = max(1, int(end_fraction * n_frames))
    even = np.linspace(1, last, n_lags // 2)
    geometric = np.geomspace(1, last, n_lags // 2)
    return np.unique(np.round(np.concatenate([even, geometric])).astype(np.intp))


def tensor_msd(paths: NDArray[np.floating], lags: NDArray[np.intp]) -> Floats:
    """Mean over all time origins of dr_a dr_b for each path, by FFT.

    The power-spectrum form of the sum over origins (Calandrini et al., Collection SFN 12, 201 (2011)) with a
    cross spectrum for a != b: n log n in the frames instead of n times the number of lags.

    Args:
        paths: Unwrapped positions in Angstrom, (n_frames, n_paths, 3).
        lags: Lags in frames, each in 1 .. n_frames - 1, (n_lags,).

    Returns:
        Angstrom squared, (n_paths, 6, n_lags), components xx, yy, zz, xy, xz, yz.

    Raises:
        StageError: a lag is outside the run.
    """
    n_frames, n_paths = len(paths), paths.shape[1]
    _check_lags(lags, n_frames)
    n_fft = next_fast_len(n_frames + int(lags.max()), real=True)
    counts = n_frames - lags
    result = np.empty((n_paths, 6, len(lags)))
    done = 0
    for chunk in _centred_chunks(paths, n_fft):
        spectrum = rfft(chunk, n_fft, axis=-1)
        part = slice(done, done + len(chunk))
        for index, (a, b) in enumerate(COMPONENTS):
            sums = np.cumsum(chunk[:, a] * chunk[:, b], axis=-1)
            ends = (sums[:, -1:] - sums[:, lags - 1]) + sums[:, n_frames - 1 - lags]
            power = (spectrum[:, a] * spectrum[:, b].conj()).real
            correlation = irfft(power, n_fft, axis=-1)[:, lags]
            result[part, index] = (ends - 2.0 * correlation) / counts
        done += len(chunk)
    return result


def mean_squared_displacement(paths: NDArray[np.floating], lags: NDArray[np.intp] | None = None) -> Floats:
    """Mean squared displacement over all time origins and all paths.

    Power spectra are summed before the one inverse transform, so this costs half of `tensor_msd` or less.

    Args:
        paths: Unwrapped positions in Angstrom, (n_frames, n_paths, 3).
        lags: Lags in frames, (n_lags,); every lag from 1 to n_frames - 1 where None.

    Returns:
        Angstrom squared, (n_lags,).

    Raises:
        StageError: a lag is outside the run.
    """
    n_frames, n_paths = len(paths), paths.shape[1]
    lags = np.arange(1, n_frames) if lags is None else lags
    _check_lags(lags, n_frames)
    n_fft = next_fast_len(n_frames + int(lags.max()), real=True)
    power = np.zeros(n_fft // 2 + 1)
    squares = np.zeros(n_frames)
    for chunk in _centred_chunks(paths, n_fft):
        spectrum = rfft(chunk, n_fft, axis=-1)
        power += np.einsum("pxk,pxk->k", spectrum.real, spectrum.real)
        power += np.einsum("pxk,pxk->k", spectrum.imag, spectrum.imag)
        squares += np.einsum("pxt,pxt->t", chunk, chunk)
    correlation = irfft(power, n_fft)[lags]
    sums = np.cumsum(squares)
    ends = (sums[-1] - sums[lags - 1]) + sums[n_frames - 1 - lags]
    result: Floats = (ends - 2.0 * correlation) / ((n_frames - lags) * n_paths)
    return result


def _check_lags(lags: NDArray[np.intp], n_frames: int) -> None:
    if lags.min() < 1 or lags.max() >= n_frames:
        raise StageError(f"lags {lags.min()} .. {lags.max()} do not fit a run of {n_frames} frames")


def _centred_chunks(paths: NDArray[np.floating], n_fft: int) -> Iterator[Floats]:
    """Some paths at a time as (n, 3, n_frames) in float64, about their means so that large sums do not cancel."""
    step = max(1, _CHUNK_BYTES // (3 * 16 * n_fft))
    for start in range(0, paths.shape[1], step):
        chunk = np.ascontiguousarray(paths[:, start : start + step].transpose(1, 2, 0), dtype=np.float64)
        chunk -= chunk.mean(axis=-1, keepdims=True)
        yield chunk
