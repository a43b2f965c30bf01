"""SevenNet (Park et al. 2024, 10.1021/acs.jctc.4c00190); the weights of SevenNet-0 are in its wheel."""

from importlib.metadata import version

from screening.potentials.registry import Potential, weights_checksum


def load(argument: str, device: str) -> Potential:
    """Load SevenNet-0 (`sevenn`) or another model the wheel holds (`sevenn:NAME`)."""
    from sevenn.calculator import SevenNetCalculator

    model = argument or "7net-0"
    calculator = SevenNetCalculator(model, device=device)
    name = f"sevenn:{argument}" if argument else "sevenn"
    return Potential(
        calculator,
        name,
        version("sevenn"),
        "PBE/PBE+U (MPtrj)",
        weights_checksum(calculator.model.state_dict()),
    )
