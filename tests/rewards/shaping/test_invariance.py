"""What calls itself exact keeps every optimal policy, on solved processes and in played episodes; the rest moves one.

A new reward that says "exact" needs a row in `EXACT`; one of this family that says "no" needs one in `MOVED`.
"""

import copy
import importlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, VectorWrapper
from gymnasium.wrappers import TimeLimit
from steps import steps, without
from support_rewards import Walk, walks

from rewardlab import rewards
from rewardlab.core import catalogue
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Reward, Task
from rewardlab.core.tabulate import lost, moves_of, strays, tabulate
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import (
    Advice,
    CountBonus,
    DifferenceReward,
    DistanceReward,
    DynamicPotential,
    GoalReward,
    LearnedPotential,
    Milestones,
    Paid,
    PaidVector,
    Potential,
    Progress,
    SubgoalPotential,
    TerminalBonus,
    TimePenalty,
    as_potential,
)

SAME, NEXT = AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP
GAMMA = 0.9
WORLDS = 50


class Built(NamedTuple):
    """A reward for a process, the columns that it reads, and the potential [S] by which it shifts Q, if it has one."""

    reward: Reward
    columns: dict = {}
    phi: np.ndarray | None = None


def _potential(mdp, rng):
    phi = 10 * rng.normal(size=mdp.num_states)
    return Built(Potential(tuple(phi), mdp.gamma), phi=phi)


def _progress(mdp, rng):
    return Built(Progress("far", 2.0, mdp.gamma, start=0.7), {"far": 5 * rng.normal(size=mdp.num_states)})


def _advice(mdp, rng):
    phi = 3 * rng.normal(size=(mdp.num_states, mdp.num_actions))
    return Built(Advice(lambda s, a: phi[s, a], mdp.gamma))


def _dynamic(mdp, rng):
    phi = 3 * rng.normal(size=mdp.num_states)
    reward = DynamicPotential(lambda s, n: phi[s] * (1 + n / 100), mdp.gamma)
    reward.update(moves_of(mdp))
    return Built(reward)


def _learned(mdp, rng):
    reward = LearnedPotential(gamma=mdp.gamma, scale=3.0)
    for _ in range(5):
        reward.update(moves_of(mdp))
    return Built(reward)


def _subgoals(mdp, rng):
    place = rng.normal(size=(mdp.num_states, 2))
    way = tuple(tuple(place[s]) for s in rng.choice(mdp.num_states, 3, replace=False))
    return Built(SubgoalPotential(lambda s: 1.0 * place[s], way, radius=0.3, gamma=mdp.gamma))


def _bonus(mdp, rng):
    count = CountBonus(beta=5.0)
    count.update(steps(30, next_obs=rng.integers(0, mdp.num_states, 30)))
    return Built(as_potential(count + Milestones({"flag": 2.0}), mdp.gamma), {"flag": rng.random(mdp.num_states) < 0.3})


def _machine(mdp, rng):
    machine = rewards.RewardMachine((("a", "x", "b", 1.0), ("b", "y & !x", "a", 0.5)), "a")
    flags = rng.random((2, mdp.num_states)) < 0.4
    return Built(rewards.MachinePotential(machine, mdp.gamma), {"x": flags[0], "y": flags[1]})


def _calm(mdp, rng):
    told = np.array([f"{s}" for s in range(mdp.num_states)], dtype=object)
    right = rng.random((3, mdp.num_states)) < 0.3

    def judge(items):
        return np.array([float(right[int(goal), int(text)]) for goal, text in items])

    reward = rewards.CALMPotential(("0", "1", "2"), judge, bonus=2.0, gamma=mdp.gamma)
    return Built(reward, {"transition": told})


EXACT: dict[str, Callable] = {
    "Advice": _advice,
    "BonusPotential": _bonus,
    "CALMPotential": _calm,
    "DynamicPotential": _dynamic,
    "LearnedPotential": _learned,
    "MachinePotential": _machine,
    "Potential": _potential,
    "Progress": _progress,
    "SubgoalPotential": _subgoals,
}


