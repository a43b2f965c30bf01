"""Several structures in one evaluation, and runs that share it: on a GPU small cells cost little more together."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

Results = dict[str, Any]
#: Energy, forces and stress of each structure, in ASE's units, as the potential's calculator would give them.
Evaluate = Callable[[Sequence[Atoms]], list[Results]]
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class _Asked:
    """A run wants the forces of its atoms."""

    number: int
    atoms: Atoms
    answer: "Future[Results]"


@dataclass(frozen=True)
class _Ended:
    """A run asks no more."""

    number: int


class _SharedCalculator(Calculator):
    """Asks whoever evaluates for all runs, and waits."""

    implemented_properties = ("energy", "free_energy", "forces", "stress")

    def __init__(self, number: int, inbox: "SimpleQueue[_Asked | _Ended]") -> None:
        super().__init__()
        self._number, self._inbox = number, inbox

    def calculate(self, atoms: Atoms | None = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        super().calculate(atoms, properties, system_changes)
        answer: Future[Results] = Future()
        self._inbox.put(_Asked(self._number, self.atoms, answer))
        self.results = answer.result()


def run_together(evaluate: Evaluate, runs: Sequence[Callable[[Calculator], Outcome]]) -> list[Outcome | BaseException]:
    """Run all at once, a thread each; whenever all that go on have asked for forces, they are found in one evaluation.

    A run is as it is alone but for the rounding of the potential, which on most depends on what is in the batch. Runs
    may end at different times; one that fails does not disturb the others.

    Args:
        evaluate: Of the potential; called from this thread only.
        runs: Each is given a calculator of its own.

    Returns:
        What each run returned or raised, in the order of `runs`.
    """
    inbox: SimpleQueue[_Asked | _Ended] = SimpleQueue()
    outcomes: list[Future[Outcome]] = [Future() for _ in runs]

    def work(number: int) -> None:
        try:
            outcomes[number].set_result(runs[number](_SharedCalculator(number, inbox)))
        except BaseException as error:  # of whatever kind, it belongs to this run
            outcomes[number].set_exception(error)
        finally:
            inbox.put(_Ended(number))

    # Daemons: whoever interrupts this thread is not kept waiting by runs that wait for it.
    for number in range(len(runs)):
        Thread(target=work, args=(number,), daemon=True).start()
    going = set(range(len(runs)))
    asked: dict[int, _Asked] = {}
    while going:
        while len(asked) < len(going):
            message = inbox.get()
            if isinstance(message, _Asked):
                asked[message.number] = message
            else:
                going.discard(message.number)
        # In the order of the runs, not of their asking: the same runs make the same batch.
        _answer(evaluate, [asked[number] for number in sorted(asked)])
        asked.clear()
    return [outcome.exception() or outcome.result() for outcome in outcomes]


def _answer(evaluate: Evaluate, asked: Sequence[_Asked]) -> None:
    """Answer all; where the batch fails, one after another, so that only who asked the impossible is told so."""
    if not asked:
        return
    try:
        results = evaluate([one.atoms for one in asked])
    except Exception as error:
        if len(asked) == 1:
            asked[0].answer.set_exception(error)
            return
        for one in asked:
            _answer(evaluate, [one])
        return
    for one, result in zip(asked, results, strict=True):
        one.answer.set_result(result)


def apart(structures: Sequence[Atoms], energies: Any, forces: Any, stresses: Any) -> list[Results]:
    """Results of each structure from those of the batch: energies (n,), forces (all atoms, 3), stresses (n, ...)."""
    ends = np.cumsum([len(atoms) for atoms in structures])
    return [
        {"energy": float(energy), "free_energy": float(energy), "forces": own, "stress": stress}
        for energy, own, stress in zip(energies, np.split(forces, ends[:-1]), stresses, strict=True)
    ]


def one_by_one(calculator: Calculator) -> Evaluate:
    """For a potential that is cheap and has no batches."""

    def evaluate(structures: Sequence[Atoms]) -> list[Results]:
        found = []
        for atoms in structures:
            calculator.calculate(atoms, ["energy", "forces", "stress"], all_changes)
            found.append(dict(calculator.results))
        return found

    return evaluate
