import gymnasium as gym
import numpy as np
import pytest
import stable_baselines3
import torch
from gymnasium import spaces
from stable_baselines3.common.vec_env import DummyVecEnv

from rewardlab.agents.deep import DQN, PPO
from rewardlab.agents.loops.runs import resume_run, save_run
from rewardlab.agents.tabular import QLearning
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import (
    BradleyTerry,
    NoisyTeacher,
    PaidVector,
    PreferenceLearning,
    Remembering,
    Teacher,
)
from rewardlab.rewards.preference import Disagreement, Queries, Uniform, constant_budget

SMALL = {"seed": 0, "device": "cpu", "policy_kwargs": {"net_arch": [8]}}
PPO_SMALL = {**SMALL, "n_steps": 32, "batch_size": 32, "n_epochs": 2}
KEPT = {**SMALL, "learning_starts": 10, "batch_size": 8, "buffer_size": 100}


def model(env="CartPole-v1", **options):
    made = gym.make(env)
    given = {"members": 2, "hidden": (8,), "seed": 0} | options
    return BradleyTerry(observation_space=made.observation_space, action_space=made.action_space, **given)


def vector(env="CartPole-v1", rows=2):
    return gym.make_vec(
        env,
        num_envs=rows,
        vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": gym.vector.AutoresetMode.SAME_STEP},
    )


class Left(Task):
    """How far the cart stands on the left."""

    def __call__(self, batch):
        return -batch.next_obs[..., 0]


def learning(agent, reward, **options):
    given = {"labels": 30, "rounds": 3, "epochs": 2, "seed": 0} | options
    queries = given.pop("queries", Queries(Uniform(), length=5))
    return PreferenceLearning(agent, reward, given.pop("teacher", Teacher(Left())), queries, **given)


AGENTS = {
    "our PPO": lambda: PPO("MlpPolicy", vector(), **PPO_SMALL),
    "our DQN": lambda: DQN("MlpPolicy", vector(), **KEPT),
    "their PPO": lambda: stable_baselines3.PPO(
        "MlpPolicy", DummyVecEnv([lambda: gym.make("CartPole-v1")] * 2), **PPO_SMALL
    ),
    "their DQN by id": lambda: stable_baselines3.DQN("MlpPolicy", "CartPole-v1", **KEPT),
}


@pytest.mark.parametrize("kind", AGENTS)
def test_any_agent_is_paid_by_the_model_and_asked_about_what_it_did(kind):
    agent, reward = AGENTS[kind](), model()
    run = learning(agent, reward, budget=constant_budget).learn(400)
    assert [r["asked"] for r in run.history] == [10, 10, 10] and run.comparisons.shape == (30, 2, 5)
    assert agent.num_timesteps >= 400 and run.remembering.seen >= 370
    label = np.where(-run.comparisons.next_obs[..., 0].sum(-1) @ [1, -1] > 0, 1.0, 0.0)
    masked = run.comparisons.info["mask"].all((1, 2))
    assert (run.comparisons.info["label"] == label)[masked].all()
    last = run.remembering.episodes()[-1]
    assert np.isfinite(reward(last)).all() and run.remembering.awake
    assert (last.reward == 1).all()  # what is remembered is what the world paid


@pytest.mark.parametrize("kind", ["our DQN", "their DQN by id"])
def test_what_an_agent_keeps_is_worth_what_the_model_says_now(kind):
    agent, reward = AGENTS[kind](), model()
    run = learning(agent, reward).learn(250)  # the memory of 100 steps has wrapped around
    run.round(5)
    if kind == "our DQN":
        batch, _ = agent.draw(32)
        steps, paid = batch, batch.reward
    else:
        buffer, held = agent.replay_buffer, slice(None)
        assert buffer.full and 0 < buffer.pos < 100
        paid = buffer.rewards[held, 0]
        steps = Transitions(
            buffer.observations[held, 0],
            buffer.actions[held, 0, 0].astype(np.int64),
            paid,
            buffer.next_observations[held, 0],
            buffer.dones[held, 0] > 0,
            buffer.timeouts[held, 0] > 0,
        )
    np.testing.assert_allclose(reward(steps), paid, atol=1e-5)
    assert np.std(np.asarray(paid)) > 0.1


def test_until_the_first_fit_nothing_is_paid():
    agent, reward = AGENTS["our PPO"](), model()
    run = learning(agent, reward, first=0.5)
    paid = []
    run.teacher = lambda pairs: (
        paid.append(agent.ep_info_buffer[-1]["r"] if agent.ep_info_buffer else 0.0) or np.ones(len(pairs))
    )
    run.learn(600)
    assert paid[0] == 0.0 and paid[-1] != 0.0


