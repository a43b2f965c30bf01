"""Which tests of a class fail for what it is given: that they can."""

import inspect
from collections.abc import Container
from typing import Any

import pytest


def failures(tests: Any, leave_out: Container[str] = (), **fixtures: Any) -> set[str]:
    """Names, without `test_`, of the tests of an object that fail.

    Args:
        tests: An object of a class of tests.
        leave_out: Names of tests that are not run.
        fixtures: Values of the fixtures and parameters that they ask for; functions make a new one for every test.
    """
    found = set()
    for name, test in inspect.getmembers(tests, inspect.ismethod):
        if not name.startswith("test_") or name.removeprefix("test_") in leave_out:
            continue
        asked = {key: fixtures[key] for key in inspect.signature(test).parameters}
        given = {key: value() if inspect.isfunction(value) else value for key, value in asked.items()}
        try:
            test(**given)
        except (Exception, pytest.fail.Exception):
            found.add(name.removeprefix("test_"))
    return found
