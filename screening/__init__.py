"""Screening of locally disordered solid electrolytes, from a config file to ranked conductivities."""

__version__ = "0.1.0"

# After the version, which records need; the module imports nothing heavy.
from screening.api import open_campaign

__all__ = ["open_campaign"]
