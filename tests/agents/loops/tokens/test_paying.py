"""Pay by rewards: where it stands, what a reward is shown, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from token_worlds import played

from rewardlab.agents.loops.tokens.paying import paid, transitions
from rewardlab.core.errors import BadReward
from rewardlab.core.reward import Reward
from rewardlab.rewards import Column, GatedAccumulation


class Letters(Reward):
    """Pays the number of letters of the last answer, and counts what it has learned from."""

    learns = True

    def __init__(self):
        self.seen = 0

    def __call__(self, batch):
        return np.array([len(a) for a in batch.action], dtype=float)

    def update(self, batch):
        self.seen += len(batch)
        return {"seen": float(self.seen)}


def test_a_dialogue_is_one_step():
    r = played()
    batch = transitions(r).check()
    assert batch.shape == (6,) and batch.terminated.all() and not batch.truncated.any()
    assert batch.obs[2] == r.messages[1][0][0]["content"] and batch.action[5] == r.messages[2][1][-2]["content"]
    assert batch.next_obs[0].splitlines()[0] == f"partner: {batch.obs[0]}"
    assert np.array_equal(batch.reward, r.reward.flatten()) and batch.info["messages"][3] is r.messages[1][1]


def test_pay_stands_on_the_last_turn_and_is_learned_from():
    r, reward = played(), Letters()
    made, told = paid(r, reward)
    lengths = torch.tensor([[len(d[-2]["content"]) for d in g] for g in r.messages], dtype=torch.float32)
    assert torch.equal(made.reward, lengths) and reward.seen == 6 and told["seen"] == 6
    assert torch.equal(made.turn_reward.sum(-1), lengths)
    assert torch.equal(made.turn_reward.gather(-1, r.turns[..., None] - 1)[..., 0], lengths)
    assert told["task"] == pytest.approx(float(r.reward.mean())) and told["hits"] == pytest.approx(
        float(r.parts["hits"].mean())
    )
    assert paid(r, None)[0] is r
    function, _ = paid(r, lambda rollouts: rollouts.success + 1)
    assert torch.equal(function.reward, r.success + 1)


def test_gates_see_the_parts_of_the_reward():
    """G-RA: the lower part counts in dialogues whose higher one passes the threshold."""
    hits, talk = torch.tensor([[0.0, 1.0], [0.5, 0.2], [0.7, 0.4]]), torch.tensor([[3.0, 3.0], [2.0, 2.0], [1.0, 1.0]])
    gated = GatedAccumulation((Column("part_hits"), Column("part_talk")), (0.5,))
    made, told = paid(replace(played(), parts={"hits": hits, "talk": talk}), gated)
    assert torch.allclose(made.reward, torch.tensor([[0.0, 4.0], [2.5, 0.2], [1.7, 0.4]]))
    assert told["talk"] == 2.0 and told["hits"] == pytest.approx(float(hits.mean()))


@pytest.mark.parametrize("pay", [np.zeros(6), np.zeros((2, 3)), np.full((3, 2), np.nan)])
def test_pay_of_the_wrong_kind_is_refused(pay):
    with pytest.raises(BadReward, match="P, G"):
        paid(played(), lambda rollouts: pay)