def test_a_driver_of_the_users_own_is_used_as_it_is():
    reward = model()
    memory = Remembering(reward=reward, capacity=64)
    agent = PPO("MlpPolicy", PaidVector(vector(), 0.5 * memory + 0.1 * Task()), **PPO_SMALL)
    env = agent.get_env()
    run = learning(agent, reward)
    assert run.remembering is memory and agent.get_env() is env
    run.learn(200)
    assert len(memory) == 64 and len(run.history) == 3


class Ahead(Task):
    """How far along the chain a step has led to."""

    def __call__(self, batch):
        return 1.0 * batch.next_obs


def test_a_tabular_agent_learns_the_way_from_comparisons():
    """A chain without an end, and a teacher who likes to be far ahead: always on."""
    env = gym.make_vec("rewardlab/Chain-v0", num_envs=4, states=8, ends=())
    agent = QLearning(env, seed=0, epsilon=0.3, learning_rate=0.3)
    reward = BradleyTerry(
        observation_space=env.single_observation_space, action_space=env.single_action_space, next_obs=True, seed=0
    )
    queries = Queries(Disagreement(), length=4)
    run = learning(agent, reward, teacher=Teacher(Ahead()), labels=200, epochs=60, queries=queries).learn(6000)
    assert run.history[-1]["held_out"] > 0.85
    assert (agent.Q.argmax(1) == 1).all()


def test_a_killed_run_goes_on_to_the_same_bits(tmp_path):
    def made():
        agent = PPO("MlpPolicy", vector(), **PPO_SMALL)
        teacher = NoisyTeacher(Left(), temperature=1.0, seed=3)
        return learning(agent, model(), teacher=teacher, queries=Queries(Disagreement(), length=5), capacity=150)

    keep = {"write": save_run, "read": resume_run}
    whole = made().learn(600)

    class Killed(Exception):
        pass

    def dying(agent, path):
        save_run(agent, path)
        if path.name == "round-0002.agent":
            raise Killed  # between the two files: the round before counts

    with pytest.raises(Killed):
        made().learn(600, folder=tmp_path, write=dying, read=resume_run)
    again = made().learn(600, folder=tmp_path, **keep)
    assert again.history == whole.history
    for one, two in zip(whole.agent.policy.parameters(), again.agent.policy.parameters(), strict=True):
        assert torch.equal(one, two)
    np.testing.assert_array_equal(whole.comparisons.obs, again.comparisons.obs)
    np.testing.assert_array_equal(whole.comparisons.info["label"], again.comparisons.info["label"])
    assert len(list(tmp_path.glob("round-*.agent"))) == 1
    done = made().learn(600, folder=tmp_path, **keep)  # nothing is left to do
    assert done.history == whole.history
    with pytest.raises(BadCheckpoint, match="'labels': 30"):
        learning(PPO("MlpPolicy", vector(), **PPO_SMALL), model(), labels=31).learn(600, folder=tmp_path, **keep)


def test_questions_without_an_answer_teach_nothing():
    def silent(pairs):
        return np.where(np.arange(len(pairs)) % 2 == 0, np.nan, 1.0)

    with pytest.warns(UserWarning, match="all labels are 1"):
        run = learning(AGENTS["our PPO"](), model(), teacher=silent, budget=constant_budget).learn(300)
    assert [r["answered"] for r in run.history] == [5, 5, 5] and len(run.comparisons) == 15
    nobody = learning(AGENTS["our PPO"](), model(), teacher=lambda pairs: np.full(len(pairs), np.nan)).learn(300)
    assert not nobody.remembering.awake and len(nobody.comparisons) == 0


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"labels": 0}, "labels=0"),
        ({"rounds": 0}, "rounds=0"),
        ({"first": 0.0}, "first=0"),
        ({"epochs": 0}, "epochs=0"),
    ],
)
def test_numbers_that_cannot_be_are_refused(options, word):
    with pytest.raises(BadOption, match=word):
        learning(AGENTS["our PPO"](), model(), **options)


def test_it_says_what_is_missing(tmp_path):
    run = learning(AGENTS["our PPO"](), model())
    with pytest.raises(BadOption, match="more than 3"):
        run.learn(3)
    with pytest.raises(BadOption, match="a folder without write= and read="):
        run.learn(300, folder=tmp_path)
    with pytest.raises(BadOption, match="without an environment"):
        learning(QLearning(spaces_of(), seed=0), model())


def spaces_of():
    from rewardlab.agents.loops.online import Spaces

    return Spaces(spaces.Discrete(3), spaces.Discrete(2))
