import pytest

from stub_cluster import StubCluster


@pytest.fixture
def cluster(tmp_path):
    """What the scripts find, and how they called it."""
    return StubCluster(tmp_path)