def claims(claim):
    """The rewards of the catalogue, but for the algebra, that make this claim: name -> family."""
    found = [e for e in catalogue.entries("reward") if e.family != "core"]
    return {e.name: e.family for e in found if getattr(importlib.import_module(e.module), e.name).invariance == claim}


def world(seed):
    rng = np.random.default_rng(seed)
    return random_mdp(rng, states=10, actions=3, terminal=1 + seed % 3, gamma=GAMMA), rng


def test_every_exact_reward_has_a_row():
    assert set(claims("exact")) == set(EXACT)


@pytest.mark.parametrize("name", EXACT)
def test_what_says_exact_keeps_every_optimal_policy(name):
    for seed in range(WORLDS):
        mdp, rng = world(seed)
        made = EXACT[name](mdp, rng)
        assert type(made.reward).__name__ == name
        table = tabulate(mdp, Task() + made.reward, columns=made.columns)
        assert not strays(table).any() and not lost(table).any()
        shift = (table.mdp.solve().Q - table.task.solve().Q)[~table.mdp.terminal]
        np.testing.assert_allclose(shift, shift[:, :1] * np.ones_like(shift), atol=1e-8)  # the same for all actions
        assert np.abs(shift).max() > 1e-3, "a reward that pays nothing proves nothing"
        assert table.unrolled == made.reward.memory
        if made.phi is not None:
            np.testing.assert_allclose(shift, -made.phi[~mdp.terminal, None] * np.ones_like(shift), atol=1e-8)


def test_the_tasks_own_reward_keeps_its_policies():
    for seed in range(WORLDS):
        table = tabulate(world(seed)[0], Task() + Task())
        assert not strays(table).any() and not lost(table).any()


def test_scaled_and_summed_potentials_are_potentials():
    for seed in range(WORLDS):
        mdp, rng = world(seed)
        a, b = _potential(mdp, rng), _potential(mdp, rng)
        table = tabulate(mdp, Task() - 0.3 * a.reward + 2.0 * b.reward)
        assert not strays(table).any() and not lost(table).any()
        shift = (table.mdp.solve().Q - mdp.solve().Q)[~mdp.terminal]
        np.testing.assert_allclose(shift, (0.3 * a.phi - 2 * b.phi)[~mdp.terminal, None] + 0 * shift, atol=1e-8)


# -- planted faults --------------------------------------------------------------------------------------------------


class Uncorrected(Potential):
    """Keeps the potential of terminal states."""

    def __call__(self, batch):
        return super().__call__(without(batch, terminated=np.zeros_like(batch.terminated)))


class CutToo(Potential):
    """Takes the potential away from truncated states too."""

    def __call__(self, batch):
        return super().__call__(without(batch, terminated=batch.done))


class UncorrectedAdvice(Advice):
    """Look-back advice as it was published: the last step of an episode keeps its potential."""

    def __call__(self, batch):
        return super().__call__(without(batch, terminated=np.zeros_like(batch.terminated)))


class Forgetful(DynamicPotential):
    """Asks a changing potential what it says now of the state that is left."""

    def __call__(self, batch):
        return Potential(lambda s: self.phi(s, self._seen), self.gamma)(batch)


def _uncorrected(mdp, rng):
    return Built(Uncorrected(tuple(10 * rng.normal(size=mdp.num_states)), mdp.gamma))


def _wrong_gamma(mdp, rng):
    return Built(Potential(tuple(10 * rng.normal(size=mdp.num_states)), 0.5))


def _uncorrected_advice(mdp, rng):
    phi = 3 * rng.normal(size=(mdp.num_states, mdp.num_actions))
    return Built(UncorrectedAdvice(lambda s, a: phi[s, a], mdp.gamma))


