"""The laws of agents, over every agent that the catalogue finds. A new agent needs one row in `ROWS`.

Deep agents have theirs in `test_deep_agents.py`.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from contracts.chosen import has_turn, kept
from gymnasium.vector import AutoresetMode

from rewardlab.agents import (
    CEM,
    FTRL,
    GFUCB,
    GLMUCB,
    ILQG,
    IQL,
    KLUCB,
    LOOP,
    MOSS,
    NORA,
    PRLSVI,
    PSRL,
    QMIX,
    RUCB,
    TSDE,
    UCB1,
    UCBV,
    UCBVI,
    UCRL2,
    VDN,
    AnytimeMOSS,
    BernsteinUCBVI,
    Compass,
    Copeland,
    DiscountedUCB,
    DoubleQLearning,
    DoubleThompson,
    DynaQ,
    DynLinUCB,
    EpsilonGreedy,
    Exp3,
    Exp3IX,
    ExpectedSarsa,
    ExploreThenCommit,
    GaussianThompson,
    GradientBandit,
    Hedge,
    HorizonFreeExploration,
    LastSwitchPlanner,
    LinEpsilonGreedy,
    LinTS,
    LinUCB,
    LogBarrierFTRL,
    LogBarrierPolicy,
    MagnitudeReduced,
    MagnitudeReducedPolicy,
    MixtureLOOP,
    NaturalPolicyGradient,
    NeuralGFUCB,
    NeuralLinear,
    OptimisticHedge,
    OptimisticMirrorDescent,
    OptimisticQ,
    PolicyIteration,
    PredictiveSampling,
    PrioritisedSweeping,
    QLearning,
    RegretMatching,
    RegretMatchingPlus,
    Reinforce,
    RepeatedElimination,
    RewardFreeUCRL,
    RLearning,
    RMax,
    Sarsa,
    SlidingWindowUCB,
    SoftQLearning,
    SuccessiveElimination,
    TabularLOOP,
    Thompson,
    TsallisINF,
    ValueIteration,
)
from rewardlab.core import catalogue
from rewardlab.core.agent import Agent, as_vector_env
from rewardlab.core.columns import step_column
from rewardlab.core.errors import BadCheckpoint, BadSpace
from rewardlab.rewards import PaidVector, Task


@dataclass(frozen=True)
class Row:
    """An agent for the laws: how to make it, and the smallest world in which it beats random play."""

    make: Callable[..., Any]  # (env, seed=) -> agent
    world: str
    kwargs: dict[str, Any]
    steps: int
    margin: float  # by how much its mean return must exceed that of random play
    loss: str = ""  # an info column that is to be small, where that is the aim in place of a large reward

    def envs(self, rows: int = 4, **options: Any) -> Any:
        """The smallest world, N rows."""
        return gym.make_vec(self.world, num_envs=rows, **self.kwargs, **options)


def optimist(env, seed):
    """Q-learning that tries everything first."""
    return QLearning(env, seed=seed, learning_rate=1.0, epsilon=0.0, initial_value=1.0)


def soft(env, seed):
    """Soft Q-learning that begins with hope and hardly pays for leaving the uniform policy."""
    return SoftQLearning(env, seed=seed, beta=0.01, initial_value=1.0, omega=0.0)


def river(states=6):
    """The river's own table, and one in which swimming up leads nowhere."""
    true = gym.make("rewardlab/RiverSwim-v0").unwrapped.to_mdp().with_gamma(None)
    P, R = true.dense()
    P = P.copy()
    P[:, 1] = P[:, 0]
    return [type(true)(P, R, gamma=None), true]


def layered(method, **options):
    """A method that knows the dynamics of the layered game."""
    process = gym.make("rewardlab/AdversarialMDP-v0", **LAYERS["kwargs"]).unwrapped.rules.process
    states = process.num_states - 1  # the last one is the end of a round
    transitions = process.dense()[0][:states, :, :states]
    return with_horizon(method, 3, transitions=transitions, bonus=0.001, **options)


def with_horizon(method, horizon, **options):
    """A method that looks so many steps ahead."""
    return lambda env, seed: method(env, seed=seed, horizon=horizon, **options)


def with_options(method, **options):
    """A method with options."""
    return lambda env, seed: method(env, seed=seed, **options)


