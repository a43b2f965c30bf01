"""`python -m benchmarks.exact truth` runs the teacher itself, `pipeline SEED...` campaigns, `table` compares."""

import sys

from benchmarks.exact import pipeline, truth


def main(words: list[str]) -> int:
    """Do what is asked for; all of it resumes."""
    match words:
        case ["truth"]:
            truth.make()
        case ["pipeline", *seeds] if seeds:
            pipeline.run(map(int, seeds))
        case ["table"]:
            print(pipeline.table())
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
