"""How members of a committee of students differ: each weighs the same labelled frames at random.

The Bayesian bootstrap (Rubin, Ann. Statist. 9, 130 (1981)): a student fitted with weights drawn from the exponential
distribution scatters about the first as a student of other, equally many frames would. It costs no labels.
"""

import hashlib

import numpy as np
from ase import Atoms


def frame_weight(member: int, atoms: Atoms) -> float:
    """Weight of a frame's squared errors, one on average; the same for a frame whenever it is fitted.

    Args:
        member: 0 is the first student, to which all frames weigh the same.
        atoms: The frame.
    """
    if member == 0:
        return 1.0
    content = np.ascontiguousarray(atoms.positions).tobytes() + np.ascontiguousarray(atoms.cell.array).tobytes()
    seed = int.from_bytes(hashlib.sha256(content).digest()[:8], "big")
    return float(np.random.default_rng([member, seed]).exponential())
