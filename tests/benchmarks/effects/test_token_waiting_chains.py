"""Steering while a policy writes: slips by hand, what is right, and that the best of some is taken."""

import numpy as np
import torch

from rewardlab.benchmarks.effects import token_waiting_chains as tc


def test_every_claim_has_its_sides():
    for effect in tc.effects():
        sides = {arm.side for arm in effect.arms}
        assert effect.name.startswith("token_waiting_") and all({c.side, c.against} <= sides for c in effect.claims)


def test_solutions_slip_as_often_as_said_and_what_is_right_is_seen():
    start, steps = tc.shown(20_000, np.random.default_rng(0))
    share = 0.9**tc.LENGTH
    assert abs(tc.right(start, steps).mean() - share) < 4 * np.sqrt(share * (1 - share) / 20_000)
    total, good = 2, []
    for addend in (1, 3, 0, 2, 1, 1, 3, 2):
        good.append((total * 4 + addend) * 4 + (total + addend) % 4)
        total = (total + addend) % 4
    good = np.array(good)
    assert tc.right(np.array(2), good) and not tc.right(np.array(1), good)
    for at in range(8):
        wrong = good.copy()
        wrong[at] = wrong[at] // 4 * 4 + (wrong[at] + 1) % 4
        assert not tc.right(np.array(2), wrong)


class Known:
    """Values of prefixes that are exactly right or not."""

    def __init__(self, sign):
        self.sign = sign

    def prefix_values(self, items):
        steps = items.obs
        start = steps[..., 0] // 16
        good = [tc.right(start, steps[..., : t + 1]) for t in range(steps.shape[-1])]
        return torch.as_tensor(self.sign * np.stack(good, -1).astype(float))


def test_the_best_of_some_continuations_is_kept(monkeypatch):
    rng = np.random.default_rng(1)

    def write(policy, start, steps, count, seed):
        total = steps[:, -1] % 4 if steps.shape[1] else start
        out = []
        for _ in range(count):
            addend = rng.integers(0, 4, len(start))
            after = (total + addend + (rng.random(len(start)) < tc.SLIP)) % 4
            out.append((total * 4 + addend) * 4 + after)
            total = after
        return np.concatenate([steps, np.stack(out, -1)], -1)

    monkeypatch.setattr(tc, "continued", write)
    start = rng.integers(0, 4, 2000)
    block = 0.9**tc.BLOCK
    expected = (1 - (1 - block) ** tc.TRIES) ** (tc.LENGTH // tc.BLOCK)
    found = tc.steered(None, Known(1), start, 0)
    assert abs(found - expected) < 4 * np.sqrt(expected * (1 - expected) / 2000)
    worst = 0.9 ** (tc.TRIES * tc.LENGTH)
    assert abs(tc.steered(None, Known(-1), start, 0) - worst) < 4 * np.sqrt(worst * (1 - worst) / 2000)


def test_a_policy_writes_steps_and_goes_on_from_what_stands_there():
    policy = tc.writer(0, count=64, epochs=1)
    start, steps = tc.solved(policy, 5, 1, np.random.default_rng(0))
    assert steps.shape == (5, tc.LENGTH) and steps.min() >= 0 and steps.max() < 64
    longer = tc.continued(policy, start, steps[:, :3], 2, 7)
    assert np.array_equal(longer[:, :3], steps[:, :3]) and longer.shape == (5, 5)
    assert np.array_equal(longer, tc.continued(policy, start, steps[:, :3], 2, 7))
