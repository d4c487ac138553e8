"""Random programs: refused with `BadProgram`, or paying what their Python pays."""

import pytest
from core.sandbox import fuzz


@pytest.mark.parametrize("seed", range(3))
def test_random_programs(seed: int) -> None:
    counts = fuzz.run(1000, seed)
    assert counts["refused"] + counts["accepted"] + counts["compared"] == 1000
    assert counts["compared"] > 350  # the grammar makes programs that are worth comparing
    assert counts["slowest"] < 1.0


@pytest.mark.slow
def test_many_random_programs() -> None:
    counts = fuzz.run(200_000, 1_000)
    assert counts["compared"] > 70_000
    assert counts["slowest"] < 1.0
