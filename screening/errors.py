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


class DamagedRecord(StageError):
    """A record file is not whole or holds what it should not.

    Attributes:
        what: What is wrong in it.
    """

    def __init__(self, path: object, what: str, remedy: str) -> None:
        super().__init__(f"{path} is damaged ({what}): {remedy}")
        self.what = what


def is_full_memory(error: Exception) -> bool:
    """Whether memory ran out, of the machine or of a GPU: that is no fault of the structure that was tried."""
    return "Memory" in type(error).__name__
