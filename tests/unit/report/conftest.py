"""One synthetic campaign, rendered once."""

from pathlib import Path

import pytest

from tests import synthetic


@pytest.fixture(scope="session")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished campaign with every verdict and a candidate whose name attacks the page."""
    folder = tmp_path_factory.mktemp("results") / "argyrodites"
    return synthetic.write_campaign(folder, [*synthetic.CASES, synthetic.HOSTILE])
