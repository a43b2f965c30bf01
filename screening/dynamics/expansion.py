"""Whether a cell is one that the crystal has: how it grew on heating, how far it is from its parent's as given."""

# Mean volume expansion per K from 0 K on; at room temperature NaCl has 1.2e-4 and LiI, of the softest salts, 1.8e-4.
LARGEST_EXPANSION_PER_K = 2e-4
# Volume beside the measured one. In half-exchanged Li6PS5Cl 6 to 7 % change D* at 400 K by factors of 1.5 to 3.
LARGEST_VOLUME_ERROR = 0.05
# Where lattices are measured, K.
ROOM_TEMPERATURE_K = 300.0


def swelling(volume_ratio: float, temperature_K: float) -> str:
    """What is doubtful about a run's cell, "" where nothing.

    Args:
        volume_ratio: Volume at the temperature over that relaxed at 0 K.
        temperature_K: Of the run.
    """
    expansion = (volume_ratio - 1) / temperature_K
    if expansion <= LARGEST_EXPANSION_PER_K:
        return ""
    return (
        f"the cell at {temperature_K:g} K is {100 * (volume_ratio - 1):.0f} % larger than the relaxed one "
        f"({expansion:.1e} per K; crystals expand by {LARGEST_EXPANSION_PER_K:g} at most): the potential swells it, or "
        "the phase changed; ions diffuse too fast in such a wide lattice"
    )


def volume_error(parent_change: float, volume_ratio: float) -> float:
    """Relative difference of a run's volume from the measured one: that of the parent, and on from there.

    Args:
        parent_change: Relaxed volume of the candidate's parent over that which it was given with, less 1.
        volume_ratio: Volume of the run's cell over that of the relaxed one.
    """
    return (1 + parent_change) * volume_ratio - 1


def beside_measured(error: float, temperature_K: float | None) -> str:
    """What is doubtful about the cell of a run, "" where nothing.

    Args:
        error: See `volume_error`.
        temperature_K: At which the cell was found at constant pressure: above room temperature it may expand as much
            as crystals do. None where it was relaxed or given, and holds no expansion.
    """
    warmer = LARGEST_EXPANSION_PER_K * max(0.0, (temperature_K or 0.0) - ROOM_TEMPERATURE_K)
    if -LARGEST_VOLUME_ERROR <= error <= LARGEST_VOLUME_ERROR + warmer:
        return ""
    where = "" if temperature_K is None else f" at {temperature_K:g} K"
    return (
        f"the volume of its cell{where} is {100 * error:+.0f} % beside the lattice that its parent was given with "
        f"(limit {100 * LARGEST_VOLUME_ERROR:g} %): ions diffuse too {'fast' if error > 0 else 'slowly'} in it; use "
        "md.cell: measured, or potential.dispersion"
    )
