"""Rates and times of several orderings together."""

import numpy as np
import pytest

from screening.config.transport import LocalPictureConfig, TransportConfig
from screening.local import local_picture
from screening.local.orderings import local_picture_of_orderings
from screening.local.record import LocalRecord
from screening.local.sites import Sites
from screening.transport import analyse_temperature
from tests.lattice import EDGE, lone_walkers

SETTINGS = TransportConfig(equilibration_fraction=0.0)
PICTURE = LocalPictureConfig(min_residence_ps=0.0)


def walk(seed, rate, n_frames=2000):
    return lone_walkers(np.random.default_rng(seed), "sc", 3, 20, n_frames, rate)


def picture_of(runs, labels, weights=None):
    record = analyse_temperature(
        runs, mobile="Li", charge=1.0, temperature_K=600.0, settings=SETTINGS, orderings=labels
    )
    sites = Sites(walk(0, 0.1)[1], ("site",) * 27)
    groups = [(k, [r for r, label in zip(runs, labels, strict=True) if label == k]) for k in dict.fromkeys(labels)]
    found = local_picture_of_orderings(record, groups, SETTINGS, PICTURE, lambda _: (sites, None), weights)
    return record, found.picture or found


@pytest.mark.slow
def test_orderings_that_differ_are_averaged_and_widen_the_error():
    runs = [walk(1, 0.04)[0], walk(2, 0.08)[0]]
    record, found = picture_of(runs, [0, 3])
    rate = found.hop_rate_per_ion_per_ps
    assert rate.value == pytest.approx(0.6, rel=0.02)
    # Two that are 0.4 per ps apart: their mean is known to half of that, times Student's t of one degree of freedom.
    assert rate.error == pytest.approx(1.84 * 0.2, rel=0.1)
    own = [one.hop_rate_per_ion_per_ps for one in found.orderings]
    assert [one.value for one in own] == [pytest.approx(0.4, rel=0.05), pytest.approx(0.8, rel=0.05)]
    assert max(one.error for one in own) < 0.02
    assert [one.ordering for one in found.orderings] == [0, 3]
    assert found.hop_distance_A.value == pytest.approx(EDGE)
    # Walkers that ignore each other have f = 1 in every ordering, and so over all.
    assert found.correlation_factor.value == pytest.approx(1.0, abs=0.1)
    expected = record.tracer_diffusivity_cm2_s / found.random_walk_diffusivity_cm2_s.value
    assert found.correlation_factor.value == pytest.approx(expected)
    residence = [1 / one.value for one in own]
    assert found.residence_ps["site"].value == pytest.approx(np.mean(residence), rel=0.02)


@pytest.mark.slow
def test_orderings_weigh_by_what_they_stand_for_and_replicas_stay_with_theirs():
    long, short = walk(1, 0.04, 3000)[0], walk(2, 0.08, 1000)[0]
    _, found = picture_of([long, short], [0, 1])
    assert found.hop_rate_per_ion_per_ps.value == pytest.approx(0.6, rel=0.05)
    _, found = picture_of([long, short], [0, 1], {0: 3, 1: 1})
    assert found.hop_rate_per_ion_per_ps.value == pytest.approx(0.75 * 0.4 + 0.25 * 0.8, rel=0.05)
    _, replicas = picture_of([long, short], [0, 0])
    assert len(replicas.orderings) == 1
    # Of replicas there is one rate, with the error of counting.
    assert replicas.hop_rate_per_ion_per_ps.error < 0.02


@pytest.mark.slow
def test_one_ordering_is_its_own_local_picture():
    run = walk(1, 0.05)[0]
    record, found = picture_of([run], [0])
    alone = local_picture(
        [run], mobile="Li", temperature_K=600.0, settings=PICTURE, sites=Sites(walk(0, 0.1)[1], ("site",) * 27)
    )
    assert record.verdict == "resolved"
    for key in ("hop_rate_per_ion_per_ps", "random_walk_diffusivity_cm2_s"):
        assert getattr(found, key).as_dict() == pytest.approx(getattr(alone, key).as_dict())
    assert (len(found.orderings), alone.orderings) == (1, ())


def test_no_picture_of_what_cannot_be_followed():
    record, found = picture_of([walk(1, 0.05, 20)[0]], [0])
    assert found == LocalRecord(temperature_K=600.0, missing=record.reason)
