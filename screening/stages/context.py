"""What every stage is given."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class StageCall:
    """One call of a stage.

    Attributes:
        inputs: Files to read, in the order the rule lists them.
        output: The file the stage is done with; it is written last.
        settings: The stage's part of the config, a model of `screening.config.stages`.
        options: What the rule's wildcards say, such as the temperature.
        threads: CPU threads it may use.
        base: Folder that relative paths in the config refer to.
    """

    inputs: tuple[Path, ...]
    output: Path
    settings: Any
    options: dict[str, str] = field(default_factory=dict)
    threads: int = 1
    base: Path = Path()

    def named(self, name: str) -> Path:
        """The one input with this file name."""
        (path,) = [path for path in self.inputs if path.name == name]
        return path

    @property
    def rung(self) -> str:
        """What names of files made at a rung of the campaign end with, "" at the last."""
        return self.options.get("rung", "")

    def all_named(self, name: str) -> list[Path]:
        """All inputs with this file name."""
        return [path for path in self.inputs if path.name == name]
