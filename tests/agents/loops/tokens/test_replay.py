"""Replay: where answers begin and end, what comes after them, and files."""

import numpy as np
import pytest
import torch
from token_worlds import Ask, Echo, equal, policy

from rewardlab.agents.loops.tokens.dialogues import Play, synchronous
from rewardlab.agents.loops.tokens.replay import Replay, Turns, answered, joined, turns_of
from rewardlab.core import checkpoint
from rewardlab.core.errors import BadCheckpoint


def rollouts(context=256, turns=3):
    p = policy(context=context)
    return p, synchronous(p, [Echo(5) for _ in range(12)], range(6), Play(turns=turns, max_tokens=5))


def of(r):
    flat = (x.flatten(0, 1) for x in (r.tokens, r.mask, r.window, r.turn_reward, r.truncated))
    return turns_of(*flat)


@pytest.mark.parametrize("context", [256, 30])
def test_transitions_are_the_answers_and_their_rewards(context):
    p, r = rollouts(context)
    t = of(r)
    assert (t.window.max() > 0) == (context == 30) and r.truncated.any() and not r.truncated.all()
    for i in range(12):
        n, said = int(r.turns[i // 2, i % 2]), r.messages[i // 2][i % 2][1::2]
        assert t.there[i].sum() == n and t.reward[i, :n].sum() == pytest.approx(float(r.reward[i // 2, i % 2]))
        for k in range(n):
            s, a = int(t.state[i, k]), int(t.action[i, k])
            ids = t.tokens[i, s + 1 : a + 1].tolist()
            assert p.vocabulary.decode(ids) == said[k]["content"] and t.tokens[i, s] == p.vocabulary.agent
            last = int((t.window[i] >= 0).sum()) - 1
            end = last if bool(r.truncated[i // 2, i % 2]) else -1
            assert int(t.after[i, k]) == (int(t.state[i, k + 1]) if k < n - 1 else end)
            if int(t.after[i, k]) >= 0:
                assert t.tokens[i, t.after[i, k]] == p.vocabulary.agent
        named = {*t.state[i, :n].tolist(), *t.action[i, :n].tolist(), *t.after[i, :n].tolist()} - {-1}
        assert t.looked[i].nonzero()[:, 0].tolist() == sorted(named)
    assert equal(t.rows([3]).state, t.state[3:4])


@pytest.mark.parametrize("context", [256, 30])
def test_what_is_drawn_is_what_was_kept(context):
    p, r = rollouts(context)
    kept, whole = Replay(100, p.vocabulary.pad), of(r)
    kept.push(r)
    drawn = kept.draw(200, np.random.default_rng(0))
    rows = {tuple(x[w >= 0].tolist()): i for i, (x, w) in enumerate(zip(whole.tokens, whole.window, strict=True))}
    seen = set()
    for b in range(200):
        i = rows[tuple(drawn.tokens[b][drawn.window[b] >= 0].tolist())]
        seen.add(i)
        n = int(whole.there[i].sum())
        for name in ("state", "action", "after", "reward"):
            assert torch.equal(getattr(drawn, name)[b, :n], getattr(whole, name)[i, :n])
        assert int(drawn.there[b].sum()) == n
    assert len(seen) == len(rows)


def test_every_answer_is_as_likely_and_states_are_of_one_window():
    p, r = rollouts(context=30)
    kept, t = Replay(100, p.vocabulary.pad), of(r)
    kept.push(r)
    exact = []
    for i, k in t.there.nonzero().tolist():
        s = int(t.state[i, k])
        exact.append(tuple(t.tokens[i, : s + 1][t.window[i, : s + 1] == t.window[i, s]].tolist()))
    states = [tuple(s) for s in kept.states(6000, np.random.default_rng(0))]
    n = len(exact)
    for state in set(exact):
        share, p0 = states.count(state) / 6000, exact.count(state) / n
        assert abs(share - p0) < 4 * np.sqrt(p0 * (1 - p0) / 6000)  # 4 standard errors
    assert set(states) == set(exact) and max(map(len, exact)) <= 25


def test_the_oldest_give_way_and_a_file_keeps_all(tmp_path):
    p, r = rollouts()
    kept = Replay(5, p.vocabulary.pad)
    kept.push(r)
    assert len(kept) == 5 and len(kept.kept[-1]["reward"]) == int(r.turns[5, 1])
    checkpoint.save(tmp_path / "kept", "replay", {}, kept.state_dict())
    again = Replay(5, p.vocabulary.pad)
    again.load_state_dict(checkpoint.load(tmp_path / "kept", "replay")[1])
    assert equal(kept.state_dict(), again.state_dict())
    one, other = (vars(k.draw(9, np.random.default_rng(1))) for k in (kept, again))
    assert equal(one, other) and kept.states(9, np.random.default_rng(1)) == again.states(9, np.random.default_rng(1))
    empty = Replay(5, p.vocabulary.pad)
    again.load_state_dict(empty.state_dict())
    assert len(again) == 0
    with pytest.raises(BadCheckpoint):
        again.load_state_dict({"tokens": np.zeros(3)})


def test_new_answers_stand_behind_their_states():
    p = policy("?abq", context=32)
    r = synchronous(p, [Ask() for _ in range(8)], range(8), Play(turns=2, max_tokens=2))
    kept = Replay(8, p.vocabulary.pad)
    kept.push(r)
    contexts = kept.states(5, np.random.default_rng(0))
    made = p.generate(contexts, max_tokens=2, seeds=range(5))
    turns, group = answered(contexts, made.rows(), p.vocabulary.pad)
    assert group.mask.shape == turns.tokens[:, None].shape and not (turns.after >= 0).any() and turns.there.all()
    logp = p.logp(group.info["tokens"], group.mask, group.info["window"])
    torch.testing.assert_close(logp, group.old_logp, rtol=0, atol=1e-5)
    for i, (ids, _) in enumerate(made.rows()):
        assert turns.tokens[i, turns.state[i, 0] + 1 : turns.action[i, 0] + 1].tolist() == ids
        assert turns.tokens[i, : turns.state[i, 0] + 1].tolist() == contexts[i] and group.mask[i].sum() == len(ids)


def test_what_is_joined_is_both():
    p, r = rollouts()
    one = of(r)
    short, _ = answered([[3, 5], [3, 6, 3]], [([7, 1], [0, 0]), ([8], [0])], p.vocabulary.pad)
    both = joined(one, short)
    for name in Turns.__dataclass_fields__:
        x, y, z = (getattr(t, name) for t in (one, short, both))
        assert torch.equal(z[:12], x) and torch.equal(z[12:, : y.shape[1]], y) and z.dtype == x.dtype
    assert not both.there[12:, 1:].any() and (both.window[12:, 4:] == -1).all()
    assert torch.equal(both.looked[12:].sum(1), torch.tensor([2, 2]))