def small(method):
    """A team's values that begin to learn at once."""
    return with_options(
        method, learning_starts=64, batch_size=64, decay_steps=1500, target_every=50, learning_rate=1e-3
    )


def short_burn(env, seed):
    """Elimination for arms without memory."""
    return RepeatedElimination(env, seed=seed, burn=0, horizon=2000)


def planning(method, **options):
    """A planner with few samples."""
    return with_options(method, samples=24, horizon=8, knots=3, first=3, **options)


BANDIT = {"world": "rewardlab/BernoulliBandit-v0", "kwargs": {"arms": 3, "means": [0.1, 0.5, 0.9], "pulls": 50}}
SEA = {"world": "rewardlab/DeepSea-v0", "kwargs": {"size": 5}}
LAYERS: dict[str, Any] = {
    "world": "rewardlab/AdversarialMDP-v0",
    "kwargs": {"schedule": "fixed", "rounds": 20, "features": 2, "instance": 8},
}
RIVER = {"world": "rewardlab/RiverSwim-v0", "kwargs": {"max_episode_steps": 50}}
EXPERTS = {
    "world": "rewardlab/OnlineLosses-v0",
    "kwargs": {"domain": "simplex", "dimension": 3, "sequence": "fixed", "rounds": 50},
}
DUELS = {
    "world": "rewardlab/DuelingBandit-v0",
    "kwargs": {"preferences": [[0.5, 0.7, 0.9], [0.3, 0.5, 0.7], [0.1, 0.3, 0.5]], "pulls": 50},
}
LOSSES = {
    "world": "rewardlab/AdversarialBandit-Full-v0",
    "kwargs": {"arms": 3, "sequence": "fixed", "rounds": 50},
}
ADVERSARY = {"world": "rewardlab/AdversarialBandit-v0", "kwargs": {"arms": 4, "sequence": "fixed", "rounds": 50}}
LINEAR = {"world": "rewardlab/LinearSystem-v0", "kwargs": {"max_episode_steps": 30}}
ROWS = {
    "AnytimeMOSS": Row(AnytimeMOSS, **BANDIT, steps=2000, margin=12.0),
    "BernsteinUCBVI": Row(with_horizon(BernsteinUCBVI, 5, scale=0.01), **SEA, steps=4000, margin=0.9),
    "CEM": Row(planning(CEM, elites=4, moves=2), **LINEAR, steps=64, margin=20.0),
    "Compass": Row(Compass, "rewardlab/GridSkirmish-v0", {}, steps=4000, margin=0.5),
    "Copeland": Row(Copeland, **DUELS, steps=1600, margin=4.0, loss="pseudo_regret"),
    "DiscountedUCB": Row(DiscountedUCB, **BANDIT, steps=2000, margin=12.0),
    "DoubleQLearning": Row(
        with_options(DoubleQLearning, learning_rate=1.0, epsilon=1.0), **SEA, steps=8000, margin=0.9
    ),
    "DoubleThompson": Row(DoubleThompson, **DUELS, steps=1600, margin=4.0, loss="pseudo_regret"),
    "DynLinUCB": Row(DynLinUCB, **BANDIT, steps=2000, margin=12.0),
    "DynaQ": Row(with_options(DynaQ, learning_rate=1.0, epsilon=0.0, initial_value=1.0), **SEA, steps=2000, margin=0.9),
    "EpsilonGreedy": Row(EpsilonGreedy, **BANDIT, steps=2000, margin=12.0),
    "Exp3": Row(Exp3, **BANDIT, steps=2000, margin=12.0),
    "Exp3IX": Row(Exp3IX, **BANDIT, steps=2000, margin=12.0),
    "ExpectedSarsa": Row(
        with_options(ExpectedSarsa, learning_rate=1.0, epsilon=0.0, initial_value=1.0), **SEA, steps=4000, margin=0.9
    ),
    "ExploreThenCommit": Row(ExploreThenCommit, **BANDIT, steps=2000, margin=12.0),
    "FTRL": Row(FTRL, **EXPERTS, steps=800, margin=5.0),
    "GFUCB": Row(with_options(GFUCB, noise=0.5), **BANDIT, steps=2000, margin=12.0),
    "GLMUCB": Row(GLMUCB, **BANDIT, steps=2000, margin=12.0),
    "GaussianThompson": Row(GaussianThompson, **BANDIT, steps=2000, margin=12.0),
    "GradientBandit": Row(with_options(GradientBandit, alpha=0.5), **BANDIT, steps=2000, margin=12.0),
    "Hedge": Row(Hedge, **LOSSES, steps=400, margin=5.0),
    "HorizonFreeExploration": Row(
        with_horizon(HorizonFreeExploration, 20, kernels=[m.dense()[0] for m in river()]),
        **RIVER,
        steps=4000,
        margin=2.0,
    ),
    "ILQG": Row(with_horizon(ILQG, 10), **LINEAR, steps=64, margin=20.0),
    "IQL": Row(small(IQL), "rewardlab/GridSkirmish-v0", {}, steps=3000, margin=0.2),
    "KLUCB": Row(KLUCB, **BANDIT, steps=2000, margin=12.0),
    "LOOP": Row(with_options(LOOP, hypotheses=river()), **RIVER, steps=2000, margin=4.0),
    "LastSwitchPlanner": Row(
        LastSwitchPlanner, "rewardlab/LastSwitchBandit-v0", {"max_episode_steps": 100}, steps=2000, margin=5.0
    ),
    "LinEpsilonGreedy": Row(LinEpsilonGreedy, **BANDIT, steps=2000, margin=12.0),
    "LinTS": Row(LinTS, **BANDIT, steps=2000, margin=12.0),
    "LinUCB": Row(LinUCB, **BANDIT, steps=2000, margin=12.0),
    "LogBarrierFTRL": Row(LogBarrierFTRL, **ADVERSARY, steps=2000, margin=5.0),
    "LogBarrierPolicy": Row(layered(LogBarrierPolicy, eta=1.0), **LAYERS, steps=6000, margin=8.0),
    "MOSS": Row(with_options(MOSS, horizon=2000), **BANDIT, steps=2000, margin=12.0),
    "MagnitudeReduced": Row(MagnitudeReduced, **ADVERSARY, steps=2000, margin=5.0),
    "MagnitudeReducedPolicy": Row(layered(MagnitudeReducedPolicy, eta=0.05), **LAYERS, steps=6000, margin=8.0),
    "MixtureLOOP": Row(
        with_options(MixtureLOOP, kernels=[m.dense()[0] for m in river()], rewards=river()[1].R),
        **RIVER,
        steps=2000,
        margin=4.0,
    ),
    "NORA": Row(with_horizon(NORA, 5), **SEA, steps=8000, margin=0.9),
    "NaturalPolicyGradient": Row(NaturalPolicyGradient, **SEA, steps=4, margin=0.9),
    "NeuralGFUCB": Row(with_options(NeuralGFUCB, noise=0.5, hidden=(8, 3)), **BANDIT, steps=2000, margin=12.0),
    "NeuralLinear": Row(with_options(NeuralLinear, every=100, epochs=5), **BANDIT, steps=1000, margin=8.0),
    "OptimisticHedge": Row(OptimisticHedge, **EXPERTS, steps=800, margin=5.0),
    "OptimisticMirrorDescent": Row(OptimisticMirrorDescent, **EXPERTS, steps=800, margin=5.0),
    "OptimisticQ": Row(with_horizon(OptimisticQ, 5, scale=0.01), **SEA, steps=8000, margin=0.9),
    "PRLSVI": Row(with_horizon(PRLSVI, 5, sigma_p=0.1), **SEA, steps=8000, margin=0.9),
    "PSRL": Row(with_horizon(PSRL, 5, prior=0.04), **SEA, steps=4000, margin=0.9),
    "PolicyIteration": Row(PolicyIteration, **SEA, steps=4, margin=0.9),
    "PredictiveSampling": Row(planning(PredictiveSampling), **LINEAR, steps=64, margin=20.0),
    "PrioritisedSweeping": Row(
        with_options(PrioritisedSweeping, epsilon=0.0, initial_value=1.0), **SEA, steps=2000, margin=0.9
    ),
    "QLearning": Row(optimist, "rewardlab/DeepSea-v0", {"size": 5}, steps=4000, margin=0.9),
    "QMIX": Row(small(QMIX), "rewardlab/GridSkirmish-v0", {}, steps=3000, margin=0.2),
    "RLearning": Row(with_options(RLearning, initial_gain=1.0, gain_rate=0.001), **RIVER, steps=8000, margin=4.0),
    "RMax": Row(with_options(RMax, known_at=1), **SEA, steps=1000, margin=0.9),
    "RUCB": Row(RUCB, **DUELS, steps=1600, margin=4.0, loss="pseudo_regret"),
    "RegretMatching": Row(RegretMatching, **EXPERTS, steps=800, margin=5.0),
    "RegretMatchingPlus": Row(RegretMatchingPlus, **EXPERTS, steps=800, margin=5.0),
    "Reinforce": Row(
        with_options(Reinforce, learning_rate=1.0), "rewardlab/DeepSea-v0", {"size": 3}, steps=6000, margin=0.7
    ),
    "RepeatedElimination": Row(short_burn, **BANDIT, steps=2000, margin=12.0),
    "RewardFreeUCRL": Row(with_horizon(RewardFreeUCRL, 5, scale=0.01), **SEA, steps=4000, margin=0.9),
    "Sarsa": Row(
        with_options(Sarsa, learning_rate=0.5, epsilon=0.0, initial_value=1.0, trace=0.5), **SEA, steps=8000, margin=0.9
    ),
    "SlidingWindowUCB": Row(SlidingWindowUCB, **BANDIT, steps=2000, margin=12.0),
    "SoftQLearning": Row(soft, "rewardlab/DeepSea-v0", {"size": 4}, steps=6000, margin=0.8),
    "SuccessiveElimination": Row(SuccessiveElimination, **BANDIT, steps=2000, margin=12.0),
    "TSDE": Row(with_options(TSDE, prior=0.2, tolerance=0.01), **RIVER, steps=8000, margin=4.0),
    "TabularLOOP": Row(with_options(TabularLOOP, span=6.5, scale=0.001), **RIVER, steps=8000, margin=4.0),
    "Thompson": Row(Thompson, **BANDIT, steps=2000, margin=12.0),
    "TsallisINF": Row(TsallisINF, **BANDIT, steps=2000, margin=12.0),
    "UCB1": Row(UCB1, **BANDIT, steps=2000, margin=12.0),
    "UCBV": Row(UCBV, **BANDIT, steps=2000, margin=12.0),
    "UCBVI": Row(with_horizon(UCBVI, 5, scale=0.001), **SEA, steps=4000, margin=0.9),
    "UCRL2": Row(with_options(UCRL2, scale=0.1), **RIVER, steps=8000, margin=4.0),
    "VDN": Row(small(VDN), "rewardlab/GridSkirmish-v0", {}, steps=3000, margin=0.2),
    "ValueIteration": Row(ValueIteration, **SEA, steps=4, margin=0.9),
}
EVERY = pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in ROWS.items()])


