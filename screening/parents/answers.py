"""Answers of databases: kept as files, so that reruns are offline and identical; asked for again when servers fail."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from screening.errors import ScreeningError, StructureError
from screening.records import atomic_write, content_hash, read_json, utc_now, write_json

# Beside the config file.
CACHE_FOLDER = "database_answers"
# Waits in seconds before the second, third and fourth attempt; a busy server needs more than a moment.
WAITS_S = (2.0, 6.0, 18.0)
TIMEOUT_S = 30.0
_DIGITS_OF_CHECKSUM = 64
_DIGITS_OF_NAME = 16


# What reading a document of another form raises; pymatgen's and numpy's own errors are among them.
UNREADABLE = (ArithmeticError, AttributeError, LookupError, StructureError, TypeError, ValueError)


class DatabaseError(ScreeningError):
    """A database cannot be reached, refuses the request, or answers with what cannot be used."""


class TryAgain(Exception):
    """The request may succeed later: too many requests, a fault of the server, no connection."""


def cached(cache: Path, source: str, query: dict[str, Any], fetch: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer to a query, from the cache when it is there, else fetched and kept.

    Args:
        cache: Folder of the answers; made when missing.
        source: Name of the database, begins the file's name.
        query: All that decides the answer, JSON-able; no keys of users.
        fetch: Asks the database; its answer must be JSON-able.

    Returns:
        What `fetch` returned, now or at the time it was kept.

    Raises:
        DatabaseError: the kept answer was changed, or is one to another query; the database's holds NaN or infinity.
        ScreeningError: the kept answer is not whole, or `fetch` failed.
    """
    path = cache / f"{source}-{content_hash({'source': source, 'query': query}, _DIGITS_OF_NAME)}.json"
    if path.exists():
        record = read_json(path)
        if not is_whole(record):
            raise DatabaseError(
                f"{path}: the stored answer of {source} does not match its checksum; restore the file, "
                "or delete it to ask the database again"
            )
        if record["query"] != query:
            raise DatabaseError(f"{path}: holds the answer to another query; delete it to ask the database again")
        answer: dict[str, Any] = record["answer"]
        return answer
    # Through JSON and back, so that the first run sees exactly what reruns will see.
    try:
        answer = json.loads(json.dumps(fetch(), allow_nan=False))
    except ValueError as error:
        raise DatabaseError(f"the answer of {source} to {query} cannot be kept: {error}") from None
    record = {
        "source": source,
        "query": query,
        "retrieved_utc": utc_now(),
        "sha256": _checksum(query, answer),
        "answer": answer,
    }
    write_json(path, record)
    return answer


def is_whole(record: dict[str, Any]) -> bool:
    """Whether a kept answer is still the one that was kept."""
    return record.get("sha256") == _checksum(record.get("query"), record.get("answer"))


def keep_answers(base: Path, folder: Path) -> None:
    """Copy the kept answers beside a config file to another folder, so that a config there runs without a network."""
    for path in sorted((base / CACHE_FOLDER).glob("*.json")):
        copy = folder / CACHE_FOLDER / path.name
        if not copy.exists():
            atomic_write(copy, lambda temporary, path=path: temporary.write_bytes(path.read_bytes()))  # type: ignore[misc]


def retrying(attempt: Callable[[], Any], database: str) -> Any:
    """Call `attempt` until it does not raise `TryAgain`, at most four times with growing waits.

    Raises:
        DatabaseError: all attempts failed; tells why the last one did.
    """
    for wait in (*WAITS_S, None):
        try:
            return attempt()
        except TryAgain as reason:
            if wait is None:
                raise DatabaseError(
                    f"{database} cannot be used now ({reason}), {len(WAITS_S) + 1} attempts; try again later, "
                    "or work from files or the library"
                ) from reason
            time.sleep(wait)
    raise AssertionError("unreachable")


def get(url: str, params: dict[str, Any] | None, database: str) -> Any:
    """One GET request for JSON, with what can go wrong on the way sorted into passing and lasting.

    Returns:
        The status code and the parsed body (None when it is not JSON).

    Raises:
        TryAgain: no connection, time-out, 429 or 5xx.
        DatabaseError: the address is not one.
    """
    import requests

    try:
        response = requests.get(
            url, params=params, timeout=TIMEOUT_S, headers={"Accept": "application/vnd.api+json, application/json"}
        )
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema):
        raise DatabaseError(f"{database}: {url} is not the address of a web service") from None
    except requests.exceptions.RequestException as error:
        raise TryAgain(no_connection(error)) from error
    if response.status_code == 429 or response.status_code >= 500:
        raise TryAgain(status_text(response.status_code))
    try:
        body = response.json()
    except ValueError:
        body = None
    return response.status_code, body


def no_connection(error: Exception) -> str:
    """In short why a connection failed, without the address, which the message around it names."""
    text = str(error)
    for sign, meaning in (
        ("Name or service not known", "its name cannot be resolved: no network?"),
        ("Temporary failure in name resolution", "its name cannot be resolved: no network?"),
        ("Failed to resolve", "its name cannot be resolved: no network?"),
        ("NameResolutionError", "its name cannot be resolved: no network?"),
        ("Connection refused", "connection refused"),
        ("timed out", f"no answer within {TIMEOUT_S:g} s"),
        ("unreachable", "network unreachable"),
    ):
        if sign in text:
            return meaning
    match = re.search(r"too many (\d{3}) error responses", text)
    return status_text(int(match[1])) if match else f"no connection: {type(error).__name__}"


def status_text(code: int) -> str:
    """What a passing HTTP status means."""
    return f"too many requests, HTTP {code}" if code == 429 else f"fault of the server, HTTP {code}"


def _checksum(query: Any, answer: Any) -> str:
    return content_hash({"query": query, "answer": answer}, _DIGITS_OF_CHECKSUM)
