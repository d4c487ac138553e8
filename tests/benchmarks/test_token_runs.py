"""A token policy is judged on tasks that it never saw, before and after it learned from groups."""

import numpy as np

from rewardlab.agents.policy_gradient import grpo
from rewardlab.benchmarks.token_runs import TokenTask, success, token_run, warmed

SMALL = TokenTask(
    "rewardlab/AttributeText-v0", demonstrations=32, epochs=1, max_tokens=12, context=32, width=32, layers=1,
    groups=8, minibatches=1, seconds=1.0,
)  # fmt: skip


def test_a_short_run_is_told_whole():
    run = token_run(SMALL, grpo, 0, judged=32)
    assert 0 <= run.before <= 1 and 0 <= run.after <= 1 and run.parameters < 2_000_000
    assert run.seconds >= 1.0 and run.curve[-1][0] == run.turns and len(run.curve) >= 2
    assert np.mean([r for _, r in run.curve[-3:]]) > run.curve[0][1]  # it is learning


def test_the_same_seed_warms_up_to_the_same_policy_and_judges_the_same_tasks():
    one, two, other = warmed(SMALL, 0), warmed(SMALL, 0), warmed(SMALL, 1)
    weights = [[p.detach().numpy() for p in w.model.parameters()] for w in (one, two, other)]
    assert all(np.array_equal(a, b) for a, b in zip(*weights[:2], strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(*weights[1:], strict=True))
    assert success(SMALL, one, 16, 0) == success(SMALL, two, 16, 0)
