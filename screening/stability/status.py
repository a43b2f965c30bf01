"""How a relaxation ends."""

from enum import StrEnum


class RelaxationStatus(StrEnum):
    """Whether the structure that was asked for came out of a relaxation.

    converged: it did, with forces below the limit.
    not_converged: it did, with forces above the limit when the steps were spent; its energy is an upper bound.
    exploded, collapsed: the cell left what a crystal can be.
    framework_changed: bonds of the framework are others than before.
    failed: the potential raised an error, or there was nothing to relax.
    """

    CONVERGED = "converged"
    NOT_CONVERGED = "not_converged"
    EXPLODED = "exploded"
    COLLAPSED = "collapsed"
    FRAMEWORK_CHANGED = "framework_changed"
    FAILED = "failed"

    @property
    def usable(self) -> bool:
        """Whether it still is the structure that was asked for; all other statuses are verdicts against it."""
        return self in (RelaxationStatus.CONVERGED, RelaxationStatus.NOT_CONVERGED)
