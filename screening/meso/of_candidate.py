"""The layers of a boundary that a campaign ran, from its own runs and those of the crystals beside it."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from screening.candidates.record import CandidateRecord
from screening.errors import StageError
from screening.meso.files import layers_of_files
from screening.meso.record import Conduction, Layers
from screening.meso.usual import WIDTH_A
from screening.trajectories.run_record import RunRecord, RunStatus

#: Runs by temperature, as it stands in paths.
Runs = Mapping[str, Sequence[Path]]


def layers_of_candidate(
    made: CandidateRecord,
    mobile: str,
    own: Runs,
    beside: Sequence[Runs],
    *,
    lags_ps: tuple[float, float] | None = None,
    width_A: float = WIDTH_A,
    still: Conduction | None = None,
) -> list[Layers]:
    """Layers at each temperature at which a boundary and all crystals beside it were run, coldest first.

    Boundaries lie where the grains were joined. Those of a grain boundary are taken as one where symmetry makes them
    one, and those of an interface are told apart.

    Args:
        made: The boundary.
        mobile: Element of the mobile ion.
        own: Folders of its runs.
        beside: Of the crystal's runs; of an interface of both crystals', the lower one's first.
        lags_ps: Short and long lag; None for what the runs' length allows.
        width_A: Of a layer, about.
        still: Of an interface, in place of runs the upper crystal where that holds no mobile ion.

    Raises:
        StageError: it is no boundary, or as `layers_of_files`.
    """
    facts = made.boundary
    if facts is None or facts.bulk is None:
        raise StageError(f"{made.id} is no boundary; rules with `grain_boundary` or `interface` make them")
    shared = [name for name in own if all(name in runs for runs in beside)]
    plane, second = heights_A(made)
    return [
        layers_of_files(
            own[name],
            mobile=mobile,
            charge=made.oxidation_states[mobile],
            temperature_K=float(name),
            crystal=beside[0][name],
            other_crystal=beside[1][name] if len(beside) > 1 else (),
            lags_ps=lags_ps,
            width_A=width_A,
            plane_A=plane,
            second_A=second,
            folded=facts.alike,
            charges=made.oxidation_states,
            still=still,
        )
        for name in sorted(shared, key=float)
    ]


def still_crystal(structure: Mapping[str, Any], mobile: str) -> Conduction | None:
    """What conducts in a crystal without mobile ions, nothing; None for one that holds some.

    Args:
        structure: Relaxed, as pymatgen writes structures; its first two vectors lie in the plane.
        mobile: Element of the mobile ion.
    """
    if any(species["element"] == mobile for site in structure["sites"] for species in site["species"]):
        return None
    matrix = np.array(structure["lattice"]["matrix"], dtype=np.float64)
    area = float(np.linalg.norm(np.cross(matrix[0], matrix[1])))
    ways = [f"{way}{error}" for way in ("in_plane", "across") for error in ("", "_error")]
    return Conduction(
        files=(),
        n_ions=0,
        period_A=abs(float(np.linalg.det(matrix))) / area,
        area_A2=area,
        **{f"{way}_{unit}": 0.0 for way in ways for unit in ("cm2_s", "mS_cm")},
    )


def heights_A(made: CandidateRecord) -> tuple[float, float | None]:
    """Height of one boundary, and that of the other above it where the crystals differ; of the first way of joining.

    The lower grain begins at 0, and a boundary is in the middle of the gap.
    """
    facts, how = made.boundary, made.orderings[0].boundary
    if facts is None or how is None:
        return 0.0, None
    return -how.gap_A / 2, facts.grain_A + how.gap_A if facts.other is not None else None


def whole_runs(paths: Iterable[Path]) -> dict[str, list[Path]]:
    """Folders of the runs of a candidate that were made whole, by temperature as it stands in paths.

    Args:
        paths: Their md.json.
    """
    found: dict[str, list[Path]] = {}
    for path in paths:
        if RunRecord.read(path).status is RunStatus.COMPLETE:
            found.setdefault(path.parent.parent.name.removesuffix("K"), []).append(path.parent)
    return found


def runs_in(folder: Path) -> dict[str, list[Path]]:
    """The same of all runs in a candidate's folder."""
    return whole_runs(sorted(folder.glob("*K/o*_r*/md.json")))
