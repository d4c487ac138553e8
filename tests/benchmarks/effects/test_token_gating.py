"""Gates on program repair: claims that have their sides, what is judged, what each side is paid, and a short run."""

from dataclasses import replace

import pytest
import torch

from rewardlab.agents.loops.tokens.dialogues import Play, synchronous
from rewardlab.agents.loops.tokens.paying import paid
from rewardlab.benchmarks.effects import token_gating as tg
from rewardlab.benchmarks.token_runs import WarmUps

SMALL = replace(tg.REPAIR, width=16, layers=1, demonstrations=8, epochs=1, groups=2, group_size=2, iterations=1)


def test_every_claim_has_its_sides():
    (effect,) = tg.effects()
    sides = {arm.side for arm in effect.arms}
    assert effect.name == "token_gating" and all({c.side, c.against} <= sides for c in effect.claims)


def test_sides_are_paid_and_dialogues_judged_as_they_say():
    """Four dialogues with calls that are written here: mended, given up, looked at for ever, mended after a detour."""
    task = SMALL
    envs, seeds = [task.make() for _ in range(4)], [5, 6, 7, 8]
    calls = [_calls(env, seed, k) for k, (env, seed) in enumerate(zip(envs, seeds, strict=True))]
    said = iter([c[t] for t in range(10) for c in calls if t < len(c)])  # who has ended is left out of a turn
    play = Play(turns=10, max_tokens=4, fit=lambda _: next(said))
    rollouts = synchronous(WarmUps(task)(0), envs, seeds, play)
    found = tg.judgement(rollouts)
    assert rollouts.success.flatten().tolist() == [1, 0, 0, 1]
    assert found["completion"] == 0.5 and found["calls"] == (4 + 1 + 10 + 5) / 4
    assert found["malformed"] == 1 / 20 and found["repeated"] == 9 / 20 and found["never submitted"] == 0.25
    # each valid call pays 0.1, each that is liked 0.1 more
    paid_for = torch.tensor([[3 * 0.2 + 0.1], [0.1], [10 * 0.2], [3 * 0.2 + 0.1]])
    assert found["paid where it fails"] == pytest.approx((0.1 + 2.0) / 4)
    sides = {side: paid(rollouts, reward)[0].reward for side, reward in tg.rewards().items()}
    assert torch.allclose(sides[tg.ADDED], rollouts.success + paid_for, atol=1e-6)
    assert torch.allclose(sides[tg.GATED], rollouts.success * (1 + paid_for), atol=1e-6)


def _calls(env, seed, k):
    env.reset(seed=seed)
    rules, state = env.unwrapped.rules, env.unwrapped.get_state()["state"]
    job = state["task"][0]
    (at,) = [i for i, (a, b) in enumerate(zip(job.right, job.broken, strict=True)) if a != b]
    assert rules.turns == 10
    mend = f"edit {at + 1} {job.right[at]}"
    return (["view", mend, "run", "submit"], ["submit"], ["view"] * 10, ["view", "what", mend, "run", "submit"])[k]


@pytest.mark.parametrize("side", tg.SECONDS)
def test_every_side_runs(side):
    found = tg.measured(0, side=side, warm=WarmUps(SMALL), judged=8)
    assert 0 <= found["completion"] <= 1 and ("best on the way" in found) == (side != tg.WARM)
