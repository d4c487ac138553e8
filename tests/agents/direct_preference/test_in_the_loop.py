"""In the loop over recorded comparisons a small language model prefers what was preferred, under each objective."""

from functools import partial

import numpy as np
import pytest
import torch
from token_worlds import policy

from rewardlab.agents import direct_preference as dp
from rewardlab.agents.loops.preferences import Comparison, PreferenceAgent, compared
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.parts.reference import Follower

# the first response is liked, the second not; the third is another prompt's, or the reference's
DATA = [
    Comparison(f"say {c}", [c, "h", "g"], [1.0, -1.0, 0.0], {"calibration": [0, 0, 1], "mismatched": [0, 0, 1]})
    for c in "abcd"
]


def lead(of):
    """By how much more likely the liked responses are than the disliked ones, [P]."""
    group = compared(of, DATA)
    logp = (of.logp(group.info["tokens"], group.mask) * group.mask).sum(-1)
    return (logp[:, 0] - logp[:, 1]).detach()


@pytest.mark.parametrize(
    "objective",
    [
        partial(dp.dpo, beta=0.5),
        partial(dp.ipo, beta=0.5),
        dp.slic,
        partial(dp.kto, beta=0.5),
        partial(dp.lipo, beta=0.5),
        partial(dp.vpo, beta=0.5),
        dp.simpo,
        partial(dp.brain, gamma=1.0),
    ],
    ids=lambda f: getattr(f, "func", f).__name__,
)
def test_what_was_liked_becomes_likelier(objective):
    agent = PreferenceAgent(DATA, policy(), objective, batch_size=4, learning_rate=3e-3)
    before = lead(agent.policy)
    agent.learn(4 * 15)
    assert (lead(agent.policy) > before + 0.5).all() and np.isfinite(agent.told["loss"])


def test_self_play_moves_its_reference_to_the_policy_when_a_round_ends():
    own = policy()
    opponent = Follower(own.model)
    spin = dp.SPIN(3, weights=(0.5, 1.0), moves=[opponent.update])
    reference = TokenPolicy(opponent.module, own.vocabulary)
    agent = PreferenceAgent(DATA, own, spin, batch_size=4, learning_rate=3e-3, reference=reference, moving=True)
    apart = []

    def watch(now):
        both = zip(own.model.parameters(), opponent.module.parameters(), strict=True)
        apart.append((not all(torch.equal(a, b) for a, b in both), spin.weight))

    agent.learn(4 * 6, callback=watch)
    assert apart == [(True, 0.5), (True, 0.5), (False, 1.0), (True, 1.0), (True, 1.0), (False, 1.0)]
    with torch.no_grad():
        assert torch.equal(lead(own), lead(reference))
