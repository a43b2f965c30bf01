"""Running real campaigns through Snakemake, each in a folder of its own."""

import pytest

from tests.campaigns import CampaignFolder


@pytest.fixture(scope="module")
def campaign_folder(tmp_path_factory):
    """Makes campaign folders."""

    def make(campaign: dict, name: str = "run") -> CampaignFolder:
        return CampaignFolder(tmp_path_factory.mktemp(name), campaign)

    return make
