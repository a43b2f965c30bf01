"""Screening of locally disordered solid electrolytes, from a config file to ranked conductivities."""

__version__ = "0.1.0"