@pytest.mark.parametrize("plant", [_uncorrected, _wrong_gamma, _uncorrected_advice])
def test_a_planted_fault_moves_the_optimum(plant):
    moved = 0
    for seed in range(WORLDS):
        mdp, rng = world(seed)
        table = tabulate(mdp, Task() + plant(mdp, rng).reward)
        moved += bool(strays(table).any() or lost(table).any())
    assert moved > WORLDS // 2


# -- what does not say exact: a process on which the optimum moves ---------------------------------------------------


def fork(*pays):
    """State 0 with one action for each of `pays`, each to a terminal state of its own: 1, 2, ..."""
    n = len(pays)
    P, R = np.zeros((n + 1, n, n + 1)), np.zeros((n + 1, n))
    P[0, range(n), range(1, n + 1)] = 1.0
    P[1:, :, 0] = 1.0
    R[0] = pays
    return TabularMDP(P, R, gamma=GAMMA, terminal=np.arange(n + 1) > 0)


def gamble():
    """State 0: action 0 gives 0 or 4 with even chances, action 1 surely gives 1.5."""
    P, R = np.zeros((4, 2, 4)), np.zeros((4, 2, 4))
    P[0, 0, 1:3], P[0, 1, 3], P[1:, :, 0] = 0.5, 1.0, 1.0
    R[0, 0, 2], R[0, 1, 3] = 4.0, 1.5
    return TabularMDP(P, R, gamma=GAMMA, terminal=np.arange(4) > 0)


def loop(stay, leave):
    """State 0: action 0 stays there, action 1 ends in state 1."""
    P, R = np.zeros((2, 2, 2)), np.zeros((2, 2))
    P[0, 0, 0] = P[0, 1, 1] = P[1, :, 1] = 1.0
    R[0] = [stay, leave]
    return TabularMDP(P, R, gamma=GAMMA, terminal=np.array([False, True]))


def by_state(**columns):
    return {k: np.asarray(v) for k, v in columns.items()}


def visited():
    """A count that knows state 1 well and state 2 not at all."""
    bonus = CountBonus()
    bonus.update(steps(99, next_obs=np.ones(99, dtype=np.int64)))
    return bonus


LEFT_FAR = by_state(distance=[0.0, 3.0, 1.0])
FLAG = by_state(flag=[False, False, True])

MOVED: dict[str, Callable] = {
    "Clip": lambda: (gamble(), rewards.Clip() - Task(), {}),  # transforms stand in the task's place
    "CountBonus": lambda: (fork(1.0, 0.9), visited(), {}),
    "DifferenceReward": lambda: (fork(1.0, 0.9), DifferenceReward("others"), by_state(others=[0.0, 1.0, 0.0])),
    "DistanceReward": lambda: (fork(1.0, 0.9), DistanceReward(), LEFT_FAR),
    "GoalReward": lambda: (loop(0.0, 1.0), GoalReward(), by_state(distance=[0.2, 5.0])),
    "Milestones": lambda: (fork(1.0, 0.9), Milestones({"flag": 1.0}), FLAG),
    "RewardMachine": lambda: (fork(1.0, 0.9), rewards.RewardMachine((("a", "flag", "b", 1.0),), "a", ("b",)), FLAG),
    "Explors": lambda: (loop(0.0, 1.0), rewards.Explors(2, 2), {}),  # staying is new for as long as nothing is learned
    "Sigmoid": lambda: (gamble(), rewards.Sigmoid() - Task(), {}),
    "SymmetricLog": lambda: (gamble(), rewards.SymmetricLog() - Task(), {}),
    "Tanh": lambda: (gamble(), rewards.Tanh() - Task(), {}),
    "TableReward": lambda: (fork(1.0, 0.9), rewards.TableReward(np.array([[0.0, 1.0], [0, 0], [0, 0]])), {}),
    "TerminalBonus": lambda: (fork(1.0, 0.9), TerminalBonus(), by_state(success=[False, False, True])),
    "TimePenalty": lambda: (loop(0.1, 0.5), TimePenalty(0.2), {}),  # 0.1 for ever is 1, less 2 for time
}


