"""Fixed motions: five for each body, each of them calls that its body knows, and no two alike."""

import pytest

from rewardlab.rewards.language import bodies
from rewardlab.rewards.language.cost_spec import Spec
from rewardlab.rewards.language.fixed_motions import PRIMITIVES
from rewardlab.rewards.language.reward_calls import apply, read_calls


@pytest.mark.parametrize("body", [bodies.HOPPER, bodies.WALKER, bodies.REACHER, bodies.PUSHER], ids=lambda b: b.name)
def test_five_different_motions(body):
    specs = {apply(read_calls(text, body), Spec.default(body), body)[0] for text in PRIMITIVES[body.name].values()}
    assert len(specs) == 5 == len(PRIMITIVES[body.name])
