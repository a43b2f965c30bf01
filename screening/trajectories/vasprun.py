"""VASP's vasprun.xml: positions and cell of each step, the time step from POTIM.

Read here step by step, because ASE and pymatgen keep the whole file in memory, bands and all.
"""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, iterparse

import numpy as np

from screening.trajectories.frame import Floats, Frame, Source, Unreadable, cut
from screening.trajectories.text import open_stream


def read_vasprun(source: Source) -> Iterator[Frame]:
    """The structures of the calculations in a vasprun.xml, one a step.

    Raises:
        Unreadable: no vasprun.xml, not of molecular dynamics, or damaged within.
    """
    symbols: tuple[str, ...] = ()
    settings: dict[str, str] = {}
    count = 0
    with open_stream(source.path) as file:
        events = iterparse(file, events=("start", "end"))
        try:
            _, root = next(events)
            if root.tag != "modeling":
                raise Unreadable(f"it is no vasprun.xml, it begins with <{root.tag}>")
            for event, element in events:
                if event == "start":
                    continue
                if element.tag in ("incar", "parameters"):
                    settings |= {item.get("name", ""): (item.text or "").strip() for item in element.iter("i")}
                elif element.tag == "atominfo":
                    rows = element.iterfind("array[@name='atoms']/set/rc")
                    symbols = tuple((row[0].text or "").strip() for row in rows)
                elif element.tag == "calculation":
                    if count == 0:
                        _check_dynamics(settings)
                    count += 1
                    yield _frame(element, symbols, count, settings)
                    root.clear()
        except (ParseError, StopIteration) as error:
            if not symbols:
                raise Unreadable(f"it ends before its atoms are named: copy it again ({error})") from None
            cut(source, count + 1, f" ({error})")
    if count == 0:
        source.note(f"{source.path} holds no calculation")


def _check_dynamics(settings: dict[str, str]) -> None:
    if settings.get("IBRION", "0") != "0":
        raise Unreadable(
            f"it is no molecular dynamics: IBRION is {settings['IBRION']}, 0 is needed; its structures are "
            "no frames in time"
        )


def _times(settings: dict[str, str], count: int) -> dict[str, Any]:
    """Time of a step from POTIM; the time step alone where ML_OUTBLOCK leaves open which steps were written."""
    if "POTIM" not in settings:
        return {}
    step_fs = float(settings["POTIM"])
    if int(settings.get("ML_OUTBLOCK", "1")) > 1:
        return {"md_step_fs": step_fs}
    return {"time": count * step_fs, "time_unit_fs": 1.0}


def _frame(element: Element, symbols: tuple[str, ...], count: int, settings: dict[str, str]) -> Frame:
    structure = element.find("structure")
    if structure is None:
        raise Unreadable(f"step {count} holds no structure, as VASP writes with ML_OUTPUT_MODE = 0: give the XDATCAR")
    cell = _vectors(structure, "crystal/varray[@name='basis']", count)
    fractional = _vectors(structure, "varray[@name='positions']", count)
    if cell.shape != (3, 3) or len(fractional) != len(symbols):
        raise Unreadable(f"step {count} has {len(fractional)} positions of {len(symbols)} atoms")
    return Frame(symbols, fractional, cell, **_times(settings, count))


def _vectors(structure: Element, name: str, count: int) -> Floats:
    rows = [(row.text or "").split() for row in structure.iterfind(f"{name}/v")]
    try:
        return np.array(rows, dtype=np.float64).reshape(-1, 3)
    except ValueError:
        bad = next((row for row in rows if len(row) != 3 or any("*" in word for word in row)), rows[:1])
        raise Unreadable(f"step {count}: {' '.join(map(str, bad))!r} is no vector") from None
