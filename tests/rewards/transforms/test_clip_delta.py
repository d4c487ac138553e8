"""Clip and Delta: bounded sums, whatever the number of steps; and the optimum of a task with free repeats."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Task
from rewardlab.rewards import Delta, StepClip
from rewardlab.rewards.transforms.clip_delta import clip_delta, clip_scores, delta_scores

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def padded(scores, extra=3):
    p = np.array([*scores, *[0.7] * extra])
    return p, np.arange(len(p)) < len(scores)


@given(SCORES)
def test_what_is_to_come_from_a_step_is_its_score(scores):
    p, mask = padded(scores)
    r, K = delta_scores(p, mask), len(scores)
    for k in range(K - 1):
        assert r[k:].sum() == pytest.approx(p[k])
    assert not r[K - 1 :].any()
    np.testing.assert_allclose(delta_scores(torch.as_tensor(p), torch.as_tensor(mask)), r)


@given(SCORES)
def test_bounds(scores):
    p, mask = padded(scores)
    assert clip_scores(p).max() <= 0 and delta_scores(p, mask).sum() <= 1 and clip_delta(p, mask).sum() <= 0
    np.testing.assert_array_equal(clip_delta(p, mask), delta_scores(clip_scores(p), mask))


@given(SCORES, st.integers(1, 20), st.floats(0, 1))
def test_repeats_add_to_the_raw_sum_alone(scores, n, p):
    scores = [*scores, 0.3]
    once, mask = padded(scores)
    longer, wide = padded([scores[0], *[p] * n, *scores[1:]])
    raw = longer[wide].sum() - once[mask].sum()
    assert raw == pytest.approx(n * p)
    assert delta_scores(longer, wide).sum() == pytest.approx(delta_scores(once, mask).sum())
    assert clip_scores(longer)[wide].sum() <= clip_scores(once)[mask].sum() + 1e-12


def chain(step_pay, gamma=0.99):
    """Two steps to the answer; a step may be said again for ever. The states are the steps, then the end."""
    P = np.zeros((3, 2, 3))
    P[0, 0, 1] = P[1, 0, 2] = P[0, 1, 0] = P[1, 1, 1] = P[2, :, 2] = 1
    R = np.zeros((3, 2))
    R[1, 0] += 1.0  # the answer is right
    return TabularMDP(P, R + step_pay, gamma=gamma, terminal=np.array([False, False, True]))


def test_with_raw_scores_it_is_best_to_repeat_for_ever_and_with_differences_to_answer():
    p = 0.9
    raw = chain(np.array([[p, p], [p, p], [0, 0]]))
    assert raw.solve().policy[:2].tolist() == [1, 1]  # say it again
    # every step scores p: the difference to the next is 0 until the last, which is judged by the answer
    delta = chain(np.array([[0.0, 0.0], [0.0, 0.0], [0, 0]]))
    assert delta.solve().policy[:2].tolist() == [0, 0]


def test_online_each_difference_is_paid_a_step_late_and_recorded_in_place():
    from transforms_hacked import steps

    scores = np.array([[0.9], [0.4], [0.8], [0.3]])
    done = np.array([[False], [False], [False], [True]])
    batch = steps(scores, np.zeros((4, 1)))
    batch = type(batch)(batch.obs, batch.action, scores, batch.obs, done, ~done & False, {})
    reward = Delta(Task())
    reward.reset(np.ones(1, bool))
    online = np.stack([reward(batch.rows(t)) for t in range(4)])
    recorded = reward.recorded(batch)["delta"]
    np.testing.assert_allclose(recorded[:, 0], [0.5, -0.4, 0.8, 0.0])
    np.testing.assert_allclose(online[:, 0], [0.0, 0.5, -0.4, 0.8])
    np.testing.assert_allclose(recorded[:, 0], delta_scores(scores[:, 0], np.ones(4, bool)))


def test_step_clip_is_clip():
    from contracts.row import sample

    batch = sample(5)
    np.testing.assert_array_equal(StepClip(0.2)(batch), clip_scores(batch.reward, 0.2))
