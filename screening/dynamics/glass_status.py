"""What a melt and quench came to."""

from enum import StrEnum


class GlassStatus(StrEnum):
    """What a melt and quench came to.

    amorphous: a glass.
    crystalline: it crystallised on cooling.
    not_melted: its framework did not move in the melt.
    failed: a run failed, or its start could not be relaxed.
    """

    AMORPHOUS = "amorphous"
    CRYSTALLINE = "crystalline"
    NOT_MELTED = "not_melted"
    FAILED = "failed"
