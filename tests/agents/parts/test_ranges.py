"""Parameters outside their ranges are named."""

import numpy as np
import pytest

from rewardlab.agents.parts import ranges
from rewardlab.core.errors import BadOption

NEVER = (float("nan"), float("inf"), -0.1, "0.1", None, [1.0])


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (ranges.above_0, (0.1, 1, np.float32(2.0)), (0, *NEVER)),
        (ranges.at_least_0, (0, 0.0, 3, np.int64(4)), NEVER),
        (ranges.shares, (0, 0.5, 1), (1.1, *NEVER)),
        (ranges.below_1, (0, 0.999), (1, *NEVER)),
    ],
)
def test_a_number_outside_its_range_is_named_with_who_was_given_it(check, good, bad):
    for value in good:
        check("dpo", beta=value, flip=value)
    for value in bad:
        with pytest.raises(BadOption, match="dpo: flip="):
            check("dpo", beta=0.5, flip=value)
