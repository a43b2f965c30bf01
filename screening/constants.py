"""Physical constants in the package's units (CODATA, from scipy)."""

from scipy.constants import elementary_charge, k

#: Boltzmann's constant, eV/K.
K_EV = k / elementary_charge
