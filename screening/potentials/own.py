"""`module:factory`: a calculator of the user's own. Importing the module runs whatever it does."""

import hashlib
import importlib
import sys
import traceback
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.records import sha256_of


def check(module: str) -> str:
    """What can be said without running the user's code; see `screening.potentials.registry.check`."""
    top = module.partition(".")[0]
    if not top.isidentifier() or (top not in sys.modules and find_spec(top) is None):
        raise _no_module(top)
    return f"module {module} is your own code and was not run"


def _no_module(module: str) -> PotentialError:
    return PotentialError(
        f"there is no module {module!r}; put its folder on PYTHONPATH, or correct its name "
        "(`screening potentials list` has the names that need no module)"
    )


def load(module: str, factory: str) -> Potential:
    """Import the module, call the factory, and make sure that an ASE calculator came back.

    Args:
        module: Name of a module that Python finds.
        factory: Name of a function in it that takes no arguments.

    Returns:
        The potential; its version is the `__version__` of the module's top package, its checksum covers name, version
        and the module's source file. What the module imports or reads, its weights among it, is not covered.

    Raises:
        PotentialError: no such module or factory, either raises or ends the program, or what comes back is no
            calculator; says what and where.
    """
    name = f"{module}:{factory}"
    found = _imported(module, name)
    make = getattr(found, factory, None)
    if not callable(make):
        what = "has no" if make is None else "has something else than a function called"
        raise PotentialError(f"potential {name!r}: module {module} ({_place(found)}) {what} {factory!r}")
    calculator = _guarded(make, f"potential {name!r}: {factory}() of {_place(found)}")
    _require_calculator(calculator, name)
    version = str(getattr(sys.modules[module.partition(".")[0]], "__version__", "unknown"))
    return Potential(calculator, name, version, "unknown", _checksum(name, version, found))


def _imported(module: str, name: str) -> ModuleType:
    def attempt() -> ModuleType:
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name and f"{module}.".startswith(f"{error.name}."):
                raise _no_module(error.name) from None
            raise

    found: ModuleType = _guarded(attempt, f"potential {name!r}: module {module}")
    return found


def _guarded(act: Callable[[], Any], what: str) -> Any:
    """What `act` returns; whatever the user's code raises becomes a message that says where it was."""
    try:
        return act()
    except (KeyboardInterrupt, PotentialError):
        raise
    except BaseException as error:  # SystemExit too: a potential must not end the campaign as if all were well
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename != __file__ and "importlib" not in frame.filename]
        where = f" at {own[-1].filename}:{own[-1].lineno}" if own else ""
        did = "ended the program" if isinstance(error, SystemExit) else f"raised {type(error).__name__}"
        raise PotentialError(f"{what} {did}{where}: {error}") from error


def _require_calculator(made: Any, name: str) -> None:
    needed = ("get_potential_energy", "get_forces", "get_stress")
    if isinstance(made, type) or not all(callable(getattr(made, method, None)) for method in needed):
        given = f"the class {made.__name__}, not one of its objects" if isinstance(made, type) else type(made).__name__
        raise PotentialError(f"potential {name!r}: the factory returns {given}; it must return an ASE calculator")


def _checksum(name: str, version: str, module: ModuleType) -> str:
    source = getattr(module, "__file__", None)
    code = sha256_of(Path(source)) if source and Path(source).is_file() else ""
    return hashlib.sha256(f"{name} {version} {code}".encode()).hexdigest()


def _place(module: ModuleType) -> str:
    return str(getattr(module, "__file__", None) or "built in")
