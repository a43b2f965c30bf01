"""The makers of the pages of the documentation, which are no package that is installed."""

import importlib.util
from pathlib import Path
from types import ModuleType

HOOKS = Path(__file__).parents[1] / "docs" / "_hooks"


def hooks(name: str) -> ModuleType:
    """A module of the documentation's hooks."""
    spec = importlib.util.spec_from_file_location(name, HOOKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


record_page = hooks("records").record_page
