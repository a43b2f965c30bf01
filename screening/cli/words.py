"""Words and tables that several commands share."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


def clock(seconds: float) -> str:
    """A duration in words of two units at most."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def grid_of(heading: list[str], rows: list[list[str]]) -> "Table":
    """Rows below a heading, no field of them broken over lines."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 1, 0, 0))
    for title in heading:
        table.add_column(title, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table
