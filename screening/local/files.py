"""Trajectories from files, analysed as those of a campaign are."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from screening.config.transport import LocalPictureConfig, TransportConfig
from screening.local.orderings import local_picture_of_orderings
from screening.local.record import TransportOfFiles
from screening.trajectories.readers import read_trajectory
from screening.transport.analysis import analyse_temperature


def analyse_files(
    paths: Sequence[Path],
    *,
    mobile: str,
    charge: float,
    temperature_K: float,
    frame_interval_fs: float | None = None,
    settings: TransportConfig | None = None,
    stride: int = 1,
    elements: Mapping[int, str] | None = None,
    format: str | None = None,
    orderings: Sequence[int] | None = None,
    local: bool = False,
) -> TransportOfFiles:
    """`analyse_temperature` on files: replicas or orderings of one material at one temperature.

    Args:
        paths: One or more trajectories; see `read_trajectory` for these and the other arguments.
        mobile: Element of the mobile ions.
        charge: Of one ion in elementary charges.
        temperature_K: Temperature of the runs in K.
        settings: Fit window and thresholds; the defaults where None.
        orderings: Which ordering each file is of; replicas of one ordering where None.
        local: Add `local`: `local_picture_of_orderings`, with sites from the density.

    Raises:
        StageError: see `read_trajectory`, `analyse_temperature` and `local_picture`.
    """
    chosen = settings or TransportConfig()
    trajectories = [
        read_trajectory(path, frame_interval_fs=frame_interval_fs, stride=stride, elements=elements, format=format)
        for path in paths
    ]
    record = analyse_temperature(
        trajectories,
        mobile=mobile,
        charge=charge,
        temperature_K=temperature_K,
        settings=chosen,
        orderings=orderings,
    )
    named = tuple(map(str, paths))
    if not local:
        return TransportOfFiles.of(record, files=named)
    labels = orderings or [0] * len(trajectories)
    groups = (
        (label, [t for t, own in zip(trajectories, labels, strict=True) if own == label])
        for label in dict.fromkeys(labels)
    )
    picture = local_picture_of_orderings(record, groups, chosen, LocalPictureConfig())
    return TransportOfFiles.of(record, files=named, local=picture)
