"""Rollouts: rewards stand where they were earned, groups carry what objectives read, records are JSON."""

import json
from dataclasses import replace

import pytest
import torch
from token_worlds import played

from rewardlab.agents.loops.tokens.rollouts import told


def test_rewards_stand_on_the_last_token_of_their_turn():
    r = played()
    assert torch.allclose(r.step_reward.sum(-1), r.reward, atol=1e-6)
    assert torch.allclose(r.turn_reward.sum(-1), r.reward, atol=1e-6)
    assert not r.step_reward[r.mask == 0].any()
    for p in range(3):
        for g in range(2):
            own, turn = r.mask[p, g] != 0, r.turn[p, g]
            for k in range(int(r.turns[p, g])):
                last = (own & (turn == k)).nonzero()[-1, 0]
                assert r.step_reward[p, g, last] == r.turn_reward[p, g, k]
    assert torch.allclose(r.parts["hits"] + r.parts["talk"], r.reward, atol=1e-6)
    assert r.truncated.any() and not r.truncated.all() and bool((r.turns <= 2).all())


def test_a_group_holds_what_objectives_read():
    r = played()
    g = r.group()
    assert g.logp.shape == g.mask.shape == g.info["turn"].shape == g.info["step_reward"].shape == r.tokens.shape
    assert g.reward.shape == g.info["success"].shape == (3, 2) and torch.equal(g.h, torch.zeros(3, 2))
    assert torch.equal(r.group(r.old_logp - r.mask).h, r.mask.sum(-1)) and torch.equal(g.length, r.mask.sum(-1))
    assert set(g.info) == {"tokens", "window", "turn", "step_reward", "turns", "success", "truncated"}
    assert torch.equal(g.info["truncated"], r.truncated | r.cut)


def test_records_are_json():
    records = [json.loads(json.dumps(x)) for x in played().records()]
    assert [(x["seed"], x["copy"]) for x in records] == [(s, c) for s in (3, 11, 12) for c in (0, 1)]
    assert records[0]["messages"][0]["role"] == "partner" and {m["role"] for m in records[0]["messages"]} == {
        "partner",
        "agent",
    }


def test_means_are_over_dialogues():
    r = played()
    found = told(r)
    assert found["rollout/ep_len_mean"] == pytest.approx(float(r.turns.sum()) / 6)
    assert found["rollout/tokens_mean"] == pytest.approx(float(r.mask.sum()) / 6)
    assert found["rollout/success_rate"] == pytest.approx(float(r.success.mean()))
    half = replace(r, success=torch.tensor([[1.0, torch.nan]] * 3))
    assert told(half)["rollout/success_rate"] == 1
    assert "rollout/success_rate" not in told(replace(r, success=r.success * torch.nan))
