"""Physical constants, and units of what is read in the package's own (Angstrom, ps, eV, K)."""

from scipy.constants import elementary_charge, k

#: Boltzmann's constant, eV/K (CODATA, from scipy).
K_EV = k / elementary_charge
#: 1 GPa in eV/Angstrom^3. Ten digits and no more: a student's checksum depends on the last bit.
GPA = 0.006241509074
#: 1 Angstrom^2/ps in cm^2/s.
A2_PS_TO_CM2_S = 1e-4
#: Angstrom^3 in a cm^3.
A3_PER_CM3 = 1e24
