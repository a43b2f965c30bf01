"""Student potentials: LAMMPS ML-POD fitted to a universal teacher by linear least squares and active learning."""
