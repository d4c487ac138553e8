"""ArCHer: exact values of a dialogue of two turns, the gradient of one turn, and what it learns and does not."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from contracts.chosen import has_turn
from token_worlds import Ask, AskValues, Word, asker, asks, equal, policy

from rewardlab.agents.deep.archer import ArCHer
from rewardlab.core.agent import Agent
from rewardlab.core.errors import BadCheckpoint, BadOption

SMALL = {
    "turns": 2,
    "max_tokens": 2,
    "answers": 64,
    "critic_learning_rate": 3e-3,
    "critic_steps": 30,
    "epochs": 1,
    "seed": 1,
}


def agent(p=None, env=Ask, **options):
    return ArCHer(env, p or asker(), **{**SMALL, "learning_rate": 3e-3, **options})


def by_turns(k):
    """Every second of two that take long, in a short run."""
    return (lambda test: test) if has_turn(k, 2, "ArCHer") else pytest.mark.slow


def test_in_one_turn_the_gradient_is_that_of_reinforce_with_a_baseline():
    """Where Q is the reward and V a baseline: A = r − b."""
    p = policy("?abcd", context=32)
    a = agent(p, Word, turns=1, delay=0, epochs=1, answers=40, groups=8, critic_steps=1)
    baseline, seen = 0.3, []

    def judged(turns):
        said = [p.vocabulary.decode(x[s + 1 :].tolist()) for x, s in zip(turns.tokens, turns.state, strict=True)]
        return torch.tensor([[float(w[:1] == "b")] for w in said]), torch.full((40, 1), baseline)

    a.turn_critic.judged = judged
    a.descend = lambda group: seen.append(group) or {"loss": 0.0}
    a.learn(1)
    group = seen[0]
    filled = p.fill(group.info["tokens"], group.mask, group.info["window"])
    weights = list(p.model.parameters())
    ours = torch.autograd.grad(a.objective(replace(group, logp=filled.logp)).mean(), weights)
    again = p.fill(group.info["tokens"], group.mask, group.info["window"]).logp
    paid = torch.tensor([[float(p.vocabulary.decode(t[m != 0].tolist())[:1] == "b")] for t, m in
                         zip(group.info["tokens"][:, 0], group.mask[:, 0], strict=True)])  # fmt: skip
    theirs = torch.autograd.grad(-((paid - baseline) * again.sum(-1)).mean(), weights)
    assert 0 < paid.sum() < 40
    for x, y in zip(ours, theirs, strict=True):
        torch.testing.assert_close(x, y, rtol=0, atol=1e-6)


@by_turns(0)
def test_values_of_a_policy_that_stands_still_are_the_exact_ones():
    """Without discount; the targets are the lesser of two, so values may be a little low."""
    p = asker()
    a = agent(p, gamma=1.0, learning_rate=0.0, delay=100, critic_steps=60, groups=128)
    a.learn(400)
    exact, (turns, _) = AskValues(p), a.answered()
    q, v = a.turn_critic.judged(turns)
    off = {"q": [], "v": []}
    for i in range(64):
        ids, own = turns.tokens[i].tolist(), int(turns.state[i, 0]) + 1
        told = "ab".find(p.vocabulary.decode([ids[own - 3]])) if own > 4 else -1
        letter = "ab"[told] if told >= 0 else None
        said = tuple(ids[own : int(turns.action[i, 0]) + 1])
        off["v"].append(float(v[i, 0]) - exact(ids[:own], (), letter))
        off["q"].append(float(q[i, 0]) - exact(ids[: own + len(said)], said, letter))
    assert np.abs(off["v"]).max() < 0.3 and np.abs(off["v"]).mean() < 0.1
    assert np.abs(off["q"]).mean() < 0.1 and float(v.max() - v.min()) > 0.1


@by_turns(1)
def test_it_learns_to_ask_and_without_a_future_not_to():
    p = asker()
    a = agent(p)
    assert 0.4 < asks(p) < 0.6 and isinstance(a, Agent)
    a.learn(1)
    assert 0.4 < asks(p) < 0.6  # the critics alone, at first
    a.learn(400)
    assert asks(p) > 0.9 and a.told["rollout/ep_rew_mean"] > 0.8 and a.predict("?", deterministic=True)[0] == "q"
    assert {"train/critic_loss", "train/value", "train/advantage", "train/approx_kl"} <= set(a.told)
    blind = asker()
    agent(blind, gamma=0.0).learn(250)
    assert asks(blind) < 0.1


def test_a_run_goes_on_to_the_bit(tmp_path):
    few = {
        "groups": 6,
        "critic_steps": 3,
        "critic_batch": 4,
        "answers": 8,
        "delay": 1,
        "capacity": 20,
        "minibatches": 2,
    }
    p = policy("?abq", context=32, width=16)
    whole = agent(p, **few).learn(40)
    agent(policy("?abq", context=32, width=16), **few).learn(20).save(tmp_path / "run")
    again = ArCHer.load(tmp_path / "run", Ask)
    while again.num_timesteps < whole.num_timesteps:
        again.learn(1)
    assert equal(whole.state_dict(), again.state_dict()) and whole.rollouts.messages == again.rollouts.messages
    assert len(again.replay) == 20
    acting = ArCHer.load(tmp_path / "run")
    assert isinstance(acting.predict("?")[0], str)
    with pytest.raises(BadOption, match="environment"):
        acting.learn(1)
    (tmp_path / "run").write_bytes(b"nothing")
    with pytest.raises(BadCheckpoint):
        ArCHer.load(tmp_path / "run")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"gamma": 2.0}, "gamma"),
        ({"tau": 0.0}, "tau"),
        ({"answers": 0}, "answers=0"),
        ({"delay": -1}, "delay=-1"),
        ({"reference": "initial"}, "reference"),
        ({"group_size": 0}, "group_size=0"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        agent(policy("?abq", context=32, width=16), **options)
