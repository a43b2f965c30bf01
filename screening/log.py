"""Lines in the log of a job."""

import sys


def tell(line: str) -> None:
    """Say how far a job is; at once, so that a log that is read while it grows is up to date."""
    print(line, file=sys.stderr, flush=True)
