"""The same losses in TRL: numbers that `peers/record_trl.py` recorded from its own code."""

import json
from pathlib import Path

import numpy as np
import pytest
from exact_groups import same, token_gradient

from rewardlab.agents.parts import advantage, ratio, reduce, surrogate
from rewardlab.agents.policy_gradient import dapo, dr_grpo, grpo, gspo, rloo
from rewardlab.core.batch import Group

RECORD = json.loads((Path(__file__).parent / "peers" / "trl.json").read_text())
GROUP = Group(**{k: np.array(v) for k, v in RECORD["inputs"].items()})


def dual_clip(group):
    loss = surrogate.dual_clip(ratio.token(group), advantage.normalised(group, 0.0), 0.2, 0.2, 1.3)
    return reduce.per_response(loss, group.mask)


OURS = {
    "grpo": lambda g: grpo(g, epsilon=0.0),
    "grpo_beta": lambda g: grpo(g, beta=0.04, epsilon=0.0),
    "dual_clip": dual_clip,
    "dr_grpo": lambda g: dr_grpo(g, beta=0.04, length=RECORD["longest"]),
    "dapo": lambda g: dapo(g, epsilon=0.0),
    "bnpo": lambda g: dapo(g, high=0.2, epsilon=0.0),
    "gspo": lambda g: gspo(g, low=0.2, high=0.2, epsilon=0.0),
    "rloo": rloo,
}


@pytest.mark.parametrize("name", RECORD["losses"])
def test_loss_and_gradient_are_those_of_trl(name):
    theirs = RECORD["losses"][name]
    assert OURS[name](GROUP).mean() == pytest.approx(theirs["loss"], rel=1e-9, abs=1e-12)
    same(token_gradient(OURS[name], GROUP), np.array(theirs["grad"]), rtol=1e-9, atol=1e-12)


def test_the_record_says_what_made_it_and_clips_something():
    assert RECORD["made_by"]["trl"] == "1.16.0"
    zero = np.array(RECORD["losses"]["grpo"]["grad"])[GROUP.mask != 0] == 0
    assert 0.05 < zero.mean() < 0.6
