"""Text files line by line: compressed or not, in any encoding, with the number of each line."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

from screening.errors import StageError
from screening.trajectories.frame import Unreadable

_MAGIC: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
_PACKED = {b"\x1f\x9d": "compress", b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd", b"7z\xbc\xaf": "7z"}


def open_binary(path: Path) -> BinaryIO:
    """Open a file that may be compressed by gzip, bzip2 or xz, which its first bytes tell.

    Raises:
        StageError: it is packed in another way.
    """
    with path.open("rb") as file:
        head = file.read(8)
    for magic, program in _PACKED.items():
        if head.startswith(magic):
            raise StageError(f"{path} is packed by {program}: unpack it first; gzip, bzip2 and xz are read as they are")
    for magic, opener in _MAGIC.items():
        if head.startswith(magic):
            return cast(BinaryIO, opener(path, "rb"))
    return path.open("rb")


class _UpToTheCut(io.RawIOBase):
    """A compressed file that ends early ends where it does, as others do, and not at the block before."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = cast(io.BufferedIOBase, self._file).read1(len(buffer))
        except EOFError:
            return 0
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def open_stream(path: Path) -> Iterator[BinaryIO]:
    """Open a file that may be compressed, to be read from beginning to end, up to where it was cut.

    Raises:
        StageError: packed by a program that is not known, or damaged.
    """
    with open_binary(path) as file:
        try:
            yield cast(BinaryIO, io.BufferedReader(_UpToTheCut(file)))
        except (OSError, zlib.error, lzma.LZMAError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk's fault, not the file's
            raise StageError(f"{path} is damaged ({error}): copy or pack it again") from error


class Lines:
    """Lines of a text file, counted.

    Attributes:
        number: Of the line that was read last, from 1.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._ahead: list[str] = []
        self.number = 0

    def next(self) -> str | None:
        """The next line with its end, None at the end of the file."""
        lines = self.take(1)
        return lines[0] if lines else None

    def peek(self, ahead: int = 1) -> str | None:
        """A line further on, which is still to be read; None where the file ends before."""
        while len(self._ahead) < ahead:
            line = self._read(1)
            if not line:
                return None
            self._ahead += line
        return self._ahead[ahead - 1]

    def take(self, n: int) -> list[str]:
        """The next n lines, fewer at the end of the file."""
        lines, self._ahead = self._ahead[:n], self._ahead[n:]
        if len(lines) < n:
            lines += self._read(n - len(lines))
        self.number += len(lines)
        return lines

    def block(self, n: int) -> list[str] | None:
        """The next n lines, None where the file ends before the last of them does."""
        lines = self.take(n)
        return lines if len(lines) == n and _ended(lines) else None

    def _read(self, n: int) -> list[str]:
        lines = []
        for line in islice(self._file, n):
            if "\0" in line:  # a disk that lost power: what follows was never written
                break
            lines.append(line)
        return lines


def _ended(lines: Sequence[str]) -> bool:
    """Whether the last line is whole: it ends, or is as long as the one before in a file without an end of line."""
    if not lines or lines[-1].endswith("\n"):
        return True
    last, before = lines[-1].split(), lines[-2].split() if len(lines) > 1 else []
    return len(last) == len(before) > 0 and len(last[-1]) >= len(before[-1])


@contextmanager
def read_lines(path: Path) -> Iterator[Lines]:
    """A text file's lines; bytes that are not UTF-8, as in titles, are replaced.

    Raises:
        StageError: packed by a program that is not known, or damaged.
        Unreadable: no text.
    """
    with open_stream(path) as file:
        if b"\0" in cast(io.BufferedReader, file).peek(1024)[:1024]:
            raise Unreadable("it is no text file")
        yield Lines(io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace"))
