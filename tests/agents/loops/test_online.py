"""The online loop: counts, resets, callbacks, files and refusals, with Q-learning and UCB1 inside it."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorWrapper

import rewardlab  # noqa: F401
from rewardlab.agents import UCB1, Agent, EpsilonGreedy, QLearning
from rewardlab.agents.loops import Rollout, Spaces, Step
from rewardlab.core.errors import (
    BadCheckpoint,
    BadOption,
    BadReward,
    BadSpace,
    FaultyEnvironment,
    UnknownName,
)


def sea(n=4, **options):
    return gym.make_vec("rewardlab/DeepSea-v0", num_envs=n, size=4, **options)


def arms(n=3, **options):
    return gym.make_vec("rewardlab/BernoulliBandit-v0", num_envs=n, **options)


class Patched(VectorWrapper):
    """A vector environment whose steps are told otherwise."""

    def __init__(self, envs, *, reward=lambda r: r, drop=(), mode="as it is"):
        super().__init__(envs)
        self.reward, self.drop = reward, drop
        if mode != "as it is":
            self.metadata = {**envs.metadata, "autoreset_mode": mode}

    def step(self, actions):
        obs, reward, terminated, truncated, info = self.env.step(actions)
        return obs, self.reward(reward), terminated, truncated, {k: v for k, v in info.items() if k not in self.drop}


class Offset(gym.Env):
    """A ring of states 5, 6, 7 walked by actions -1 and 0 (forward); each way round pays 1."""

    observation_space = spaces.Discrete(3, start=5)
    action_space = spaces.Discrete(2, start=-1)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.at = 5
        return self.at, {}

    def step(self, action):
        assert action in (-1, 0)
        paid = float(action == 0 and self.at == 7)
        self.at = 5 + (self.at - 5 + (action == 0)) % 3
        return self.at, paid, False, False, {}


@pytest.mark.parametrize(
    "make", [lambda: QLearning(sea(), seed=0), lambda: UCB1(arms(), seed=0), lambda: EpsilonGreedy(arms())]
)
def test_agents_speak_the_protocol(make):
    agent = make()
    assert isinstance(agent, Agent)
    assert agent.learn(10) is agent


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_transitions_are_counted_not_resets(mode):
    agent = QLearning(sea(4, autoreset_mode=mode), seed=0)
    agent.learn(10)
    assert agent.num_timesteps == 12  # three steps of four rows
    agent.learn(100)
    assert agent.num_timesteps == agent.visits.sum() == 112
    assert (agent.visits[-1] == 0).all()  # nothing is ever learned in a terminal state
    assert agent.visits[0].sum() in (28, 32)  # every fourth step starts an episode
    assert agent.learn(0).num_timesteps == 112


def test_one_call_and_two_learn_the_same():
    whole, halves = QLearning(sea(), seed=3), QLearning(sea(), seed=3)
    whole.learn(400)
    halves.learn(120).learn(280)
    np.testing.assert_array_equal(whole.Q, halves.Q)
    other = QLearning(sea(), seed=4).learn(400)
    assert (whole.visits != other.visits).any()


@pytest.mark.parametrize("env", ["rewardlab/DeepSea-v0", gym.make("rewardlab/DeepSea-v0")])
def test_ids_and_single_environments_are_vectors_of_one(env):
    agent = QLearning(env, seed=1).learn(55)
    twin = QLearning(gym.make_vec("rewardlab/DeepSea-v0", num_envs=1), seed=1).learn(55)
    assert agent.n_envs == 1 and agent.num_timesteps == 55
    np.testing.assert_array_equal(agent.Q, twin.Q)


def test_gymnasium_vectors_of_either_mode():
    for mode in (AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP):
        envs = SyncVectorEnv([lambda: gym.make("FrozenLake-v1")] * 3, autoreset_mode=mode)
        agent = QLearning(envs, seed=0, epsilon=1.0).learn(300)
        assert agent.visits.sum() == agent.num_timesteps >= 300
        ends = [i for i, letter in enumerate("SFFFFHFHFFFHHFFG") if letter in "HG"]
        assert agent.visits[ends].sum() == 0 and agent.visits[0].sum() > 10


def test_spaces_may_count_from_anywhere():
    agent = QLearning(gym.wrappers.TimeLimit(Offset(), 50), seed=0, epsilon=1.0, learning_rate=1.0, gamma=0.5)
    agent.learn(600)
    forward = np.array([0.25, 0.5, 1.0]) / (1 - 0.125)
    np.testing.assert_allclose(agent.Q[:, 1], forward, atol=1e-12)
    np.testing.assert_allclose(agent.Q[:, 0], forward / 2, atol=1e-12)
    action, state = agent.predict(7, deterministic=True)
    assert action == 0 and state is None and action in Offset.action_space
    np.testing.assert_array_equal(agent.predict(np.array([5, 6, 7]), deterministic=True)[0], [0, 0, 0])


def test_what_is_paid_is_what_is_learned():
    paid = Patched(sea(), reward=lambda r: 7.0 - 2 * r)
    agent = QLearning(paid, seed=0, epsilon=1.0, learning_rate=1.0, gamma=0.0).learn(2000)
    own = QLearning(sea(), seed=0, epsilon=1.0, learning_rate=1.0, gamma=0.0).learn(2000)
    seen = agent.visits > 0
    np.testing.assert_array_equal(agent.visits, own.visits)
    np.testing.assert_allclose(agent.Q[seen], 7.0 - 2 * own.Q[seen], atol=1e-12)
    assert seen.sum() > 15


def test_a_function_hears_each_step_and_may_end_training():
    heard = []

    def callback(now):
        heard.append((now["self"].num_timesteps, now["rewards"].shape, now["dones"].shape, now["total_timesteps"]))
        return None if len(heard) < 3 else False

    agent = QLearning(sea(), seed=0).learn(1000, callback)
    assert heard == [(4, (4,), (4,), 1000), (8, (4,), (4,), 1000), (12, (4,), (4,), 1000)]
    assert agent.num_timesteps == 12
    with pytest.raises(BadOption, match="callback=int"):
        agent.learn(4, callback=3)


def test_callbacks_of_stable_baselines3_work(tmp_path):
    from stable_baselines3.common.callbacks import (
        CallbackList,
        CheckpointCallback,
        EvalCallback,
        StopTrainingOnMaxEpisodes,
    )
    from stable_baselines3.common.monitor import Monitor

    stop = StopTrainingOnMaxEpisodes(3)
    judge = EvalCallback(Monitor(gym.make("rewardlab/DeepSea-v0", size=4)), eval_freq=5, verbose=0, n_eval_episodes=2)
    keep = CheckpointCallback(4, str(tmp_path), name_prefix="sea")
    envs = sea(2)
    from rewardlab.core.agent import as_vec_env

    agent = QLearning(envs, seed=0)
    with pytest.warns(UserWarning, match="not of the same type"):
        agent.learn(10_000, callback=CallbackList([stop, judge, keep]))
    assert agent.num_timesteps == 24  # 3 episodes of 4 steps in each of 2 rows
    assert judge.best_mean_reward <= 1.0 and judge.n_calls == 12
    assert len(list(tmp_path.iterdir())) == 3
    assert as_vec_env(envs).num_envs == agent.n_envs == 2


def test_evaluation_of_stable_baselines3_works():
    from stable_baselines3.common.evaluation import evaluate_policy
    from stable_baselines3.common.monitor import Monitor

    agent = QLearning(sea(16), seed=0, initial_value=1.0, epsilon=0.0, learning_rate=1.0).learn(4000)
    mean, deviation = evaluate_policy(agent, Monitor(gym.make("rewardlab/DeepSea-v0", size=4)), n_eval_episodes=3)
    assert mean == pytest.approx(0.99) and deviation < 1e-12


def test_a_progress_bar_counts_transitions(capsys):
    QLearning(sea(), seed=0).learn(40, progress_bar=True)
    assert "40/40" in capsys.readouterr().err


@pytest.mark.parametrize("make", [lambda e, **k: QLearning(e, omega=0.7, **k), UCB1, EpsilonGreedy])
def test_a_saved_agent_is_the_same_to_the_bit(make, tmp_path):
    env = sea if make not in (UCB1, EpsilonGreedy) else arms
    agent = make(env(5), seed=11).learn(700)
    agent.predict(agent._rollout.obs)  # the predictions' stream has moved as well
    agent.save(tmp_path / "agent")
    agent.save(tmp_path / "again")
    assert (tmp_path / "agent").read_bytes() == (tmp_path / "again").read_bytes()
    one, two = (type(agent).load(tmp_path / "agent", env=env(5)) for _ in "ab")
    blind = type(agent).load(tmp_path / "agent")
    obs = env(64).reset(seed=0)[0]
    expected = [agent.predict(obs)[0] for _ in range(3)]
    for loaded in (one, two, blind):
        assert loaded.num_timesteps == agent.num_timesteps and repr(loaded) == repr(agent)
        for name, value in agent.tables().items():
            np.testing.assert_array_equal(loaded.tables()[name], value)
        for actions in expected:
            np.testing.assert_array_equal(loaded.predict(obs)[0], actions)
    assert (blind.observation_space, blind.action_space) == (agent.observation_space, agent.action_space)
    one.learn(300)
    two.learn(300)
    for name, value in one.tables().items():
        np.testing.assert_array_equal(two.tables()[name], value)
    assert one.num_timesteps > agent.num_timesteps
    with pytest.raises(BadOption, match="no environment to learn in"):
        blind.learn(1)
    blind.set_env(env(2))
    assert blind.learn(2).num_timesteps == agent.num_timesteps + 2


def test_the_streams_go_on_where_they_were_saved(tmp_path):
    agent = QLearning(sea(1), seed=5, epsilon=1.0).learn(50)
    agent.save(tmp_path / "a")
    loaded = QLearning.load(tmp_path / "a", env=sea(1))
    assert loaded._rng.random() == agent._rng.random()


def test_a_loaded_agent_sees_new_episodes(tmp_path):
    def coins(agent):
        heard = []
        agent.learn(30, lambda now: heard.append(now["rewards"].copy()))
        return np.concatenate(heard)

    agent = EpsilonGreedy(arms(1, means=(0.5, 0.5)), seed=5)
    first = coins(agent)
    agent.save(tmp_path / "a")
    later = [coins(EpsilonGreedy.load(tmp_path / "a", env=arms(1, means=(0.5, 0.5)))) for _ in "ab"]
    np.testing.assert_array_equal(later[0], later[1])
    assert (first != later[0]).any()


def test_predictions_do_not_disturb_training():
    quiet = QLearning(sea(), seed=6, epsilon=0.5).learn(200)
    watched = QLearning(sea(), seed=6, epsilon=0.5)
    watched.learn(200, lambda now: now["self"].predict(now["new_obs"]) and None)
    np.testing.assert_array_equal(quiet.Q, watched.Q)
    np.testing.assert_array_equal(quiet.visits, watched.visits)


def test_files_of_others_are_refused(tmp_path):
    UCB1(arms(), seed=0).learn(5).save(tmp_path / "ucb")
    with pytest.raises(BadCheckpoint, match="UCB1"):
        QLearning.load(tmp_path / "ucb")
    QLearning(sea(), seed=0).save(tmp_path / "q")
    with pytest.raises(BadCheckpoint, match="Discrete"):
        QLearning.load(tmp_path / "q", env="rewardlab/DeepSea-v0")  # of another size
    with pytest.raises(BadCheckpoint, match="no such file"):
        QLearning.load(tmp_path / "nothing")


@pytest.mark.parametrize(
    "space",
    [
        spaces.Box(np.array([-1.0, 0.0], np.float32), np.array([1.0, np.inf], np.float32)),
        spaces.Discrete(3, start=2),
        spaces.MultiBinary([2, 2]),
        spaces.MultiDiscrete(np.array([2, 5]), start=np.array([1, 0])),
    ],
)
def test_spaces_survive_a_file(space, tmp_path):
    agent = UCB1(Spaces(space, spaces.Discrete(4, start=-3)), seed=0)
    agent.save(tmp_path / "a")
    loaded = UCB1.load(tmp_path / "a")
    assert loaded.observation_space == space and loaded.action_space == agent.action_space
    space.seed(0)
    assert loaded.predict(space.sample(), deterministic=True)[0] == -3
    batch = np.stack([space.sample() for _ in range(6)])
    np.testing.assert_array_equal(loaded.predict(batch, deterministic=True)[0], np.full(6, -3))


def test_spaces_that_cannot_be_worked_with_are_named():
    with pytest.raises(BadSpace, match="observations in Box"):
        QLearning(sea(observation="one_hot"))
    with pytest.raises(BadSpace, match="actions in Box"):
        QLearning(Spaces(spaces.Discrete(2), spaces.Box(0, 1)))
    with pytest.raises(BadSpace, match="actions in MultiDiscrete"):
        UCB1(Spaces(spaces.Discrete(2), spaces.MultiDiscrete([2, 2])))
    with pytest.raises(BadSpace, match="observations in Text"):
        UCB1(Spaces(spaces.Text(5), spaces.Discrete(2)))
    agent = QLearning(sea())
    for wrong in (17, -1, 0.5, np.zeros((2, 2), dtype=int)):
        with pytest.raises(BadSpace, match="observations"):
            agent.predict(wrong)


def test_environments_that_cannot_be_worked_with_are_named():
    with pytest.raises(BadOption, match="autoreset mode <AutoresetMode"):
        QLearning(sea(autoreset_mode="Disabled"))
    with pytest.raises(BadOption, match="no declared autoreset mode"):
        QLearning(Patched(sea(), mode=None))
    with pytest.raises(UnknownName):
        QLearning("rewardlab/DeapSea-v0")
    with pytest.raises(BadOption, match="is no environment"):
        QLearning(3)
    with pytest.raises(BadReward, match="row 0 paid nan"):
        QLearning(Patched(sea(), reward=lambda r: r * np.nan)).learn(4)
    with pytest.raises(FaultyEnvironment, match="without final_obs"):
        QLearning(Patched(sea(), drop=("final_obs",))).learn(40)
    with pytest.raises(BadOption, match=r"total_timesteps=1\.5"):
        QLearning(sea()).learn(1.5)
    with pytest.raises(BadOption, match="total_timesteps=-5"):
        QLearning(sea()).learn(-5)


def test_a_rollout_shows_true_successors_and_columns():
    rollout = Rollout(arms(3, pulls=2, means=(0.25, 0.75, 0.5)), where="test")
    rollout.start(0)
    for t in (1, 2):
        step = rollout.step(np.array([0, 1, 2]))
        np.testing.assert_array_equal(step.column("pseudo_regret"), [0.5, 0.0, 0.25])
        assert step.column("nothing") is None
        np.testing.assert_allclose(step.next_obs()[:, :3].sum(1), t / 2)
        assert step.done.all() == (t == 2) and (step.shown == 0).all() == (t == 2)


def test_a_column_is_that_of_the_step_in_ended_and_running_rows():
    row, ends = np.zeros(3), np.array([False, True, False])
    cuts, live = np.array([False, False, True]), np.ones(3, dtype=bool)
    info = {"cost": np.array([1.0, 0.0, 0.0]), "final_info": {"cost": np.array([0.0, 2.0, 3.0])}}
    step = Step(row, row, row, ends, cuts, live, row, info)
    np.testing.assert_array_equal(step.column("cost"), [1.0, 2.0, 3.0])
    wide = {"losses": np.eye(3), "final_info": {"losses": 2 * np.eye(3)}}
    np.testing.assert_array_equal(
        Step(row, row, row, ends, cuts, live, row, wide).column("losses"), np.diag([1.0, 2.0, 2.0])
    )
    only_last = Step(row, row, row, live, cuts, live, row, {"final_info": info["final_info"]})
    np.testing.assert_array_equal(only_last.column("cost"), [0.0, 2.0, 3.0])
