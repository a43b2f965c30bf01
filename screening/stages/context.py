"""What every stage is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from screening.errors import StageError


@dataclass(frozen=True)
class StageCall:
    """One call of a stage.

    Attributes:
        files: Files to read, by the name the rule gives them, in the order it lists them.
        output: The file the stage is done with; it is written last, and others that belong to it beside it.
        settings: The stage's part of the config, a model of `screening.config.stages`.
        options: What the rule's wildcards say, such as the temperature.
        threads: CPU threads it may use.
        base: Folder that relative paths in the config refer to.
    """

    files: Mapping[str, Sequence[Path]]
    output: Path
    settings: Any
    options: dict[str, str] = field(default_factory=dict)
    threads: int = 1
    base: Path = Path()

    def input(self, name: str) -> Path:
        """The one file of this name.

        Raises:
            StageError: there is none, or there are several.
        """
        paths = self.inputs(name)
        if len(paths) != 1:
            raise StageError(f"this stage reads one file as {name!r}; it was given {len(paths)}")
        return paths[0]

    def inputs(self, name: str) -> list[Path]:
        """All files of this name; none where the campaign has none."""
        return list(self.files.get(name, ()))

    def all_inputs(self, *but: str) -> list[Path]:
        """Every file of every name, except of those in `but`."""
        return [path for name, paths in self.files.items() if name not in but for path in paths]
