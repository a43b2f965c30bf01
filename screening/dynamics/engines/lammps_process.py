"""The parent's side of the LAMMPS process: hand over jobs, notice failures and crashes."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.engines.lammps_library import die_with_parent
from screening.errors import PotentialError, ScreeningError

# Signals that a fault inside LAMMPS raises; any other (SIGKILL, SIGTERM) came from outside.
CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
WORKER = (sys.executable, "-m", "screening.dynamics.engines.lammps_worker")
# What Python's fault handler writes when a rank crashes.
CRASHED = "Fatal Python error"


class LammpsFailure(EngineFailure):
    """The dynamics failed or LAMMPS crashed.

    Attributes:
        step: Steps done when it was last heard of.
        reason: What went wrong.
        positions: Frames sampled before, unwrapped, in the caller's frame, Angstrom, (n_frames, n_atoms, 3).
    """

    def __init__(self, step: int, reason: str, positions: NDArray[np.float64] | None = None) -> None:
        super().__init__(f"after {step} steps of its chunk: {reason}")
        self.step = step
        self.reason = reason
        self.positions = np.empty((0, 0, 3)) if positions is None else positions


class LammpsProcess:
    """One LAMMPS in a process of its own, started at the first job and again after a crash."""

    def __init__(self, ranks: int = 1) -> None:
        """`ranks`: processes that share the atoms (MPI), started with the `mpiexec` of the mpich wheel."""
        self._ranks = ranks
        self._process: subprocess.Popen[str] | None = None
        self._answers: Any = None

    def call(
        self, task: str, settings: dict[str, Any], arrays: dict[str, NDArray[Any]], files: dict[str, str]
    ) -> dict[str, NDArray[Any]]:
        """Run one job.

        Args:
            task: A name in `lammps_tasks.TASKS`.
            settings: JSON-able values the task needs.
            arrays: Its arrays.
            files: Text files that the LAMMPS commands name, by name.

        Raises:
            LammpsFailure: the task failed or LAMMPS crashed; `positions` are in LAMMPS' frame.
            PotentialError: LAMMPS refused the commands.
            ScreeningError: the process was killed from outside or cannot start.
        """
        with tempfile.TemporaryDirectory(prefix="screening-lammps-") as name:
            folder = Path(name)
            (folder / "job.json").write_text(json.dumps({"task": task, **settings}))
            np.savez(folder / "job.npz", allow_pickle=False, **arrays)
            for file_name, text in files.items():
                (folder / file_name).write_text(text)
            answer = self._ask(folder)
            if answer["status"] == "done":
                with np.load(folder / "result.npz") as file:
                    return dict(file)
            if answer["status"] == "refused":
                raise PotentialError(f"LAMMPS refused its input: {answer['reason']}")
            if answer["status"] == "killed":
                raise ScreeningError(f"LAMMPS was ended from outside: {answer['reason']}")
            frames = _frames_before(folder, settings, arrays, answer["step"])
        raise LammpsFailure(answer["step"], answer["reason"], frames)

    def close(self) -> None:
        """End the process; the next job starts another."""
        if self._process is not None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process.wait()
            self._answers.close()
        self._process = None

    def __del__(self) -> None:
        if getattr(self, "_process", None) is not None:
            self.close()

    def _ask(self, folder: Path) -> dict[str, Any]:
        process = self._started()
        assert process.stdin is not None
        step = 0
        try:
            process.stdin.write(f"{folder}\n")
            process.stdin.flush()
            for line in self._answers:
                if not line.startswith("step "):
                    return {"step": step, **json.loads(line)}
                step = int(line.split()[1])
        except (BrokenPipeError, json.JSONDecodeError):
            pass
        return {"step": step, **self._ended(process)}

    def _ended(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        """Why the process is gone."""
        code = process.wait()
        message = process.stderr.read().strip() if process.stderr is not None else ""
        self._answers.close()
        self._process = None
        # mpiexec ends with the signal that ended a rank, or with how another rank took that; what crashed says so.
        if self._ranks > 1 and (code in CRASHES or CRASHED in message):
            return {"status": "failed", "reason": f"LAMMPS crashed in one of {self._ranks} ranks"}
        if code < 0 and signal.Signals(-code) in CRASHES:
            return {"status": "failed", "reason": f"LAMMPS crashed ({signal.Signals(-code).name})"}
        why = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return {"status": "killed", "reason": f"{why} {message[-500:]}".strip()}

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            start = _one_process if self._ranks == 1 else partial(_ranks, self._ranks)
            self._process, self._answers = start(environment)
        return self._process


def _one_process(environment: dict[str, str]) -> tuple[subprocess.Popen[str], IO[str]]:
    """A worker and the pipe it answers through; LAMMPS itself may write to its standard output."""
    receive, send = os.pipe()
    process = subprocess.Popen(
        [*WORKER, str(send)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=(send,),
        env=environment,
        text=True,
    )
    os.close(send)
    return process, os.fdopen(receive)


def _ranks(n: int, environment: dict[str, str]) -> tuple[subprocess.Popen[str], IO[str]]:
    """The mpiexec of several workers, of which the first answers through its standard output."""
    # Under a scheduler mpiexec would ask that to start the ranks, or join the job's own MPI world.
    own = {k: v for k, v in environment.items() if not k.startswith(("PMI_", "PMIX_", "SLURM_"))}
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "mpiexec"), "-launcher", "fork", "-n", str(n), *WORKER, "mpi"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - it makes a system call and no more
        env=own,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout


def _frames_before(
    folder: Path, settings: dict[str, Any], arrays: dict[str, NDArray[Any]], step: int
) -> NDArray[np.float64] | None:
    path = folder / "frames.bin"
    if "sample_every" not in settings or not path.exists():
        return None
    n_atoms = len(arrays["types"])
    whole = np.fromfile(path, dtype=np.float64).reshape(-1, n_atoms, 3)
    return whole[: step // settings["sample_every"]]
