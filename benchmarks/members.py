"""Members of a committee beside each other: D* of each by itself, at all temperatures of finished campaigns.

    python -m benchmarks.members RESULTS [RESULTS ...]        folders of campaigns, each with its candidates/

Both members ran the same ordering at the same temperature. Where each is resolved by itself, ln of the ratio of their
diffusivities is compared with what sampling explains. What two students differ by may be the same at every temperature
and in every candidate of their family, so the limit rests on how many committees there are, and not on how many pairs.
A second or two for each run. The table is benchmarks/members.csv.
"""

import argparse
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.student_spread import spread_between
from screening.config.transport import TransportConfig
from screening.records import read_json, write_json, write_table
from screening.trajectories.run_record import RunRecord
from screening.trajectories.storage import read_trajectory
from screening.trajectories.trajectory import Trajectory
from screening.transport.analysis import analyse_temperature
from screening.transport.record import TransportRecord

TABLE = Path(__file__).with_name("members.csv")
RESULTS = Path(__file__).with_name("results.json")
# Edges of the bands of temperature that are told apart, K.
COLD, WARM = 350.0, 550.0


def members_of(folder: Path, mobile: str) -> dict[tuple[int, str], tuple[float, float]]:
    """D* and its error (cm2/s), where it is resolved, by ordering and student of this folder of a temperature."""
    runs: dict[tuple[int, str], list[Trajectory]] = {}
    for path in sorted(folder.glob(f"*/{RunRecord.FILE}")):
        record = RunRecord.read(path)
        if record.status == "complete" and record.driver.student_checksum:
            frames = read_trajectory(record.chunk_folder(path.parent), record.chunks)
            runs.setdefault((record.ordering, record.driver.student_checksum), []).append(frames)
    found = {}
    for which, own in runs.items():
        of = analyse_temperature(own, mobile=mobile, charge=1.0, temperature_K=1.0, settings=TransportConfig())
        if of.verdict == "resolved" and of.tracer_diffusivity_cm2_s and of.tracer_diffusivity_error_cm2_s:
            found[which] = (of.tracer_diffusivity_cm2_s, of.tracer_diffusivity_error_cm2_s)
    return found


def pairs(results: Path) -> Iterator[dict[str, Any]]:
    """Members of one committee in the same ordering at the same temperature."""
    for path in sorted(results.glob(f"candidates/*/*K/{TransportRecord.FILE}")):
        record = TransportRecord.read(path)
        if record.mobile is None:
            continue
        for (one, first), (other, second) in combinations(sorted(members_of(path.parent, record.mobile).items()), 2):
            if one[0] == other[0]:
                yield {
                    "campaign": results.name,
                    "id": path.parent.parent.name,
                    "temperature_K": record.temperature_K,
                    "students": f"{one[1][:8]} {other[1][:8]}",
                    "first_cm2_s": first[0],
                    "first_error_cm2_s": first[1],
                    "second_cm2_s": second[0],
                    "second_error_cm2_s": second[1],
                }


def independent(rows: list[dict[str, Any]]) -> int:
    """Differences between students that do not follow from one another: students less committees."""
    pairs_of = [row["students"].split() for row in rows]
    names, which = np.unique(np.array(pairs_of), return_inverse=True)
    first, second = which.reshape(-1, 2).T
    met = coo_array((np.ones(len(rows)), (first, second)), shape=(len(names),) * 2)
    return len(names) - int(connected_components(met, directed=False)[0])


def figures_of(rows: list[dict[str, Any]]) -> dict[str, float]:
    """By band: pairs, differences between students, the deviation of ln D* between these beyond sampling, its limit."""
    found: dict[str, float] = {}
    for name, low, high in (("cold", 0.0, COLD), ("warm", COLD, WARM), ("hot", WARM, np.inf)):
        own = [row for row in rows if low <= row["temperature_K"] < high]
        if len(own) < 2:
            continue
        one, two = (np.array([row[f"{which}_cm2_s"] for row in own]) for which in ("first", "second"))
        of_one, of_two = (np.array([row[f"{which}_error_cm2_s"] for row in own]) for which in ("first", "second"))
        differences = independent(own)
        spread, limit = spread_between(np.log(one / two), np.hypot(of_one / one, of_two / two), 0.0, differences)
        # A difference of two members has twice the variance of one.
        found |= {
            f"members_{name}_pairs": len(own),
            f"members_{name}_differences": differences,
            f"members_{name}_spread_D": round(spread / np.sqrt(2), 3),
            f"members_{name}_spread_D_high": round(limit / np.sqrt(2), 3),
        }
    return found


def main() -> None:
    """Analyse, write the table and the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+")
    folders = parser.parse_args().results
    rows = [row for results in folders for row in pairs(results)]
    if not rows:
        parser.error(
            f"{', '.join(map(str, folders))}: no two students ran one ordering at one temperature and both resolved "
            "D*; give folders of finished campaigns with student.committee above 1 and md.replicas as many"
        )
    write_table(TABLE, rows)
    figures = figures_of(rows)
    write_json(RESULTS, dict(sorted({**read_json(RESULTS), **figures}.items())))
    for key, value in figures.items():
        print(f"{key} = {value}")


if __name__ == "__main__":
    main()
