"""Learners in one game: they are told what is theirs, and average play goes to equilibrium at the known rates."""

import numpy as np
import pytest

from rewardlab.agents.bandits import UCB1, Exp3, Hedge, OptimisticHedge, RegretMatchingPlus
from rewardlab.agents.loops.seats import Seat, Seats
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.games import MatrixGame

ROCK = [[0.5, 0.0, 1.0], [1.0, 0.5, 0.0], [0.0, 1.0, 0.5]]
BIASED = [[0.0, -1.0, 3.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]


def game(rows=1, rounds=100, **options):
    return WorldVectorEnv(MatrixGame(rounds=rounds, **options), rows)


def made(kind, **options):
    return lambda seat, seed: kind(seat, seed=seed, independent=True, **options)


def test_each_seat_is_told_what_is_its_own():
    seen = []
    seats = Seats(game(rows=4, preferences=ROCK), [made(Hedge), made(Hedge)])
    for p, agent in enumerate(seats.agents):
        inner = agent.absorb
        agent.absorb = lambda step, p=p, inner=inner: (seen.append((p, step)), inner(step))
    whole = []
    seats.learn(5, whole.append)
    assert len(seen) == 10 and seats.agents[0].num_timesteps == 20
    table = np.array(ROCK)
    for (p, step), joint in zip(seen, [s for s in whole for _ in range(2)], strict=True):
        mine, other = joint.action[:, p], joint.action[:, 1 - p]
        np.testing.assert_array_equal(step.action, mine)
        pay = table[mine, other]
        np.testing.assert_allclose(step.reward, pay)
        np.testing.assert_allclose(step.info["losses"], 1.0 - table[:, other].T)


@pytest.mark.parametrize(("kind", "low", "high"), [(OptimisticHedge, -1.1, -0.75), (RegretMatchingPlus, -0.75, -0.4)])
def test_average_play_goes_to_equilibrium_at_its_rate(kind, low, high):
    gaps = []
    seats = Seats(game(rounds=1500, payoffs=BIASED, mixed=True), [made(kind), made(kind)], low=-3.0, high=3.0)
    seats.learn(1499, lambda step: gaps.append(step.column("exploitability")[0]))
    time = np.arange(1, 1500)
    late = time > 100
    slope = np.polyfit(np.log(time[late]), np.log(np.array(gaps)[late]), 1)[0]
    assert low < slope < high  # hints make it a power of 1, where an adversary allows but the root of rounds
    assert gaps[-1] < 0.1


def test_hedge_is_as_fast_as_an_adversary_allows_and_bandits_play_too():
    gaps = []
    seats = Seats(game(rows=20, rounds=2001, preferences=ROCK), [made(Hedge), made(Exp3)])
    seats.learn(2000, lambda step: gaps.append(step.column("coarse_gap").mean()))
    assert gaps[-1] < 0.1 < gaps[20]
    shares = seats.agents[0].counts.mean(0) / 2000
    np.testing.assert_allclose(shares, 1 / 3, atol=0.05)


def test_two_runs_of_one_seed_are_the_same():
    def counts(seed):
        seats = Seats(game(rows=3, preferences=ROCK), [made(UCB1), made(Exp3)], seed=seed)
        return np.stack([a.counts for a in seats.learn(60).agents])

    np.testing.assert_array_equal(counts(4), counts(4))
    assert (counts(4) != counts(5)).any()


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="3 players"):
        Seats(game(preferences=ROCK), [made(Hedge)] * 3)
    with pytest.raises(BadOption, match="1 memories"):
        Seats(game(rows=2, preferences=ROCK), [lambda seat, seed: Hedge(seat, seed=seed)] * 2)
    with pytest.raises(BadOption, match="low=1"):
        Seats(game(preferences=ROCK), [made(Hedge)] * 2, low=1.0, high=1.0)
    with pytest.raises(BadOption, match="a seat alone"):
        Seat(1, game().single_observation_space, game().single_action_space).reset()
