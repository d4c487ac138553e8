"""A guarded planner: whoever plans, no limit is broken, and what is safe is not touched."""

import numpy as np
import pytest

import rewardlab  # noqa: F401
from rewardlab.agents.loops.simulated import RulesModel, Still
from rewardlab.agents.model_based import ILQG, Guarded
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.control import BicycleDrive

RULES = BicycleDrive()
TIGHT = RulesModel(BicycleDrive(v_max=11.99, v_min=-2.99, alat_max=9.97, width=2.98))


def driven(act, n=16, steps=60):
    """Violations [n] and progress [n] of n cars."""
    rng = Streams(range(n))
    rng.begin(np.ones(n, dtype=bool))
    state, wrong = RULES.start(n, rng), np.zeros(n, dtype=bool)
    for _ in range(steps):
        action = act(RULES.look(state).astype(np.float64))
        state, _, _, info = RULES.move(state, action, Still(n))
        wrong |= info["violation"]
    return wrong, state["driven"]


@pytest.mark.parametrize("kind", ["noise", "full speed", "steer", "nothing but NaN"])
def test_reckless_plans_break_no_limit_where_they_would_alone(kind):
    rng = np.random.default_rng(0)
    plans = {
        "noise": lambda obs: rng.uniform(-1, 1, (len(obs), 2)),
        "full speed": lambda obs: np.tile([1.0, 0.0], (len(obs), 1)),
        "steer": lambda obs: np.tile([0.3, 1.0], (len(obs), 1)),
        "nothing but NaN": lambda obs: np.full((len(obs), 2), np.nan),
    }
    guarded = Guarded(None, RULES.brake, TIGHT, steps=50)
    wrong, _ = driven(lambda obs: guarded.guard(obs, plans[kind](obs)))
    assert not wrong.any() and guarded.braked > 0
    if kind != "nothing but NaN":
        alone, _ = driven(plans[kind])
        assert alone.mean() > 0.3


def test_what_is_safe_is_left_as_it_is():
    guarded = Guarded(None, RULES.brake, TIGHT, steps=50)
    slow = lambda obs: np.concatenate([0.2 * (2.0 - obs[:, 3:4]), RULES.brake(obs)[:, 1:]], axis=1)  # noqa: E731
    wrong, way = driven(lambda obs: guarded.guard(obs, slow(obs)), n=8)
    assert guarded.braked == 0 and not wrong.any()
    np.testing.assert_array_equal(way, driven(slow, n=8)[1])


def test_a_planner_is_guarded_with_its_plan_kept():
    pay = lambda b: b.next_obs[:, 3] - 0.01 * (b.action**2).sum(1)  # noqa: E731  # as fast as it goes
    planner = ILQG("rewardlab/BicycleDrive-v0", reward=pay, horizon=5, first=1)
    guarded, plan = Guarded(planner, RULES.brake, TIGHT), None

    def act(obs):
        nonlocal plan
        action, plan = guarded.control(obs, plan)
        return action

    wrong, way = driven(act, n=2, steps=40)
    assert not wrong.any() and plan.shape == (2, 5, 2) and (way > 0.05).all()


def test_a_guard_needs_a_planner_to_plan_and_a_future_to_look_at():
    with pytest.raises(BadOption, match="planner"):
        Guarded(None, RULES.brake, TIGHT).control(np.zeros((1, 16)))
    with pytest.raises(BadOption, match="steps"):
        Guarded(None, RULES.brake, TIGHT, steps=0)