def by_turns(law):
    """Every second row in a short run, by its word."""
    marks = {name: () if has_turn(0, 2, f"{law} {name}") else pytest.mark.slow for name in ROWS}
    return pytest.mark.parametrize("row", kept([pytest.param(r, id=n, marks=marks[n]) for n, r in ROWS.items()]))


def test_every_agent_of_the_catalogue_has_a_row_and_every_row_its_agent():
    found = {e.name: e.module for e in catalogue.entries("agent") if ".deep." not in e.module}
    assert set(ROWS) == set(found)
    for name, row in ROWS.items():
        cls = getattr(importlib.import_module(found[name]), name)
        agent = row.make(row.envs(), seed=0)
        assert type(agent) is cls and isinstance(agent, Agent)


def mean_pay(envs, act, loss="", steps=400):
    """Mean pay per episode of a policy, over all rows; or what is lost, below 0."""
    obs, _ = envs.reset(seed=1_000_000)
    total, ends = 0.0, 0
    for _ in range(steps):
        obs, reward, terminated, truncated, info = envs.step(act(obs))
        done = terminated | truncated
        lost = step_column(info, loss, len(done), done=done if "final_info" in info else None) if loss else None
        total += float(reward.sum() if lost is None else -lost.sum())
        ends += int(done.sum())
    return total / ends


