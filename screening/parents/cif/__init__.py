"""CIF files, read without guesses: gemmi reads the file and its symmetry, pymatgen holds the crystal."""
