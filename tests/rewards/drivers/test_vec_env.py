"""`PaidVecEnv` in Stable-Baselines3: true successors, both flags, the paid return in its own records."""

import subprocess
import sys

import numpy as np
import pytest
from gymnasium.vector import SyncVectorEnv
from stable_baselines3 import PPO
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor, VecNormalize
from support_rewards import Recorder, Streak, Walk

from rewardlab.core.bridge import ToVecEnv
from rewardlab.core.errors import ResetNeeded
from rewardlab.core.reward import Task
from rewardlab.rewards import PaidVecEnv, PaidVector


def dummy(n: int = 3, **options: bool) -> DummyVecEnv:
    return DummyVecEnv([lambda i=i: Walk(5 + i % 3, **options) for i in range(n)])


def test_infos_by_hand() -> None:
    venv = PaidVecEnv(dummy(proxy=True), Task() + Streak())
    venv.seed(0)
    venv.reset()
    returns, true, lengths = np.zeros(3), np.zeros(3), np.zeros(3, dtype=int)
    ends = 0
    for t in range(60):
        _, paid, done, infos = venv.step(np.array([t % 2, 1, t % 3 == 0], dtype=int))
        returns += paid
        lengths += 1
        for i, info in enumerate(infos):
            true[i] += info["true_reward"]
            assert sum(info["reward_parts"].values()) == paid[i] and type(info["task_reward"]) is float
            assert info["reward_parts"]["streak"] == lengths[i] / 8
            assert ("episode" in info) == ("episode_true" in info) == done[i]
            if done[i]:
                assert info["episode"]["r"] == returns[i] and info["episode"]["l"] == lengths[i]
                assert info["episode_true"]["r"] == true[i]
                returns[i] = true[i] = lengths[i] = 0
                ends += 1
    assert ends > 20


@pytest.mark.parametrize("as_dict", [False, True])
def test_successors_and_flags_are_those_of_the_environment(as_dict: bool) -> None:
    recorder = Recorder()
    venv = PaidVecEnv(dummy(as_dict=as_dict), recorder)
    venv.reset()
    kinds = set()
    for t in range(80):
        *_, done, infos = venv.step(np.array([1, t % 2, 0]))
        batch = recorder.batches[-1].check()
        obs, after = (x["a"] if as_dict else x for x in (batch.obs, batch.next_obs))
        assert (after[:, 1] == obs[:, 1] + 1).all()
        assert np.array_equal(batch.terminated, after[:, 0] >= 3) and np.array_equal(batch.done, done)
        assert np.array_equal(batch.truncated, [i.get("TimeLimit.truncated", False) for i in infos])
        assert batch.info["position"].tolist() == after[:, 0].tolist()
        assert "TimeLimit.truncated" not in batch.info and "terminal_observation" not in batch.info
        kinds |= set(zip(batch.terminated.tolist(), batch.truncated.tolist(), strict=True))
    assert kinds == {(False, False), (True, False), (False, True)}


def test_ppo_is_trained_on_the_pay_and_reports_it() -> None:
    """Stable-Baselines3 computes advantages from what was paid: the buffer holds it, and so does ep_info."""
    from stable_baselines3.common.callbacks import BaseCallback

    class Seen(BaseCallback):
        def _on_rollout_start(self) -> None:
            self.paid: list[np.ndarray] = []
            self.cut: list[list[bool]] = []

        def _on_step(self) -> bool:
            self.paid.append(self.locals["rewards"].astype(np.float32))
            self.cut.append([i.get("TimeLimit.truncated", False) for i in self.locals["infos"]])
            return True

        def _on_rollout_end(self) -> None:
            held, paid, cut = self.model.rollout_buffer.rewards, np.array(self.paid), np.array(self.cut)
            assert np.array_equal(held[~cut], paid[~cut])
            # Stable-Baselines3 adds the value of the last observation where an episode was truncated
            assert cut.sum() > 3 and (held[cut] != paid[cut]).all()

    venv = PaidVecEnv(dummy(), 5.0 * Streak())
    model = PPO("MlpPolicy", venv, n_steps=32, batch_size=32, n_epochs=1, seed=0, device="cpu")
    model.learn(96, callback=Seen())
    # episodes of 5, 6 or 7 steps at most, each worth 5/8 for every step so far
    worth = {5 * k * (k + 1) / 16 for k in range(1, 8)}
    assert {e["r"] for e in model.ep_info_buffer} <= worth and len(model.ep_info_buffer) > 5


def test_monitors_inside_and_outside_report_the_pay() -> None:
    inside = PaidVecEnv(DummyVecEnv([lambda: Monitor(Walk(4))]), Streak())
    outside = VecMonitor(PaidVecEnv(DummyVecEnv([lambda: Walk(4)]), Streak()))
    normed = VecNormalize(PaidVecEnv(DummyVecEnv([lambda: Walk(4)]), Streak()))
    for venv in (inside, outside, normed):
        venv.reset()
        for _ in range(4):
            _, _, done, infos = venv.step(np.array([0]))
        assert done[0] and infos[0]["episode"]["r"] == pytest.approx(10 / 8)


def test_step_before_reset_is_refused_and_attributes_reach_through() -> None:
    venv = PaidVecEnv(dummy(2), Task())
    with pytest.raises(ResetNeeded):
        venv.step(np.zeros(2, dtype=int))
    assert venv.get_attr("limit") == [5, 6] and venv.num_envs == 2 and venv.reward == Task()
    assert venv.observation_space == Walk().observation_space


def test_the_drivers_are_imported_without_stable_baselines3() -> None:
    names = "Paid, PaidVector, relabel, score, as_trl_reward, save_reward, Task"
    heavy = "[m for m in ('torch', 'stable_baselines3') if m in sys.modules]"
    code = f"import sys; from rewardlab.rewards import {names}; print({heavy})"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


@pytest.mark.parametrize("n", [1, 3])
def test_the_original_reward_passes_the_bridge(n: int) -> None:
    envs = SyncVectorEnv([lambda i=i: Walk(3 + i, proxy=True) for i in range(n)], autoreset_mode="SameStep")
    plain = SyncVectorEnv([lambda i=i: Walk(3 + i, proxy=True) for i in range(n)], autoreset_mode="SameStep")
    venv = PaidVecEnv(VecMonitor(ToVecEnv(PaidVector(envs, 0.5 * Task()))), 0.5 * Task())
    venv.seed(0)
    venv.reset()
    plain.reset(seed=0)
    true = np.zeros(n)
    for t in range(30):
        action = np.full(n, t % 3 > 0, dtype=int)
        _, paid, done, infos = venv.step(action)
        _, own, *_, info = plain.step(action)
        assert [i["task_reward"] for i in infos] == own.tolist() == (4 * paid).tolist()
        assert [i["reward_parts_below"]["1/task"] for i in infos] == (own / 2).tolist()
        now = info.get("true_reward", np.zeros(n))
        true += np.where(done, info["final_info"]["true_reward"], now) if done.any() else now
        for i in np.flatnonzero(done):
            assert infos[i]["episode_true"]["r"] == true[i]
            true[i] = 0.0
    assert done.shape == (n,)
