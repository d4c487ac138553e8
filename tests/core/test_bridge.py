"""The bridge: what crosses it is what the environment made, bit for bit."""

import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv, VectorWrapper
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from stable_baselines3 import A2C, DQN, PPO, SAC
from stable_baselines3.common.callbacks import EvalCallback
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecMonitor, VecNormalize, VecVideoRecorder

import rewardlab
from rewardlab.core.agent import as_vec_env, as_vector_env
from rewardlab.core.bridge import FLAT, FromVecEnv, ToVecEnv
from rewardlab.core.errors import BadOption, BadSeed, BadSpace, FaultyEnvironment
from rewardlab.core.reward import Task
from rewardlab.envs import tables
from rewardlab.rewards import PaidVector, Potential

SEA = "rewardlab/DeepSea-v0"
SAME = AutoresetMode.SAME_STEP


class Counting(gym.Env):
    """Shows (seed, episode, step) and pays them: a lost, doubled or invented transition shows at once."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 5}
    action_space = spaces.Discrete(3)

    def __init__(self, nested: bool = True, render_mode: str | None = None) -> None:
        self.nested, self.render_mode = nested, render_mode
        self.seed_, self.episode, self.step_ = -1, -1, 0
        box = spaces.Box(-np.inf, np.inf, (3,), np.float32)
        self.observation_space = (
            spaces.Dict({"count": box, "parity": spaces.Discrete(2), "bits": spaces.MultiDiscrete([2, 2])})
            if nested
            else box
        )

    def look(self) -> Any:
        count = np.array([self.seed_, self.episode, self.step_], dtype=np.float32)
        parity = np.int64(self.step_ % 2)
        return {"count": count, "parity": parity, "bits": np.array([parity, 0])} if self.nested else count

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        if seed is not None:
            self.seed_, self.episode = seed, -1
        self.episode, self.step_ = self.episode + 1, 0
        return self.look(), {"first": self.episode, "option": (options or {}).get("level", 0)}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.step_ += 1
        length = 2 + (self.seed_ + self.episode) % 4
        over = self.step_ == length
        info: dict[str, Any] = {
            "action": int(action),
            "time": self.step_ / 8,
            "name": f"{self.seed_}.{self.episode}.{self.step_}",
            "reward_parts": {"task": 1.0, "deep": {"twice": 2 * self.step_}},
            "where": np.array([self.seed_, self.step_]),
        }
        if over:
            info["episode"] = {"r": float(self.seed_), "l": length}
            info["is_success"] = bool(self.episode % 2)
        cut = over and self.episode % 3 == 2  # of every six episodes one is cut, and one ends and is cut at once
        ended = over and self.episode % 6 != 2
        return self.look(), self.step_ + 100.0 * self.episode, ended, cut, info

    def render(self) -> np.ndarray:
        return np.full((4, 6, 3), self.step_, dtype=np.uint8)


def counting(n: int, mode: AutoresetMode = SAME, **keywords: Any) -> SyncVectorEnv:
    return SyncVectorEnv([lambda: Counting(**keywords) for _ in range(n)], autoreset_mode=mode)


def plain(x: Any) -> Any:
    """Values that compare with ==."""
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items() if k != "TimeLimit.truncated" or v}
    return x.tolist() if isinstance(x, (np.ndarray, np.generic)) else x


def lockstep(left: VecEnv, right: VecEnv, *, steps: int, seed: int, ended_only: bool = True) -> int:
    """Step both with the same random actions; everything must be equal. Returns how many episodes ended."""
    rng = np.random.default_rng(seed)
    left.seed(seed)
    right.seed(seed)
    assert plain(left.reset()) == plain(right.reset())
    assert plain(left.reset_infos[0]) == plain(right.reset_infos[0])
    left.action_space.seed(int(rng.integers(2**31)))
    ends = 0
    for _ in range(steps):
        action = np.array([left.action_space.sample() for _ in range(left.num_envs)])
        obs, reward, done, infos = left.step(action)
        obs2, reward2, done2, infos2 = right.step(action)
        assert plain(obs) == plain(obs2)
        assert reward.tolist() == reward2.tolist() and reward.dtype == reward2.dtype == np.float32
        assert done.tolist() == done2.tolist()
        ends += int(done.sum())
        for i in range(left.num_envs):
            if done[i] or not ended_only:
                assert plain(infos[i]) == plain(infos2[i])
                assert plain(left.reset_infos[i]) == plain(right.reset_infos[i])
    return ends


# -- the same bits as a loop over single environments --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "keywords"),
    [
        (SEA, {}),
        (SEA, {"observation": "one_hot", "size": 4}),
        (SEA, {"max_episode_steps": 7}),  # always truncated
        (SEA, {"max_episode_steps": 5, "size": 5}),  # ends and is truncated in the same step
        ("CartPole-v1", {"max_episode_steps": 15}),
        ("Pendulum-v1", {"max_episode_steps": 40}),
    ],
)
def test_the_same_as_dummy_vec_env(name: str, keywords: dict[str, Any]) -> None:
    dummy = DummyVecEnv([lambda: gym.make(name, **keywords) for _ in range(4)])
    if name == SEA:
        envs = gym.make_vec(name, num_envs=4, **keywords)
    else:
        same = {"autoreset_mode": SAME}
        envs = gym.make_vec(name, num_envs=4, vectorization_mode="sync", vector_kwargs=same, **keywords)
    assert lockstep(dummy, ToVecEnv(envs), steps=2000 if name == SEA else 500, seed=11) > 40


def test_one_id_of_each_family_is_the_same_as_dummy_vec_env() -> None:
    seen, tried = set(), set()
    for name, entry in sorted(tables().items()):
        family = entry["rules"].split(".")[2]
        single = None if family in seen or entry["rules"] in tried else gym.make(name)
        tried.add(entry["rules"])
        space = single.observation_space if single is not None else None
        parts = tuple(space.values()) if isinstance(space, spaces.Dict) else (space,)
        if single is None or not all(isinstance(p, FLAT) for p in (*parts, single.action_space)):
            continue
        seen.add(family)
        dummy = DummyVecEnv([lambda name=name: gym.make(name) for _ in range(2)])
        lockstep(dummy, ToVecEnv(gym.make_vec(name, num_envs=2)), steps=100, seed=5)
    assert "mdps" in seen


@pytest.mark.parametrize("mode", [SAME, AutoresetMode.NEXT_STEP])
@pytest.mark.parametrize("nested", [True, False])
def test_counts_and_every_kind_of_info_cross(mode: AutoresetMode, nested: bool) -> None:
    dummy = DummyVecEnv([lambda: Counting(nested) for _ in range(3)])
    assert lockstep(dummy, ToVecEnv(counting(3, mode, nested=nested)), steps=300, seed=2) > 200


@pytest.mark.parametrize("mode", [SAME, AutoresetMode.NEXT_STEP])
def test_processes_cross_too(mode: AutoresetMode) -> None:
    dummy = DummyVecEnv([lambda: Counting(False) for _ in range(2)])
    venv = ToVecEnv(AsyncVectorEnv([lambda: Counting(False)] * 2, autoreset_mode=mode))
    assert venv.get_attr("metadata")[1]["render_fps"] == 5
    assert lockstep(dummy, venv, steps=30, seed=2) > 10
    venv.close()


def test_info_keys_show_at_every_step() -> None:
    keys = ("action", "time", "name", "reward_parts", "where")
    dummy = DummyVecEnv([Counting for _ in range(3)])
    venv = ToVecEnv(counting(3), info_keys=keys)
    for v in (dummy, venv):
        v.seed(4)
        v.reset()
    for t in range(40):
        *_, done, infos = venv.step(np.full(3, t % 3))
        *_, infos2 = dummy.step(np.full(3, t % 3))
        for i in np.flatnonzero(~done):
            assert plain(infos[i]) == plain({k: infos2[i][k] for k in keys})


def test_rows_that_go_on_carry_nothing() -> None:
    venv = ToVecEnv(gym.make_vec(SEA, num_envs=3))
    venv.reset()
    assert venv.step(np.zeros(3, dtype=np.int64))[3] == [{}, {}, {}]


def test_no_transition_is_invented() -> None:
    venv = ToVecEnv(counting(5, AutoresetMode.NEXT_STEP, nested=False))
    venv.seed(0)
    before = venv.reset()
    for _ in range(200):
        after, _, done, infos = venv.step(np.zeros(5, dtype=np.int64))
        for i in range(5):
            reached = infos[i]["terminal_observation"] if done[i] else after[i]
            assert (reached - before[i]).tolist() == [0, 0, 1]
            if done[i]:
                assert (after[i] - before[i]).tolist()[:2] == [0, 1] and after[i][2] == 0
        before = after


# -- there and back ------------------------------------------------------------------------------------------------


def test_to_of_from_keeps_every_value() -> None:
    keys = ("action", "time", "name", "reward_parts", "where")
    there = ToVecEnv(FromVecEnv(DummyVecEnv([Counting for _ in range(3)])), info_keys=keys)
    assert lockstep(DummyVecEnv([Counting for _ in range(3)]), there, steps=200, seed=6, ended_only=False) > 100


def test_from_of_to_keeps_every_value() -> None:
    keys = ("action", "time", "name", "reward_parts", "where")
    straight, back = counting(3), FromVecEnv(ToVecEnv(counting(3), info_keys=keys))
    assert back.metadata["autoreset_mode"] is SAME
    assert back.observation_space == straight.observation_space and back.action_space == straight.action_space
    first, info = straight.reset(seed=1, options={"level": 4})
    first2, info2 = back.reset(seed=1, options={"level": 4})
    assert plain(first) == plain(first2) and plain(info) == plain(info2) and info["option"].tolist() == [4, 4, 4]
    rng = np.random.default_rng(0)
    for _ in range(200):
        action = rng.integers(0, 3, 3)
        step, step2 = straight.step(action), back.step(action)
        for x, y in zip(step[:3], step2[:3], strict=True):
            assert plain(x) == plain(y)
        ended = step[2] | step[3]
        assert plain(step2[3]) == plain(step[3] & ~step[2])  # a VecEnv says one of the two, and the end comes first
        assert plain(step[4].get("final_info", {})) == plain(step2[4].get("final_info", {}))
        for key in ("final_obs", "_final_obs", "_final_info") if ended.any() else ():
            assert [plain(v) for v in step[4][key]] == [plain(v) for v in step2[4][key]]
        for key in keys if not ended.all() else ():
            on = ~ended
            assert step2[4][f"_{key}"].tolist() == on.tolist()
            if key != "reward_parts":
                assert plain(step[4][key][on]) == plain(step2[4][key][on])


def test_from_vec_env_through_wrappers_of_stable_baselines() -> None:
    envs = FromVecEnv(VecMonitor(DummyVecEnv([lambda: Counting(False) for _ in range(2)])))
    envs.reset(seed=[7, 8])
    for _ in range(30):
        _, _, terminated, truncated, info = envs.step(np.zeros(2, dtype=np.int64))
        for i in np.flatnonzero(terminated | truncated):
            assert info["final_info"]["episode"]["l"][i] == info["final_obs"][i][2]
            assert info["first"][i] == info["final_obs"][i][1] + 1
    envs.close()


def test_from_vec_env_refuses_what_a_vec_env_cannot() -> None:
    envs = FromVecEnv(DummyVecEnv([Counting for _ in range(2)]))
    with pytest.raises(BadSeed, match=r"seed, seed \+ 1"):
        envs.reset(seed=[3, 3])
    with pytest.raises(BadOption, match="reset_mask"):
        envs.reset(options={"reset_mask": np.array([True, False])})


# -- foreign kinds -------------------------------------------------------------------------------------------------


def test_tensors_are_converted_at_the_border() -> None:
    arrays = ToVecEnv(gym.make_vec(SEA, num_envs=3, size=4, max_episode_steps=3))
    tensors = ToVecEnv(gym.make_vec(SEA, num_envs=3, size=4, max_episode_steps=3, device="cpu"), info_keys=("success",))
    assert lockstep(arrays, tensors, steps=50, seed=0) > 0
    assert isinstance(tensors.step(np.zeros(3, dtype=np.int64))[0], np.ndarray)
    assert tensors.step(np.zeros(3, dtype=np.int64))[3][0] == {"success": False}


def test_memory_that_the_environment_writes_again_is_copied() -> None:
    reused = SyncVectorEnv([lambda: Counting(False) for _ in range(2)], copy=False, autoreset_mode=SAME)
    venv = ToVecEnv(reused)
    venv.seed(0)
    kept = [venv.reset()]
    kept += [venv.step(np.zeros(2, dtype=np.int64))[0] for _ in range(3)]
    assert lockstep(DummyVecEnv([lambda: Counting(False)] * 2), venv, steps=20, seed=0) > 0
    assert [o[1].tolist() for o in kept[:3]] == [[1, 0, 0], [1, 0, 1], [1, 0, 2]]


def test_modes_that_would_invent_transitions_are_refused() -> None:
    with pytest.raises(BadOption, match='autoreset_mode="SameStep"'):
        ToVecEnv(gym.make_vec(SEA, num_envs=2, autoreset_mode="NextStep"))
    with pytest.raises(BadOption, match="DISABLED"):
        ToVecEnv(gym.make_vec(SEA, num_envs=2, autoreset_mode="Disabled"))
    with pytest.raises(BadOption, match="NEXT_STEP"):
        ToVecEnv(gym.make_vec("CartPole-v1", num_envs=2))  # its batched form ignores reset_mask
    with pytest.raises(BadOption, match="NEXT_STEP"):
        ToVecEnv(VectorWrapper(counting(2, AutoresetMode.NEXT_STEP)))
    undeclared = counting(2)
    undeclared.metadata.pop("autoreset_mode")
    with pytest.raises(BadOption, match="no declared autoreset mode"):
        ToVecEnv(undeclared)


def test_an_environment_that_hides_its_last_observation_is_named() -> None:
    class Forgetful(VectorWrapper):
        def step(self, actions: Any) -> Any:
            *rest, info = self.env.step(actions)
            info.pop("final_obs", None)
            return *rest, info

    venv = ToVecEnv(Forgetful(counting(2)))
    venv.seed(0)
    venv.reset()
    with pytest.raises(FaultyEnvironment, match="final_obs"):
        for _ in range(3):
            venv.step(np.zeros(2, dtype=np.int64))


def test_observations_that_stable_baselines_cannot_take_are_refused() -> None:
    class Talking(gym.Env):
        action_space = spaces.Discrete(2)

        def __init__(self, space: spaces.Space) -> None:
            self.observation_space = space

    box = spaces.Box(0, 1, (2,))
    for space in (spaces.Text(5), spaces.Tuple((box, box)), spaces.Dict({"a": spaces.Dict({"b": box})})):
        with pytest.raises(BadSpace, match="FlattenObservation"):
            ToVecEnv(SyncVectorEnv([lambda space=space: Talking(space)], autoreset_mode=SAME))


def test_statistics_of_gymnasium_reach_the_ended_rows() -> None:
    venv = ToVecEnv(RecordEpisodeStatistics(gym.make_vec(SEA, num_envs=2, size=3)))
    venv.reset()
    for _ in range(3):
        _, _, done, infos = venv.step(np.zeros(2, dtype=np.int64))
    assert done.all() and [i["episode"]["l"] for i in infos] == [3, 3]
    assert "episode" not in venv.reset_infos[0]


def test_what_drivers_write_reaches_the_ended_rows() -> None:
    paid = PaidVector(gym.make_vec(SEA, num_envs=3, size=4), Task() + Potential(lambda obs: obs * 0.5, gamma=1.0))
    venv = ToVecEnv(paid, info_keys=("reward_parts",))
    venv.seed(0)
    start = venv.reset()
    total = np.zeros(3)
    for _ in range(4):
        _, reward, done, infos = venv.step(np.array([0, 1, 0]))
        total += reward
        for i, info in enumerate(infos):
            assert sum(info["reward_parts"].values()) == pytest.approx(reward[i], abs=1e-6)
    assert done.all()
    for i, info in enumerate(infos):
        assert info["episode"]["r"] == pytest.approx(total[i], abs=1e-6) and info["episode"]["l"] == 4
        # at γ = 1 the shaping of an episode telescopes to -Φ(s_0)
        assert info["episode_true"]["r"] == pytest.approx(total[i] + start[i] * 0.5, abs=1e-6)
        assert info["task_reward"] <= 0 or info["is_success"]


# -- reaching in ---------------------------------------------------------------------------------------------------


class Goal(gym.vector.VectorEnv):
    """A batched environment with a method that hindsight replay calls."""

    metadata = {"autoreset_mode": SAME}
    num_envs, bonus = 3, 2.0
    single_observation_space = spaces.Box(-1, 1, (1,))
    single_action_space = spaces.Discrete(2)
    render_mode = None

    def compute_reward(self, achieved: np.ndarray, desired: np.ndarray, info: Any) -> np.ndarray:
        return -np.abs(achieved - desired)[:, 0]

    def shuffle(self) -> None:
        raise AssertionError("must not be called for one row")


def test_a_batch_has_one_value_for_all_rows() -> None:
    venv = ToVecEnv(VectorWrapper(Goal()))
    assert venv.get_attr("bonus") == [2.0, 2.0, 2.0] and venv.get_attr("bonus", [0, 2]) == [2.0, 2.0]
    assert venv.has_attr("bonus") and not venv.has_attr("malus")
    venv.set_attr("bonus", 3.0)
    assert venv.envs.unwrapped.bonus == 3.0
    with pytest.raises(BadOption, match="indices=None"):
        venv.set_attr("bonus", 4.0, indices=1)
    paid = venv.env_method("compute_reward", np.ones((4, 1)), np.zeros((4, 1)), {}, indices=[0])
    assert len(paid) == 1 and paid[0].tolist() == [-1, -1, -1, -1]
    with pytest.raises(BadOption, match=r"envs\.shuffle"):
        venv.env_method("shuffle")
    assert venv.env_is_wrapped(VectorWrapper) == [True] * 3 and venv.env_is_wrapped(Monitor, [1]) == [False]


def test_rows_with_an_object_each_are_reached_one_by_one() -> None:
    envs = SyncVectorEnv([lambda: Monitor(Counting()) for _ in range(3)], autoreset_mode=SAME)
    venv = ToVecEnv(envs)
    venv.seed(3)
    venv.reset()
    assert venv.get_attr("seed_") == [3, 4, 5]
    venv.set_attr("seed_", 9, indices=[1])
    assert venv.get_attr("seed_") == [3, 9, 5]
    assert [o["count"].tolist() for o in venv.env_method("look", indices=1)] == [[9, 0, 0]]
    assert venv.env_is_wrapped(Monitor) == [True] * 3


def test_frames_are_tiled_and_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips: list[tuple[int, int]] = []
    single = gym.make(SEA, size=4, render_mode="rgb_array")
    single.reset()
    height, width, _ = single.render().shape

    class Clip:  # stands for the encoder, which is not a dependency; the frames are the bridge's
        def __init__(self, frames: list[np.ndarray], fps: int) -> None:
            clips.append((len(frames), fps))
            assert all(f.shape == (2 * height, 2 * width, 3) for f in frames)

        def write_videofile(self, path: str) -> None:
            Path(path).write_bytes(b"")

    module = types.ModuleType("moviepy.video.io.ImageSequenceClip")
    module.ImageSequenceClip = Clip  # type: ignore[attr-defined]
    for name in ("moviepy", "moviepy.video", "moviepy.video.io"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    venv = ToVecEnv(gym.make_vec(SEA, num_envs=4, size=4, render_mode="rgb_array"))
    recorder = VecVideoRecorder(venv, str(tmp_path), lambda step: step == 0, video_length=5)
    recorder.reset()
    for _ in range(8):
        recorder.step(np.zeros(4, dtype=np.int64))
    recorder.close()
    assert clips == [(6, 8)]
    assert ToVecEnv(gym.make_vec(SEA, num_envs=2)).get_images() == [None, None]


# -- Stable-Baselines3 trains on it --------------------------------------------------------------------------------


def parameters(model: Any) -> list[torch.Tensor]:
    return [p.detach().clone() for p in model.policy.parameters()]


@pytest.mark.parametrize("keywords", [{"size": 6}, {"size": 10, "max_episode_steps": 7}])
def test_ppo_learns_the_same_bits(keywords: dict[str, Any]) -> None:
    learned = []
    for venv in (
        DummyVecEnv([lambda: gym.make(SEA, **keywords) for _ in range(4)]),
        ToVecEnv(gym.make_vec(SEA, num_envs=4, **keywords)),
    ):
        model = PPO("MlpPolicy", venv, n_steps=32, batch_size=64, n_epochs=2, seed=3, device="cpu")
        start = parameters(model)
        model.learn(256)
        learned.append(parameters(model))
        assert any(not torch.equal(a, b) for a, b in zip(start, learned[-1], strict=True))
    assert all(torch.equal(a, b) for a, b in zip(*learned, strict=True))


def test_the_algorithms_of_stable_baselines_train() -> None:
    sea = {"observation": "one_hot", "size": 4}
    A2C("MlpPolicy", ToVecEnv(gym.make_vec(SEA, num_envs=3, **sea)), device="cpu").learn(60)
    dqn = DQN("MlpPolicy", ToVecEnv(gym.make_vec(SEA, num_envs=2, **sea)), learning_starts=20, device="cpu")
    assert dqn.learn(80).replay_buffer.pos == 40
    sac = SAC("MlpPolicy", as_vec_env("Pendulum-v1", num_envs=2, seed=0), learning_starts=10, device="cpu")
    assert sac.learn(30).num_timesteps == 30


def test_evaluation_monitor_and_normalisation_work(tmp_path: Path) -> None:
    venv = VecNormalize(VecMonitor(ToVecEnv(gym.make_vec(SEA, num_envs=3, size=4, observation="one_hot"))))
    other = VecMonitor(ToVecEnv(gym.make_vec(SEA, num_envs=2, size=4, observation="one_hot")))
    held_out = VecNormalize(other, training=False, norm_reward=False)
    model = PPO("MlpPolicy", venv, n_steps=16, batch_size=24, n_epochs=1, seed=0, device="cpu")
    callback = EvalCallback(held_out, eval_freq=16, n_eval_episodes=3, log_path=str(tmp_path), verbose=0)
    model.learn(96, callback=callback)
    assert model.ep_info_buffer and all(e["l"] == 4 for e in model.ep_info_buffer)
    assert len(np.load(tmp_path / "evaluations.npz")["results"]) == 2
    returns, lengths = evaluate_policy(model, held_out, n_eval_episodes=5, return_episode_rewards=True)
    assert lengths == [4] * 5 and all(-0.011 < r <= 1 for r in returns)
    assert model.get_vec_normalize_env() is venv and venv.obs_rms.count > 96


# -- what agents take ----------------------------------------------------------------------------------------------


def test_everything_becomes_a_vec_env() -> None:
    for given, rows in ((SEA, 2), ("CartPole-v1", 2), (gym.make(SEA), 1), (gym.make_vec(SEA, num_envs=3), 3)):
        venv = as_vec_env(given, num_envs=rows, seed=5)
        assert isinstance(venv, VecEnv) and venv.num_envs == rows
        assert venv.unwrapped._seeds == [5 + i for i in range(rows)]
        venv.reset()
        venv.close()
    own = DummyVecEnv([lambda: gym.make(SEA)])
    assert as_vec_env(own) is own
    with pytest.raises(BadOption, match="rows"):
        as_vec_env(own, num_envs=2)


def test_what_is_made_of_an_id_or_a_single_environment_is_monitored() -> None:
    for given in (SEA, gym.make(SEA), Monitor(gym.make(SEA))):
        venv = as_vec_env(given, seed=1)
        venv.reset()
        for _ in range(10):
            *_, done, infos = venv.step(np.zeros(1, dtype=np.int64))
        assert done[0] and infos[0]["episode"]["l"] == 10


def test_a_vec_env_becomes_a_vector_environment() -> None:
    envs = as_vector_env(DummyVecEnv([lambda: gym.make(SEA)]))
    assert isinstance(envs, VectorEnv) and envs.num_envs == 1


def test_the_bridge_is_imported_by_those_who_cross_it() -> None:
    code = "import sys, rewardlab, rewardlab.core.agent; sys.exit('rewardlab.core.bridge' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert rewardlab.__version__
