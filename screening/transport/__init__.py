"""Transport from trajectories: diffusivities, conductivities, activation energies, each with error and verdict."""

from screening.transport.analysis import analyse_temperature
from screening.transport.arrhenius import analyse_arrhenius
from screening.transport.equation_one import equation_one
from screening.transport.local_picture import local_picture
from screening.transport.readers import analyse_files

__all__ = ["analyse_arrhenius", "analyse_files", "analyse_temperature", "equation_one", "local_picture"]
