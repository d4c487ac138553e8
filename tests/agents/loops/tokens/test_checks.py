"""Numbers that are counts, and those that are not."""

import numpy as np
import pytest

from rewardlab.agents.loops.tokens.checks import counts, whole_number
from rewardlab.core.errors import BadOption


def test_whole_numbers():
    assert whole_number(np.int64(3), where="learn") == 3 and whole_number(0, where="learn") == 0
    for wrong in (-1, 1.0, True, "3", None):
        with pytest.raises(BadOption, match="total_timesteps"):
            whole_number(wrong, where="learn")


def test_counts():
    counts("here", groups=1, epochs=7)
    counts("here", least=0, workers=0)
    for wrong in (0, -1, 1.0, True, None):
        with pytest.raises(BadOption, match="epochs"):
            counts("here", groups=1, epochs=wrong)