def trained(row, seed=0, steps=None):
    return row.make(row.envs(), seed=seed).learn(row.steps if steps is None else steps)


@by_turns("random play")
def test_it_beats_random_play_on_its_smallest_world(row):
    agent, envs = trained(row), row.envs(8)
    envs.action_space.seed(0)
    by_chance = mean_pay(envs, lambda _: envs.action_space.sample(), row.loss)
    learned = mean_pay(envs, lambda obs: agent.predict(obs, deterministic=True)[0], row.loss)
    assert learned > by_chance + row.margin, (learned, by_chance)


@by_turns("equal seeds give equal agents and others do not")
def test_equal_seeds_give_equal_agents_and_others_do_not(row):
    one, two = trained(row, steps=200), trained(row, steps=200)
    obs = np.array([row.envs(1).single_observation_space.sample() for _ in range(64)])
    same = [a.predict(obs)[0] for a in (one, two)]
    np.testing.assert_array_equal(*same)
    for key, value in one.tables().items():
        np.testing.assert_array_equal(value, two.tables()[key])
    assert one.num_timesteps == two.num_timesteps == 200


@by_turns("save and load to the bit and learning goes on")
def test_save_and_load_to_the_bit_and_learning_goes_on(row, tmp_path):
    agent = trained(row, steps=400)
    agent.save(tmp_path / "agent")
    agent.save(tmp_path / "twin")
    assert (tmp_path / "agent").read_bytes() == (tmp_path / "twin").read_bytes()
    back = type(agent).load(tmp_path / "agent")
    obs = np.array([agent.observation_space.sample() for _ in range(64)])
    for deterministic in (True, False):
        for _ in range(3):
            np.testing.assert_array_equal(
                agent.predict(obs, deterministic=deterministic)[0], back.predict(obs, deterministic=deterministic)[0]
            )
    one = type(agent).load(tmp_path / "agent", env=row.envs()).learn(200)
    two = type(agent).load(tmp_path / "agent", env=row.envs()).learn(200)
    assert one.num_timesteps == two.num_timesteps == 600
    for key, value in one.tables().items():
        np.testing.assert_array_equal(value, two.tables()[key])


