"""The errors users see: what is wrong, where, and what to do about it."""


class ScreeningError(Exception):
    """Base of every error whose message is written for the user; the command line prints it without a traceback."""


class ConfigError(ScreeningError):
    """The campaign file is wrong: names the file, the key and what would be right."""


class StructureError(ScreeningError):
    """A structure cannot be read, or what was asked of it cannot be made."""


class PotentialError(ScreeningError):
    """A potential cannot be loaded or must not be trusted."""


class StageError(ScreeningError):
    """A stage cannot run because a file it needs is missing or damaged."""
