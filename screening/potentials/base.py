"""What a potential is."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Potential:
    """A potential ready for use and what identifies it.

    Attributes:
        calculator: ASE calculator; energy in eV, forces in eV/Angstrom, stress in eV/Angstrom^3.
        name: As in the config.
        version: Of the model or the package that holds it.
        functional: The electronic-structure method it was trained on, or "unknown".
        checksum: SHA-256 of the weights, or of what else defines it.
        precision: "single" or "double"; "unknown" where only a factory knows.
        device: "cpu" or "cuda"; "unknown" where only a factory knows.
    """

    calculator: Any
    name: str
    version: str
    functional: str
    checksum: str
    precision: str = "unknown"
    device: str = "unknown"

    def record(self) -> dict[str, str]:
        """What goes into every record made with it."""
        return {
            "name": self.name,
            "version": self.version,
            "functional": self.functional,
            "checksum": self.checksum,
            "precision": self.precision,
            "device": self.device,
        }
