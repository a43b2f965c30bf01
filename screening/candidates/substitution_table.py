"""How often one ion takes the place of another in known crystals."""

from functools import lru_cache

from pymatgen.analysis.structure_prediction.substitution_probability import SubstitutionProbability
from pymatgen.core import Species


@lru_cache(maxsize=1)
def table() -> SubstitutionProbability:
    """Pymatgen's table of ionic substitutions (Hautier et al., Inorg. Chem. 50, 656 (2011))."""
    # Seconds to read, and pymatgen forgets it with its last user.
    return SubstitutionProbability()


def probability(dopant: Species, host: Species) -> float | None:
    """That the host ion is replaced by this ion rather than another; None where the table lacks one of them."""
    known = table()
    if dopant not in known.species or host not in known.species:
        return None
    # The table is summed in the order of a set; its last digits differ between processes.
    return float(f"{known.cond_prob(dopant, host):.6g}")
