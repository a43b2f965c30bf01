"""Whether a cell grew more on heating than crystals do."""

# Mean volume expansion per K from 0 K on; at room temperature NaCl has 1.2e-4 and LiI, of the softest salts, 1.8e-4.
LARGEST_EXPANSION_PER_K = 2e-4


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
