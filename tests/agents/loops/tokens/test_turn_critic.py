"""Critics of answers: their targets by hand, the slow copies in closed form, and files."""

import numpy as np
import pytest
import torch
from token_worlds import Echo, equal, policy

from rewardlab.agents.loops.tokens.dialogues import Play, synchronous
from rewardlab.agents.loops.tokens.replay import Replay, answered
from rewardlab.agents.loops.tokens.turn_critic import TurnCritic
from rewardlab.core import checkpoint
from rewardlab.core.errors import BadCheckpoint, BadOption


def critic(**options):
    return TurnCritic(policy(), **{"gamma": 0.9, "tau": 0.3, "learning_rate": 1e-2, "seed": 3, **options})


def drawn():
    """Kept transitions and new answers."""
    p = policy()
    kept = Replay(100, p.vocabulary.pad)
    kept.push(synchronous(p, [Echo(5) for _ in range(12)], range(6), Play(turns=3, max_tokens=5)))
    contexts = kept.states(7, np.random.default_rng(1))
    new, _ = answered(contexts, p.generate(contexts, max_tokens=5, seeds=range(7)).rows(), p.vocabulary.pad)
    return kept.draw(10, np.random.default_rng(0)), new


def test_targets_are_those_of_the_equations():
    c, (kept, new) = critic(), drawn()
    for slow in c.targets:  # so that slow and fast differ
        for x in slow.parameters():
            x.mul_(1.3)

    def by_hand(heads, turns, i, at, output):
        one = torch.zeros_like(turns.tokens[i])
        one[at] = 1
        return float(heads(turns.tokens[i], one, turns.window[i])[at, output])

    with torch.no_grad():
        aim_q, aim_v = c.aims(kept, new)
        q, v = c.judged(kept)
        for i, k in kept.there.nonzero().tolist():
            after = int(kept.after[i, k])
            beyond = min(by_hand(h, kept, i, after, 1) for h in c.targets) if after >= 0 else 0.0
            assert float(aim_q[i, k]) == pytest.approx(float(kept.reward[i, k]) + 0.9 * beyond, abs=1e-5)
            both = [by_hand(h, kept, i, int(kept.action[i, k]), 0) for h in c.critics]
            assert float(q[i, k]) == pytest.approx(np.mean(both), abs=1e-5)
            both = [by_hand(h, kept, i, int(kept.state[i, k]), 1) for h in c.critics]
            assert float(v[i, k]) == pytest.approx(np.mean(both), abs=1e-5)
        for i in range(7):
            least = min(by_hand(h, new, i, int(new.action[i, 0]), 0) for h in c.targets)
            assert float(aim_v[i, 0]) == pytest.approx(least, abs=1e-5)
    assert (kept.after[kept.there] < 0).any() and (kept.after[kept.there] >= 0).any()


def test_a_step_goes_down_and_the_slow_copies_follow():
    c, (kept, new) = critic(), drawn()
    before = [x.clone() for slow in c.targets for x in slow.parameters()]
    losses = [c.step(kept, new)["loss"]]
    fast = [x for h in c.critics for x in h.parameters()]
    slow = [x for h in c.targets for x in h.parameters()]
    for a, b, now in zip(before, fast, slow, strict=True):
        torch.testing.assert_close(now, a + 0.3 * (b.detach() - a), rtol=0, atol=1e-6)
    losses += [c.step(kept, new)["loss"] for _ in range(30)]
    assert losses[-1] < 0.3 * losses[0] and not any(x.requires_grad for x in slow)


def test_the_loss_is_the_sum_of_mean_squares():
    c, (kept, new) = critic(), drawn()
    aim_q, aim_v = c.aims(kept, new)
    with torch.no_grad():
        expected = 0.0
        for k, h in enumerate(c.critics):
            alone = critic()
            alone.critics = [h]
            q, v = alone._read(alone.critics, kept)[0][0], alone._read(alone.critics, new)[1][0]
            expected += float(((q - aim_q)[kept.there] ** 2).mean() + ((v - aim_v[:, :1]) ** 2).mean())
            assert k < 2
    assert c.step(kept, new)["loss"] == pytest.approx(expected, rel=1e-5)
    assert not equal(c.critics[0].numbers()["head"], c.critics[1].numbers()["head"])  # two of them, not one twice


def test_a_file_keeps_all_to_the_bit(tmp_path):
    c, (kept, new) = critic(), drawn()
    c.step(kept, new)
    checkpoint.save(tmp_path / "c", "critics", {}, c.state_dict())
    again = critic(seed=8)
    again.load_state_dict(checkpoint.load(tmp_path / "c", "critics")[1])
    for x in (c, again):
        x.step(kept, new)
    assert equal(c.state_dict(), again.state_dict())
    with pytest.raises(BadCheckpoint):
        again.load_state_dict({"critics": []})


@pytest.mark.parametrize("bad", [{"gamma": 1.5}, {"tau": 0.0}, {"tau": 2.0}, {"learning_rate": -1.0}])
def test_mistakes_are_named(bad):
    with pytest.raises(BadOption, match=next(iter(bad))):
        critic(**bad)
