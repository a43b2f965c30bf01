"""Potential by name: a new potential is one module with `load` and one line here."""

import hashlib
import importlib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from screening.config.potential import TeacherConfig
from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.potentials.batch import Evaluate
from screening.potentials.dispersion import WithDispersion, require_possible, with_dispersion
from screening.potentials.dispersion import batched as batched_with_dispersion

# Name before the colon -> module with load(argument: str, device: str, precision: str) -> Potential, and with
# check(argument: str, precision: str | None) -> str, which `load` calls first, and functional(argument: str) -> str.
LOADERS: dict[str, str] = {
    "chgnet": "screening.potentials.chgnet",
    "cp2k": "screening.potentials.cp2k",
    "diep": "screening.potentials.diep",
    "lj": "screening.potentials.lennard_jones",
    "mace": "screening.potentials.mace",
    "matgl": "screening.potentials.matgl",
    "nequix": "screening.potentials.nequix",
    "sevenn": "screening.potentials.sevenn",
}
# Importing torch takes seconds.
WITHOUT_TORCH = {LOADERS["cp2k"], LOADERS["lj"]}
# What is to be installed for those whose package is not this one; the module has the potential's name.
DISTRIBUTIONS = {
    "chgnet": "chgnet",
    "diep": "diep",
    "mace": "mace-torch",
    "matgl": "matgl",
    "nequix": "nequix",
    "sevenn": "sevenn",
}


def check(config: TeacherConfig) -> str:
    """Whether a potential can be loaded, as far as that is known without importing it: milliseconds.

    Returns:
        What was not looked at and why, "" for nothing.

    Raises:
        PotentialError: unknown name, missing package or file, a precision it has not; says what to do.
    """
    module, argument = _found(config)
    if module is None:
        from screening.potentials import own

        left = own.check(argument.partition(":")[0])
    else:
        left = importlib.import_module(module).check(argument, config.precision)
        kind = config.name.partition(":")[0]
        if kind in DISTRIBUTIONS and find_spec(kind) is None:
            raise _not_installed(config.name, kind)
    if config.dispersion != "none":
        require_possible(config.dispersion, config.name, functional(config))
    gpu = "whether there is a GPU is unknown until a job runs" if config.device == "cuda" else ""
    return "; ".join(filter(None, (left, gpu)))


def functional(config: TeacherConfig) -> str:
    """What a potential that `check` has passed was trained on; "unknown" where neither its name nor its files tell."""
    module, argument = _found(config)
    return "unknown" if module is None else str(importlib.import_module(module).functional(argument))


def load(config: TeacherConfig, threads: int = 1) -> Potential:
    """Load the campaign's potential.

    Args:
        config: Name, device, precision and dispersion.
        threads: CPU threads it may use.

    Raises:
        PotentialError: unknown name, missing package or weights, no such device or precision, dispersion that its
            functional has or that has no parameters for it; says what to do.
    """
    return with_dispersion(_bare(config, threads), config.dispersion)


def _bare(config: TeacherConfig, threads: int) -> Potential:
    module, argument = _found(config)
    if module not in WITHOUT_TORCH:
        _prepare_torch(config.device, threads)
    if module is None:
        from screening.potentials import own

        return own.load(*argument.split(":", 1))
    try:
        wanted = {} if config.precision is None else {"precision": config.precision}
        potential: Potential = importlib.import_module(module).load(argument, config.device, **wanted)
        return potential
    except ModuleNotFoundError as error:
        raise _not_installed(config.name, str(error.name).partition(".")[0]) from None
    except ImportError as error:
        raise PotentialError(f"potential {config.name!r}: a package it needs cannot be imported: {error}") from error


def check_batched(config: TeacherConfig) -> None:
    """Whether the potential evaluates several structures at once.

    Raises:
        PotentialError: it does not; names those that do.
    """
    able = [kind for kind, module in LOADERS.items() if hasattr(importlib.import_module(module), "batched")]
    if config.name.partition(":")[0] not in able:
        raise PotentialError(
            f"potential {config.name!r} cannot evaluate several structures at once; remove md.batched, or use one "
            f"of {', '.join(able)}"
        )


def batched(config: TeacherConfig, potential: Potential) -> Evaluate:
    """What evaluates several structures at once with a potential that was loaded with this config.

    Raises:
        PotentialError: it cannot.
    """
    check_batched(config)
    make = importlib.import_module(LOADERS[config.name.partition(":")[0]]).batched
    calculator = potential.calculator
    if isinstance(calculator, WithDispersion):
        return batched_with_dispersion(make(calculator.potential), calculator)
    evaluate: Evaluate = make(calculator)
    return evaluate


def _found(config: TeacherConfig) -> tuple[str | None, str]:
    """The loader's module and its argument; None and the whole name for module:factory."""
    kind, _, argument = config.name.partition(":")
    if kind in LOADERS:
        return LOADERS[kind], argument
    if not (kind and argument):
        raise PotentialError(
            f"potential {config.name!r} is not known; use one of {', '.join(sorted(LOADERS))} "
            "or module:factory for an ASE calculator"
        )
    if config.precision is not None:
        raise PotentialError("potential.precision: the precision of module:factory is the factory's own")
    return None, config.name


def how_to_install(distribution: str) -> str:
    """The command, and what else the user has to know."""
    # mace-torch wants e3nn 0.4.4 exactly, sevenn 0.5 or newer: no environment holds both.
    where = " in an environment of its own, without sevenn (docs/potentials.md)" if distribution == "mace-torch" else ""
    # nequix asks for JAX with gigabytes of GPU libraries; its model in torch needs none of them.
    alone = "--no-deps " if distribution == "nequix" else ""
    return f"pip install {alone}{distribution}{where}"


def _not_installed(name: str, module: str) -> PotentialError:
    package = DISTRIBUTIONS.get(module, module)
    return PotentialError(
        f"potential {name!r} needs the package {package}, which is not installed; {how_to_install(package)}"
    )


def require_content(potential: str, path: Path) -> None:
    """Refuse a file of weights that is missing or empty, as a copy that was cut off leaves it.

    Raises:
        PotentialError: names the file.
    """
    if not path.is_file():
        raise PotentialError(f"{potential}: {path} is missing; copy the model again")
    if not path.stat().st_size:
        raise PotentialError(f"{potential}: {path} is empty; copy the model again")


def weights_checksum(state: Mapping[str, Any]) -> str:
    """SHA-256 over the names and bytes of a torch state dictionary."""
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name]
        digest.update(name.encode())
        if hasattr(value, "detach"):
            digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _prepare_torch(device: str, threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    if device == "cuda" and not torch.cuda.is_available():
        raise PotentialError("potential.device is cuda, but this machine has no usable GPU; set it to cpu")
