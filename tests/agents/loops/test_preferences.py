"""The loop over comparisons: it prefers what was preferred, scores its reference once, and goes on to the bit."""

import math

import numpy as np
import pytest
import torch
from token_worlds import LORA, equal, policy

from rewardlab.agents.loops.preferences import Comparison, PreferenceAgent, compared
from rewardlab.agents.policy_gradient import ppo
from rewardlab.core.agent import Agent
from rewardlab.core.errors import BadOption

PAIRS = [Comparison(f"say {c}", [c, "h", "g 1"][:2], [1.0, 0.0], {"margin": k}) for k, c in enumerate("abcdef")]


def dpo(group, beta=0.5):
    """−log σ(β (h_winner − h_loser))."""
    gap = group.pick(group.h, group.winner) - group.pick(group.h, group.loser)
    return -torch.nn.functional.logsigmoid(beta * gap)


def agent(data=PAIRS, objective=dpo, *, lora=None, **options):
    small = {"batch_size": 4, "learning_rate": 3e-3, "max_tokens": 4}
    return PreferenceAgent(data, policy(lora=lora), objective, **{**small, **options})


def test_the_loss_begins_at_log_2_and_what_was_preferred_becomes_likelier():
    a = agent(batch_size=6)
    a.learn(6)
    assert a.told["loss"] == pytest.approx(math.log(2), abs=1e-6) and isinstance(a, Agent)
    a.learn(200)
    assert a.told["loss"] < 0.1
    held = compared(a.policy, PAIRS)
    logp = (a.policy.logp(held.info["tokens"], held.mask) * held.mask).sum(-1)
    before = (policy().logp(held.info["tokens"], held.mask) * held.mask).sum(-1)
    gap = (logp - before)[:, 0] - (logp - before)[:, 1]
    assert bool((gap > 4).all())  # −log σ(0.5 gap) < 0.13
    assert a.num_timesteps == 6 * math.ceil(6 / 6) + 204


def test_groups_hold_what_was_recorded():
    p = policy()
    group = compared(p, PAIRS)
    assert group.mask.shape[:2] == (6, 2) and group.info["margin"].tolist() == list(range(6))
    assert group.winner.tolist() == [0] * 6 and group.length.tolist() == [[2, 2]] * 6  # a letter and the end
    v = p.vocabulary
    ids = v.message("partner", "say b") + v.begin() + v.spoken("b")
    assert group.info["tokens"][1, 0, : len(ids)].tolist() == ids
    dialogue = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]
    lists = compared(p, [Comparison(dialogue, ["a", "bb", "ccc"], [1, 3, 2])])
    assert lists.mask.sum(-1).tolist() == [[2, 3, 4]] and lists.winner.tolist() == [1]
    long = compared(policy(context=20), [Comparison("a" * 500, ["bbb"], [1])])
    assert long.mask.shape[-1] == 20 and long.mask.sum() == 4


@pytest.mark.parametrize("lora", [None, LORA])
def test_the_reference_is_scored_once_and_stays(lora):
    a = agent(lora=lora)
    calls = []
    scores = a.scores
    a.scores = lambda *given: calls.append(1) or scores(*given)
    a.learn(30)
    assert len(calls) == 1
    expected = policy(lora=lora).logp(a.group.info["tokens"], a.group.mask)
    assert torch.allclose(a.group.ref_logp, expected, atol=1e-5) and torch.equal(a.group.old_logp, a.group.ref_logp)
    moving = agent(lora=lora, moving=True)
    scores_of = moving.scores
    moving.scores = lambda *given: calls.append(1) or scores_of(*given)
    moving.learn(12)
    assert len(calls) == 1 + 4  # two passes of 4 and 2
    assert equal(moving.policy.state_dict(), agent(lora=lora).learn(12).policy.state_dict())
    none = agent(reference=None, lora=lora).learn(4)
    assert not none.group.ref_logp.any()


def test_each_pass_takes_every_comparison_once():
    seen = []
    agent().learn(18, callback=lambda now: seen.append(now["group"].info["margin"].tolist()))
    assert [len(s) for s in seen] == [4, 2] * 3
    passes = [sorted(seen[i] + seen[i + 1]) for i in (0, 2, 4)]
    assert passes == [list(range(6))] * 3 and len({tuple(s) for s in seen[::2]}) > 1


def test_a_run_goes_on_to_the_bit(tmp_path):
    for k, options in enumerate(({}, {"lora": LORA}, {"reference": None})):
        whole = agent(**options).learn(18)
        agent(**options).learn(10).save(tmp_path / str(k))
        again = PreferenceAgent.load(tmp_path / str(k), PAIRS, objective=dpo)
        again.learn(18 - again.num_timesteps)
        assert equal(whole.state_dict(), again.state_dict()) and whole.told == again.told
    acting = PreferenceAgent.load(tmp_path / "0")
    assert isinstance(acting.predict("say a")[0], str)
    with pytest.raises(BadOption, match="no comparisons"):
        acting.learn(1)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ([], "0 comparisons"),
        ([*PAIRS, Comparison("a", ["b"], [1.0])], "same number"),
        ([Comparison("a", ["b", "c"], [1.0])], "reward for each"),
        ([Comparison("a", [], [])], "at least one"),
        ([Comparison("a", ["é"], [1.0])], "é"),
        ([Comparison("a", ["b" * 300], [1.0])], "too long"),
        ([Comparison("a", ["b"], [1.0], {"margin": 1}), Comparison("a", ["b"], [1.0])], "margin"),
    ],
)
def test_mistakes_are_named(data, word):
    with pytest.raises(BadOption, match=word):
        agent(data)


def test_columns_of_tokens_stand_on_their_tokens():
    """A loss that weighs tokens: its gradient is that of the sum written out."""
    rng = np.random.default_rng(0)
    data = [
        Comparison(f"say {c}", [c, "g 1"], [1.0, 0.0], {"advantage": [rng.normal(size=2), rng.normal(size=4).tolist()]})
        for c in "abc"
    ]
    p = policy()
    group = compared(p, data)
    column = group.info["advantage"]
    assert column.shape == group.mask.shape and not column[group.mask == 0].any()
    for n, g in np.ndindex(3, 2):
        np.testing.assert_allclose(column[n, g][group.mask[n, g] != 0], data[n].info["advantage"][g], rtol=1e-6)
    a = agent(data, ppo, batch_size=3, learning_rate=1e-2)
    before = p.logp(group.info["tokens"], group.mask)
    a.learn(60)
    moved = a.policy.logp(group.info["tokens"], group.mask) - before
    paid = [float((moved * column)[n].sum()) for n in range(3)]
    assert min(paid) > 0  # likelier where the advantage is above 0
    again = compared(
        p, [Comparison("a", ["b"], [1.0], {"step": [[3, 4]]}), Comparison("a", ["bb"], [1.0], {"step": [[1, 2, 3]]})]
    )
    assert again.info["step"].sum(-1).tolist() == [[7.0], [6.0]]


def test_a_row_of_another_length_is_named():
    for rows in ([[1.0]], [[1.0, 2.0, 3.0]], [[1.0, 2.0], [1.0, 2.0]]):
        with pytest.raises(BadOption, match=r"info\['w'\] of comparison 0"):
            agent([Comparison("a", ["b"], [1.0], {"w": rows})])


def test_options_that_cannot_be():
    with pytest.raises(BadOption, match="batch_size"):
        agent(batch_size=0)
    with pytest.raises(BadOption, match="total_timesteps"):
        agent().learn(1.5)
    assert np.isfinite(agent().learn(1).told["loss"])
