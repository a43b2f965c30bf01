"""The page reads what the stages' functions really return, not what the synthetic records guess."""

from pathlib import Path

import numpy as np
import pytest

from screening.config.transport import ArrheniusConfig, LocalPictureConfig, TransportConfig
from screening.local import equation_one, local_picture
from screening.local.record import LocalRecord
from screening.records.origin import Provenance
from screening.report.collect import collect
from screening.report.detail import condense
from screening.report.local import condense_equation, condense_local
from screening.trajectories.trajectory import Trajectory
from screening.transport import analyse_arrhenius, analyse_temperature
from screening.transport.line_record import CandidateLine
from screening.transport.record import CandidateTransport
from tests import synthetic
from tests.blank import blank

TEMPERATURES = (600.0, 800.0, 1000.0)


def walk(seed: int, step_A: float) -> Trajectory:
    """Eight ions walking among a still framework."""
    random = np.random.default_rng(seed)
    framework = np.stack(np.meshgrid(*[np.arange(3) * 4.0] * 3), axis=-1).reshape(-1, 3)
    ions = np.cumsum(random.normal(0.0, step_A, (1500, 8, 3)), axis=0) + random.uniform(0, 12, (8, 3))
    still = framework + random.normal(0.0, 0.05, (1500, len(framework), 3))
    symbols = ["Li"] * 8 + ["P", "S", "S"] * 9
    return Trajectory(
        symbols=tuple(symbols),
        positions=np.concatenate([ions, still], axis=1),
        cells=np.eye(3) * 12.0,
        frame_interval_fs=50.0,
    )


@pytest.fixture(scope="module")
def analysed() -> tuple[list[dict], dict, dict, dict]:
    points, pictures = [], {}
    for i, temperature in enumerate(TEMPERATURES):
        trajectory = walk(i, 0.25 + 0.1 * i)
        points.append(
            analyse_temperature(
                [trajectory], mobile="Li", charge=1.0, temperature_K=temperature, settings=TransportConfig()
            )
        )
        pictures[temperature] = local_picture(
            [trajectory], mobile="Li", temperature_K=temperature, settings=LocalPictureConfig()
        )
    fit = analyse_arrhenius(points, settings=ArrheniusConfig())
    equation = equation_one(points, pictures, fit, settings=LocalPictureConfig(), arrhenius_settings=ArrheniusConfig())
    return points, pictures, fit, equation


@pytest.mark.slow
def test_real_transport_records(analysed: tuple, tmp_path: Path) -> None:
    points, _, fit, _ = analysed
    folder = synthetic.write_campaign(tmp_path, synthetic.CASES[1:2])
    (candidate,) = (folder / "candidates").iterdir()
    for old in candidate.glob("*K/*.json"):
        old.unlink()
    for point in points:
        whole = CandidateTransport.of(point, id=candidate.name, provenance=blank(Provenance))
        whole.write(candidate / f"{point.temperature_K:g}K" / "transport.json")
    CandidateLine.of(fit, id=candidate.name, provenance=blank(Provenance)).write(candidate / "arrhenius.json")
    data = condense(collect(folder).candidates[0], "Li")
    assert [t["T"] for t in data["temperatures"]] == list(TEMPERATURES)
    for t, point in zip(data["temperatures"], points, strict=True):
        assert t["D"] == pytest.approx(point.tracer_diffusivity_cm2_s, rel=1e-3)
        assert len(t["msd"]["t"]) == len(t["msd"]["m"]) == len(t["msd"]["f"])
        assert t["msd"]["t"][-1] == pytest.approx(point.msd.lag_ps[-1], rel=1e-3)
        assert len(t["eigen"]) == 3
    assert data["fit"]["verdict"] == "resolved"
    assert data["fit"]["curve"]["y"][-1] == pytest.approx(fit.curve.diffusivity_cm2_s[-1], rel=1e-3)


@pytest.mark.slow
def test_real_local_pictures(analysed: tuple) -> None:
    _, pictures, _, _ = analysed
    for temperature, picture in pictures.items():
        local = condense_local(LocalRecord(temperature_K=temperature, picture=picture))
        assert local["T"] == temperature
        assert {label for label, *_ in local["scalars"]} >= {"Hop rate", "Random-walk diffusivity"}
        assert set(local["pairs"]["of"]) == set(picture.pair_distributions)
        for pair in local["pairs"]["of"].values():
            assert len(local["pairs"]["r"]) == len(pair["g"]) > 20
        assert all(len(site) == 7 for site in local["sites"])


@pytest.mark.slow
def test_real_equation(analysed: tuple) -> None:
    equation = condense_equation(analysed[3])
    assert {symbol for symbol, *_ in equation["variables"]} >= {"ΔH", "f", "a", "H_R"}
    assert equation["charge"] == 1.0