@EVERY
def test_a_damaged_or_foreign_file_is_refused(row, tmp_path):
    agent = trained(row, steps=100)
    agent.save(tmp_path / "agent")
    raw = (tmp_path / "agent").read_bytes()
    (tmp_path / "cut").write_bytes(raw[: len(raw) // 2])
    others = [r for r in ROWS.values() if r.make is not row.make]
    others[0].make(others[0].envs(), seed=0).save(tmp_path / "other")
    for name in ("cut", "other", "none"):
        with pytest.raises(BadCheckpoint):
            type(agent).load(tmp_path / name)


@by_turns("it takes an id an environment a vector and a paid one")
def test_it_takes_an_id_an_environment_a_vector_and_a_paid_one(row):
    paid = PaidVector(row.envs(2), Task() * 0.5)
    farama = gym.make_vec(row.world, num_envs=2, vectorization_mode="sync", **row.kwargs)
    assert farama.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    for env in (row.world, gym.make(row.world, **row.kwargs), row.envs(3), paid, farama, as_vector_env(row.world)):
        agent = row.make(env, seed=0).learn(30)
        assert agent.num_timesteps >= 30


@EVERY
def test_a_callback_stops_training(row):
    seen = []

    def stop(step):
        seen.append(step["self"].num_timesteps)
        return len(seen) < 3

    agent = row.make(row.envs(4), seed=0).learn(1000, callback=stop)
    assert len(seen) == 3 and agent.num_timesteps == seen[-1] == 12


@EVERY
def test_actions_lie_in_the_space_one_or_many(row):
    agent, envs = trained(row, steps=100), row.envs(5)
    obs, _ = envs.reset(seed=0)
    many, state = agent.predict(obs)
    one, _ = agent.predict(obs[0])
    assert many.shape == (5, *envs.single_action_space.shape) and state is None
    assert all(envs.single_action_space.contains(a) for a in many) and envs.single_action_space.contains(one)


@EVERY
def test_spaces_that_it_cannot_work_with_are_named(row):
    with pytest.raises(BadSpace, match=r"[Aa]ctions|observations"):
        row.make(gym.make("Pendulum-v1"), seed=0)
