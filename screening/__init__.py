"""Screening of locally disordered solid electrolytes, from a config file to ranked conductivities."""

from screening.campaign.api import open_campaign
from screening.version import __version__

__all__ = ["__version__", "open_campaign"]
