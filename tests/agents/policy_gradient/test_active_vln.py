"""ActiveVLN: budgets by hand, no success within them is cut, circles are, and hopeless routes cost less."""

import math

import gymnasium as gym
import numpy as np
import pytest

import rewardlab  # noqa: F401  registers the ids
from rewardlab.agents.policy_gradient import Budgets, EarlyStop
from rewardlab.core.errors import BadCheckpoint, BadOption


def test_a_budget_is_the_factor_times_the_mean_of_successes_of_its_kind():
    budgets = Budgets(factor=1.5, first=9)
    for length, success in ((4, True), (6, True), (50, False)):
        budgets.note("a", length, success)
    budgets.note("b", 50, False)
    assert budgets.limit("a") == budgets.limit("b") == 9  # until the epoch ends
    budgets.update()
    assert budgets.limit("a") == math.ceil(1.5 * 5) and budgets.limit("b") == 9
    budgets.note("a", 10, True)
    again = Budgets(factor=1.5)
    again.load_state_dict(budgets.state_dict())
    for kept in (budgets, again):
        kept.update()
        assert kept.limit("a") == 15
    budgets.update()
    assert budgets.limit("a") == 15 and again.limit("b") == Budgets().limit("x") == math.inf
    with pytest.raises(BadCheckpoint):
        again.load_state_dict({"limits": {}})
    for wrong in ({"factor": 0.9},):
        with pytest.raises(BadOption, match="factor"):
            Budgets(**wrong)


class Line(gym.Env):
    """Steps -1 and 1 on the whole numbers; 5 is the goal."""

    action_space, observation_space = gym.spaces.Discrete(3, start=-1), gym.spaces.Discrete(2000, start=-1000)

    def reset(self, *, seed=None, options=None):
        self.at = 0
        return 0, {}

    def step(self, action):
        self.at += int(action)
        return self.at, 1.0, self.at == 5, False, {"success": self.at == 5, "place": self.at}


def walked(env, moves):
    """(how many of the moves were made, was it cut)."""
    env.reset()
    for k, move in enumerate(moves):
        _, reward, terminated, truncated, info = env.step(move)
        assert info["cut"] == truncated and (reward == 0) == truncated
        if terminated or truncated:
            return k + 1, truncated
    return len(moves), False


@pytest.mark.parametrize("seed", range(20))
def test_no_success_within_its_budget_is_cut_and_whatever_goes_beyond_is(seed):
    rng = np.random.default_rng(seed)
    budgets = Budgets(factor=1.0)
    budgets.note("line", int(rng.integers(5, 30)), True)
    budgets.update()
    env = EarlyStop(Line(), budgets, lambda env, info: "line")
    for _ in range(20):
        moves = [int(m) for m in rng.choice([-1, 1, 1], size=60)]
        free, _ = walked(EarlyStop(Line(), Budgets(), lambda env, info: "line"), moves)
        arrived = sum(moves[:free]) == 5
        made, cut = walked(env, moves)
        assert (made, cut) == ((free, False) if arrived and free <= budgets.limit("line") else (made, True))
        assert made <= budgets.limit("line") + 1


def test_who_comes_to_a_place_too_often_is_cut():
    env = EarlyStop(Line(), Budgets(), lambda env, info: 0, place=lambda info: info["place"], patience=3)
    assert walked(env, [1, -1, 1, -1, 1, -1, 1, -1]) == (5, True)  # the third time at 1
    assert walked(env, [1, 1, 1, 1, 1]) == (5, False)
    with pytest.raises(BadOption, match="patience"):
        EarlyStop(Line(), Budgets(), lambda env, info: 0, patience=0)


def test_expert_routes_are_never_cut_and_a_walk_by_chance_costs_less():
    """Errands of the text world: shortest routes set the budgets of each length of instruction."""
    budgets = Budgets(factor=1.5)

    def kind(env, info):
        return len(env.unwrapped.get_state()["state"]["task"][0].clauses)

    def pose(info):
        return (info["x"], info["y"], info["heading"])

    options = {"length": lambda info: info["moves"], "place": pose}
    env = EarlyStop(gym.make("rewardlab/TextNav-v0"), budgets, kind, **options)
    rules = env.unwrapped.rules

    def expert(rng):
        state = env.unwrapped.get_state()["state"]
        return rules.expert(state["task"][0], state["memory"][0], rng)

    def chance(rng):
        return ", ".join(rng.choice(["forward", "left", "right"], size=3, p=[0.6, 0.2, 0.2]))

    def play(policy, seeds):
        moves, cuts, good = 0, 0, 0
        for seed in seeds:
            env.reset(seed=seed)
            rng, over = np.random.default_rng(seed), False
            while not over:
                _, _, terminated, truncated, info = env.step(policy(rng))
                over = terminated or truncated
            moves, cuts, good = moves + info["moves"], cuts + info["cut"], good + bool(info["success"])
        return moves, cuts, good

    free, _, _ = play(chance, range(40))
    _, cuts, good = play(expert, range(40))
    assert (cuts, good) == (0, 40)
    budgets.update()
    assert play(expert, range(40))[1:] == (0, 40)
    assert play(chance, range(40))[0] < 0.7 * free
