"""Peak memory of a process, as Linux has it.

`ru_maxrss` alone does not do: a program's begins at what the process that started it had, so that everything a large
process measures seems large.
"""

import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_MB = 1024.0


def own_peak_MB() -> float:
    """The most memory this program has held since it was started."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / _MB


def run_and_measure(command: Sequence[str], cwd: Path) -> tuple[str, float]:
    """Output, and peak memory in MB, of a command, which a small process starts.

    Raises:
        RuntimeError: it failed; with the end of what it wrote.
    """
    starter = [sys.executable, "-I", "-S", str(Path(__file__)), *command]
    done = subprocess.run(starter, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    output, _, peak = done.stdout.rstrip().rpartition("\n")
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed: {output[-2000:]}")
    return output, float(peak)


if __name__ == "__main__":
    status = subprocess.run(sys.argv[1:], check=False).returncode
    print(f"\n{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _MB:.1f}")
    sys.exit(status)
