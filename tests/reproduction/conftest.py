import pytest
from small_paper import SETS, Small, make_run, make_sets

from srcnn.reproduction import Report, reproduce


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Sets of a few pictures; of the trainings three are there, in either layout."""
    root = tmp_path_factory.mktemp("small")
    make_sets(root / "sets")
    make_run(root / "runs" / "sizes-x3" / "9-1-5")
    make_run(root / "runs" / "sizes-x3.9-3-5", seed=1)
    make_run(root / "runs" / "colours-9-1-5-x3" / "rgb", channels=3)
    return Small(root / "sets", root / "runs", root / "store")


@pytest.fixture(scope="session")
def report(small: Small) -> Report:
    """The report on them, measured once for all tests."""
    return reproduce(small.store, "0", data=small.data, runs=[small.runs], sets=tuple(SETS), processes=1)
