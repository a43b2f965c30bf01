"""What the documentation prints to be typed: blocks, commands and pieces of Python of its pages."""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "howto").glob("*.md"))]
# What stands for something that the reader names.
PLACEHOLDER = re.compile(r"\.\.\.|…")


def blocks(page: Path) -> Iterator[str]:
    """Indented and fenced blocks of a page, without their indentation."""
    text = page.read_text(encoding="utf-8")
    yield from re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for found in re.findall(r"(?:^    .*\n(?:\s*\n(?=    ))?)+", text, re.MULTILINE):
        yield textwrap.dedent(found)


def lines(page: Path) -> Iterator[str]:
    """Lines of blocks; one that goes on after a backslash is one."""
    for block in blocks(page):
        yield from (line.strip() for line in block.replace("\\\n", " ").splitlines())


def commands(page: Path) -> Iterator[tuple[str, bool]]:
    """Commands of the program in blocks, and those with an option in a line of text, which may lack their arguments."""
    text = page.read_text(encoding="utf-8")
    found = [(line, True) for line in lines(page)]
    found += [(one, False) for one in re.findall(r"`(screening [^`\n]+)`", text) if " --" in one]
    for line, whole in found:
        if re.match(r"screening [a-z]", line) and not PLACEHOLDER.search(line):
            yield line, whole
