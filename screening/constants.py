"""Physical constants, units in the package's own (Angstrom, ps, eV, K), and what a bond is."""

from scipy.constants import elementary_charge, k

#: Boltzmann's constant, eV/K (CODATA, from scipy).
K_EV = k / elementary_charge
#: 1 GPa in eV/Angstrom^3. Ten digits and no more: a student's checksum depends on the last bit.
GPA = 0.006241509074
#: 1 Angstrom^2/ps in cm^2/s.
A2_PS_TO_CM2_S = 1e-4
#: Two atoms are bonded below this multiple of the sum of their covalent radii (Cordero 2008, as in ase.data): P-S in
#: PS4 is at 0.97 of it, Y-Cl at 0.9, and the next shell beyond 1.5.
BOND_FACTOR = 1.25
#: Angstrom^3 in a cm^3.
A3_PER_CM3 = 1e24

#: Measured conductivities are of 293 to 303 K, and of one crystal they differ by more between laboratories than there.
_ROOM_K, _ROOM_WIDTH_K = 298.0, 10.0


def is_room_temperature(temperature_K: float) -> bool:
    """Whether conductivities at this temperature may stand beside those measured at room temperature."""
    return abs(temperature_K - _ROOM_K) <= _ROOM_WIDTH_K