@pytest.mark.parametrize("name", MOVED)
def test_what_does_not_say_exact_moves_an_optimum(name):
    mdp, reward, columns = MOVED[name]()
    assert name in claims("no") or name in claims("limit")
    table = tabulate(mdp, Task() + reward, columns=columns)
    assert strays(table).any()


def test_every_inexact_reward_of_this_family_has_its_counter_example():
    assert {n for n, family in claims("no").items() if family == "shaping"} <= set(MOVED)


# -- the drivers -----------------------------------------------------------------------------------------------------


def phi(obs):
    """A potential of walks, wide enough that no two ends agree."""
    return obs[:, 0] * 1.5 + np.sqrt(2.0) * obs[:, 1] + 0.1


def moving(obs, seen):
    return phi(obs) * (1 + seen / 40)


def likes(obs, action):
    return phi(obs) * (1.0 + action)


class Case(NamedTuple):
    """A reward, what its potential is before an episode's first step and after its last, and how often γ counts then.

    `first` and `last` are asked of a copy of the reward as it was when the step was paid.
    """

    make: Callable[[], Reward]
    first: Callable
    last: Callable
    off: int = 0


def _now(r, s):
    return phi(s)


CASES = {
    "Potential": Case(lambda: Potential(phi, GAMMA), _now, lambda r, s, a, z: phi(z)),
    "Progress": Case(
        lambda: Progress("position", 2.0, GAMMA, 0.3), lambda r, s: 0.3 + 0 * s[:, 0], lambda r, s, a, z: 2.0 * z[:, 0]
    ),
    "DynamicPotential": Case(
        lambda: DynamicPotential(moving, GAMMA),
        lambda r, s: moving(s, r._seen),
        lambda r, s, a, z: moving(z, r._seen),
    ),
    "LearnedPotential": Case(
        lambda: LearnedPotential(gamma=GAMMA, key=lambda s: s[..., 0].astype(np.int64) + 9, lr=0.5),
        lambda r, s: table_of(r)[s[:, 0].astype(int) + 9],
        lambda r, s, a, z: table_of(r)[z[:, 0].astype(int) + 9],
    ),
    "BonusPotential": Case(
        lambda: as_potential(DistanceReward(lambda s: s[:, 0] / 8), GAMMA),
        lambda r, s: 0 * s[:, 0],
        lambda r, s, a, z: -z[:, 0] / 8,
    ),
    "Advice": Case(lambda: Advice(likes, GAMMA), lambda r, s: 0 * s[:, 0], lambda r, s, a, z: likes(s, a), off=-1),
}


def table_of(reward):
    """The learned values of places 0 .. 29, 0 where none."""
    learned = np.zeros(30)
    if reward._values is not None:
        learned[: len(reward._values.table)] = reward._values.table
    return learned


def sums(case, envs, mode, *, reward=None, vector_steps=60):
    """[(the discounted sum of an episode, what it should be, whether it was cut off)], as an agent adds it up."""
    n, rng = envs.num_envs, np.random.default_rng(1)
    obs, _ = envs.reset(seed=0)
    total, power, over, expected = np.zeros(n), np.ones(n), np.zeros(n, dtype=bool), np.zeros(n)
    found, opened = [], np.ones(n, dtype=bool)
    for _ in range(vector_steps):
        held = case.make() if reward is None else copy.deepcopy(reward)
        expected = np.where(opened & ~over, -case.first(held, obs.astype(float)), expected)
        opened = opened & over
        action = rng.integers(0, 2, n)
        seen, pay, terminated, truncated, info = envs.step(action)
        total, power = total + power * pay, np.where(over, power, power * GAMMA)
        done, after = terminated | truncated, seen.copy()
        if mode is SAME and done.any():
            for i in np.flatnonzero(done):
                after[i] = info["final_obs"][i]
        left = power * GAMMA**case.off * case.last(held, obs.astype(float), action, after.astype(float))
        for i in np.flatnonzero(done):
            cut = not terminated[i]
            found.append((total[i], expected[i] + (left[i] if cut else 0.0), cut))
        over = done if mode is NEXT else np.zeros(n, dtype=bool)
        opened = opened | done
        total, power = np.where(done, 0.0, total), np.where(done, 1.0, power)
        obs = seen
    assert sum(cut for *_, cut in found) > 5 and sum(not cut for *_, cut in found) > 5
    return found


