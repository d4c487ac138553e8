"""What token agents share: a step down an objective, answers with their dialogue, state."""

import math
from dataclasses import replace

import pytest
import torch
from token_worlds import equal, played, policy, reinforce

from rewardlab.agents.loops.tokens.agent import TokenAgent
from rewardlab.agents.loops.tokens.row import encoded
from rewardlab.agents.policy_gradient import EPO, SAFE
from rewardlab.core.errors import BadCheckpoint, BadOption, Diverged

OPTIONS = {
    "learning_rate": 1e-3,
    "max_grad_norm": 1.0,
    "weight_decay": 0.0,
    "reference": "initial",
    "temperature": 1.0,
    "max_tokens": 5,
    "micro_batch": None,
    "recompute": False,
    "seed": 0,
}


def agent(objective=reinforce, **options):
    return TokenAgent(policy(), objective, **{**OPTIONS, **options})


class Counting:
    """An objective with a state: it weighs each step half as much as the one before."""

    def __init__(self):
        self.steps = 0

    def __call__(self, group):
        return reinforce(group) * 0.5**self.steps

    def update(self, group):
        assert not group.logp.requires_grad
        self.steps += 1

    def state_dict(self):
        return {"steps": self.steps}

    def load_state_dict(self, state):
        self.steps = state["steps"]


@pytest.mark.parametrize("options", [{}, {"micro_batch": 2}, {"micro_batch": 1, "recompute": True}])
def test_a_step_goes_down_and_says_what_it_did(options):
    """Before the first step the ratio is 1: no divergence; after it the same loss is lower."""
    a, group = agent(**options), played().group()
    first = a.descend(group)
    assert first["approx_kl"] == pytest.approx(0, abs=1e-9) and first["kl_reference"] == pytest.approx(0, abs=1e-5)
    assert 0 < first["entropy"] < math.log(a.policy.vocabulary.size) and first["grad_norm"] > 0
    second = a.descend(group)
    assert second["loss"] < first["loss"] and second["approx_kl"] > 0 and a.updates == 2


@pytest.mark.parametrize("objective", [EPO(horizon=10, entropy_weight=1.0), SAFE(entropy_weight=1.0)])
def test_a_bonus_on_the_entropy_raises_it(objective):
    """Nothing else is paid: all advantages are 0."""
    a, group = agent(objective, learning_rate=1e-3), played().group()
    group = replace(group, reward=0 * group.reward, info={**group.info, "advantage": 0 * group.old_logp})
    entropies = [a.descend(group)["entropy"] for _ in range(4)]
    assert entropies == sorted(entropies) and entropies[-1] > entropies[0] + 0.002


def test_recomputing_and_micro_batches_step_alike():
    losses = []
    for options in ({}, {"micro_batch": 2}, {"micro_batch": 2, "recompute": True}):
        a, group = agent(**options), played().group()
        losses.append([a.descend(group)["loss"] for _ in range(3)])
    assert losses[1] == pytest.approx(losses[0], abs=1e-4) and losses[2] == pytest.approx(losses[1], abs=1e-6)


def test_a_run_goes_on_where_it_was():
    a, group = agent(Counting()), played().group()
    a.descend(group)
    state = a.state_dict()
    state = {k: v.copy() if isinstance(v, dict) else v for k, v in state.items()}
    b = agent(Counting())
    b.load_state_dict(state)
    assert b.objective.steps == 1 and a.descend(group) == b.descend(group)
    assert equal(a.state_dict(), b.state_dict())
    with pytest.raises(BadCheckpoint, match="objective"):
        agent().load_state_dict(state)


def test_answers_carry_their_dialogue():
    a = agent()
    said, dialogue = a.predict("say a", deterministic=True)
    again, _ = a.predict("say a", deterministic=True)
    assert said == again and [m["role"] for m in dialogue] == ["partner", "agent"] and dialogue[1]["content"] == said
    _, longer = a.predict("now b", dialogue)
    assert longer[:2] == dialogue and len(longer) == 4 and len(dialogue) == 2
    many, states = a.predict(["a", "b", "c"])
    assert len(many) == len(states) == 3 and len({a.predict("h")[0] for _ in range(8)}) > 1
    ids = encoded(a.policy.vocabulary, longer[:3], 1000)
    v = a.policy.vocabulary
    assert ids == [i for m in longer[:3] for i in v.message(m["role"], m["content"])] + v.begin()
    assert len(encoded(v, longer[:3], 9)) <= 9 and a.predict("h" * 5000)[0] is not None
    with pytest.raises(BadOption, match="text"):
        a.predict([3])
    with pytest.raises(BadOption, match="state"):
        a.predict(["a", "b"], [[]])


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"reference": "best"}, "reference='best'"),
        ({"temperature": 0}, "temperature=0"),
        ({"max_tokens": 999}, "max_tokens=999"),
        ({"learning_rate": -1}, "learning_rate=-1"),
        ({"weight_decay": math.nan}, "weight_decay=nan"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        agent(**options)


def test_what_is_no_policy_and_no_number():
    with pytest.raises(BadOption, match="TokenPolicy"):
        TokenAgent(policy().model, reinforce, **OPTIONS)
    a = agent(lambda group: group.logp.sum((-1, -2)) * math.nan)
    before = a.state_dict()
    with pytest.raises(Diverged):
        a.descend(played().group())
    assert equal(before, a.state_dict())
    constant = agent(lambda group: torch.zeros(len(group.reward)))
    assert constant.descend(played().group())["grad_norm"] == 0
