"""A token policy is judged on tasks that it never saw, before and after it learned from groups."""

from dataclasses import replace

import numpy as np

from rewardlab.agents.policy_gradient import grpo
from rewardlab.benchmarks.token_runs import TokenTask, WarmUps, success, token_run, trained, warmed

SMALL = TokenTask(
    "rewardlab/AttributeText-v0", demonstrations=32, epochs=1, max_tokens=12, context=32, width=32, layers=1,
    groups=8, minibatches=1, seconds=1.0,
)  # fmt: skip


def test_a_short_run_is_told_whole():
    run = token_run(SMALL, grpo, 0, judged=32)
    assert 0 <= run.before <= 1 and 0 <= run.after <= 1 and run.parameters < 2_000_000
    assert run.seconds >= 1.0 and run.curve[-1][0] == run.turns and len(run.curve) >= 2
    assert np.mean([r for _, r in run.curve[-3:]]) > run.curve[0][1]  # it is learning


def test_where_only_success_is_paid_both_are_the_same():
    run = token_run(replace(SMALL, name="rewardlab/KVSearch-v0", max_tokens=4, iterations=1), grpo, 0, judged=16)
    assert run.pay == run.after
    words = replace(SMALL, iterations=1)  # words are paid by degrees
    assert token_run(words, grpo, 0, judged=16).pay != run.pay


def test_the_same_seed_warms_up_to_the_same_policy_and_judges_the_same_tasks():
    one, two, other = warmed(SMALL, 0), warmed(SMALL, 0), warmed(SMALL, 1)
    weights = [[p.detach().numpy() for p in w.model.parameters()] for w in (one, two, other)]
    assert all(np.array_equal(a, b) for a, b in zip(*weights[:2], strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(*weights[1:], strict=True))
    assert success(SMALL, one, 16, 0) == success(SMALL, two, 16, 0)


def test_each_side_begins_with_a_copy_of_one_warm_up():
    warm = WarmUps(SMALL)
    one, two = warm(0), warm(0)
    other = [p.detach().numpy() for p in warmed(SMALL, 0).model.parameters()]
    assert all(np.array_equal(p.detach(), x) for p, x in zip(two.model.parameters(), other, strict=True))
    next(iter(one.model.parameters())).data.zero_()
    assert all(np.array_equal(p.detach(), x) for p, x in zip(warm(0).model.parameters(), other, strict=True))


def test_iterations_are_counted_and_watched():
    """As many as were asked for, whatever time they take; what pays is the reward that is given."""
    seen = []
    task = replace(SMALL, iterations=2, seconds=0.0)
    agent, curve, _ = trained(
        task, warmed(task, 0), grpo, 0, reward=lambda rollouts: rollouts.success + 7, watch=lambda a: seen.append(a)
    )
    assert seen == [agent, agent] and len(curve) == agent.iterations == 2 and curve[0][1] >= 7
