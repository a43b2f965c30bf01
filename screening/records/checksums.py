"""Checksums, names and seeds that follow from content."""

import hashlib
import json
from pathlib import Path
from typing import Any


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_text(text: str) -> str:
    """The SHA-256 of the bytes `write_text` makes of it, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def content_hash(value: Any, length: int = 10) -> str:
    """The first `length` hexadecimal digits of the SHA-256 of a JSON-able value; key order does not matter."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def derive_seed(seed: int, *keys: Any) -> int:
    """A seed that depends on the campaign's seed and on what it is for, and on nothing else (31 bits)."""
    return int(content_hash([seed, *keys], 8), 16) >> 1
