"""The local stage: every ordering that ran, sites and cages of the parent."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from screening.candidates.record import CandidateRecord, MadeOrdering
from screening.config.candidates import SublatticeSelector
from screening.config.dynamics import MDProtocol
from screening.config.stages import LocalSettings
from screening.config.transport import LocalPictureConfig, TransportConfig
from screening.dynamics.driver import Unwatched
from screening.dynamics.protocol import run_chunks
from screening.parents.base import Parent
from screening.parents.record import ParentsRecord
from screening.records import read_json, sha256_of
from screening.stages import local
from screening.stages.context import StageCall
from screening.trajectories.run_record import RunRecord, RunStatus
from screening.trajectories.storage import stored_chunks
from screening.transport.record import CandidateTransport, TransportVerdict
from tests.blank import blank
from tests.walkers import WalkingEngine, start

PROTOCOL = MDProtocol(duration_ps=20, sample_interval_fs=100, chunk_ps=20)
#: Whose 4 x 4 x 4 cell the walkers' is, with an O beside each Li for a cage's centre.
PARENT = Parent("cubes", Structure(Lattice.cubic(5.0), ["Li", "O"], [[0.5] * 3, [0.3] * 3]), "made for this test")


@pytest.fixture
def analysed(tmp_path):
    """local.json of two orderings, one run of the second failed, for some settings."""

    def run(**settings):
        paths = []
        for ordering, replica, status in (
            (0, 0, RunStatus.COMPLETE),
            (1, 0, RunStatus.COMPLETE),
            (1, 1, RunStatus.FAILED),
        ):
            folder = tmp_path / f"o{ordering}_r{replica}"
            if not folder.exists():
                engine = WalkingEngine(rate=0.02 * (ordering + 1))
                run_chunks(folder / "chunks", start(), Unwatched(engine), PROTOCOL, 600.0, 1, "p")
            chunks = {path.name: sha256_of(path) for path in stored_chunks(folder / "chunks")}
            paths.append(folder / "md.json")
            blank(RunRecord, ordering=ordering, status=status, chunks=chunks).write(paths[-1])
        made = (blank(MadeOrdering, degeneracy=1, structure={}),) * 2
        blank(CandidateRecord, parent="cubes", orderings=made).write(tmp_path / "candidate.json")
        blank(ParentsRecord, parents={"cubes": PARENT.to_record()}).write(tmp_path / "parents.json")
        transport = {"verdict": TransportVerdict.UPPER_BOUND, "temperature_K": 600.0, "mobile": "Li"}
        blank(CandidateTransport, id="x", **transport).write(tmp_path / "transport.json")
        chosen = LocalSettings(
            mobile_ion="Li", transport=TransportConfig(), local_picture=LocalPictureConfig(**settings)
        )
        inputs = {name: [tmp_path / f"{name}.json"] for name in ("transport", "candidate", "parents")}
        local.run(StageCall({**inputs, "runs": paths}, tmp_path / "local.json", chosen))
        return read_json(tmp_path / "local.json")

    return run


@pytest.mark.slow
def test_all_orderings_that_ran_count(analysed):
    found = analysed()
    assert [one["ordering"] for one in found["orderings"]] == [0, 1]
    rates = [one["hop_rate_per_ion_per_ps"]["value"] for one in found["orderings"]]
    assert found["hop_rate_per_ion_per_ps"]["value"] == pytest.approx(np.mean(rates))
    assert found["n_jumps_within_cages"] is None


@pytest.mark.slow
def test_sites_and_cages_are_the_parents(analysed):
    found = analysed(sites="parent", cages=SublatticeSelector(element="O"))
    assert len(found["site_kinds"]) == 64
    assert set(found["site_kinds"]) == {"3a"}
    # Every site has a cage of its own.
    assert found["n_jumps_within_cages"] == 0
    assert found["n_jumps_between_cages"] == found["n_jumps"] > 0