@pytest.mark.parametrize("mode", [SAME, NEXT])
@pytest.mark.parametrize("name", CASES)
def test_played_episodes_telescope_through_ends_cuts_and_autoreset(name, mode):
    case = CASES[name]
    reward = case.make()
    for got, due, _ in sums(case, PaidVector(walks(6, mode), reward), mode, reward=reward):
        assert got == pytest.approx(due, abs=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_a_time_limit_around_the_environment_cuts_and_does_not_end(name):
    case = CASES[name]
    reward = case.make()
    env = Paid(TimeLimit(Walk(9), 4), reward)
    rng, cuts, ends = np.random.default_rng(2), 0, 0
    for episode in range(40):
        obs, _ = env.reset(seed=episode)
        total, power, expected, over = 0.0, 1.0, None, False
        while not over:
            held, action = copy.deepcopy(reward), int(rng.integers(2))
            expected = -case.first(held, obs[None].astype(float))[0] if expected is None else expected
            after, pay, terminated, truncated, _ = env.step(action)
            total, power = total + power * pay, power * GAMMA
            end = after[None].astype(float)
            left = power * GAMMA**case.off * case.last(held, obs[None].astype(float), np.array([action]), end)[0]
            obs, over = after, terminated or truncated
        cuts, ends = cuts + (not terminated), ends + terminated
        assert total == pytest.approx(expected + (0.0 if terminated else left), abs=1e-9)
    assert cuts > 5 and ends > 5


class Bootstrapped(VectorWrapper):
    """A planted fault: takes what `step` returns for the successor, over every autoreset."""

    def reset(self, **given):
        self._last, info = self.env.reset(**given)
        return self._last, info

    def step(self, action):
        obs, _, terminated, truncated, info = self.env.step(action)
        pay = GAMMA * np.where(terminated, 0.0, phi(obs)) - phi(self._last)
        self._last = obs
        return obs, pay, terminated, truncated, info


PLANTED = {
    "no terminal correction": ("Potential", lambda: Uncorrected(phi, GAMMA)),
    "a correction at truncation": ("Potential", lambda: CutToo(phi, GAMMA)),
    "a wrong gamma": ("Potential", lambda: Potential(phi, 0.8)),
    "advice without a correction": ("Advice", lambda: UncorrectedAdvice(likes, GAMMA)),
    "a forgotten potential": ("DynamicPotential", lambda: Forgetful(moving, GAMMA)),
    "a bootstrap over autoreset": ("Potential", None),
}


@pytest.mark.parametrize("mode", [SAME, NEXT])
@pytest.mark.parametrize("fault", PLANTED)
def test_each_planted_fault_is_caught_by_the_sums_of_played_episodes(fault, mode):
    name, make = PLANTED[fault]
    if make is None:
        found = sums(CASES[name], Bootstrapped(walks(6, mode)), mode)
    else:
        reward = make()
        found = sums(CASES[name], PaidVector(walks(6, mode), reward), mode, reward=reward)
    wrong = [abs(got - due) > 1e-3 for got, due, _ in found]
    assert sum(wrong) > 5
    if fault == "no terminal correction":  # and only where it should be
        assert not any(w and cut for w, (*_, cut) in zip(wrong, found, strict=True))
    if fault == "a correction at truncation":
        assert all(w == cut for w, (*_, cut) in zip(wrong, found, strict=True))
