"""The settings of tools that run foreign text."""

from types import SimpleNamespace

import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.tools.settings import check


def test_good_settings_pass():
    for sandbox in ("jail", "none"):
        check(SimpleNamespace(seconds=0.5, rows=1, sandbox=sandbox), "seconds", "rows")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"seconds": 0}, "seconds=0"),
        ({"seconds": float("nan")}, "seconds=nan"),
        ({"rows": -1}, "rows=-1"),
        ({"rows": float("inf")}, "rows=inf"),
        ({"sandbox": "docker"}, "sandbox='docker'"),
    ],
)
def test_bad_ones_are_named(changed, said):
    with pytest.raises(BadOption, match=said):
        check(SimpleNamespace(**{"seconds": 1.0, "rows": 1, "sandbox": "jail", **changed}), "seconds", "rows")
