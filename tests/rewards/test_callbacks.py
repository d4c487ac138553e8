"""The callbacks with PPO for a few hundred steps: tags and values of the event file, and evaluation on the truth."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from stable_baselines3 import PPO
from stable_baselines3.common.logger import configure
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize
from support_rewards import Streak, Walk, walks
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rewardlab.core import bridge
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import Paid, PaidVecEnv, PaidVector, RewardPartsCallback, TrueEvalCallback


def learner(venv: Any, folder: Path) -> PPO:
    model = PPO("MlpPolicy", venv, n_steps=32, batch_size=32, n_epochs=1, seed=0, device="cpu")
    model.set_logger(configure(str(folder), ["tensorboard"]))
    return model


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    events = EventAccumulator(str(folder)).Reload()
    return {t: [(e.step, e.value) for e in events.Scalars(t)] for t in events.Tags()["scalars"]}


class Kept(RewardPartsCallback):
    """The same, and keeps every row's info itself."""

    def _on_training_start(self) -> None:
        super()._on_training_start()
        self.shown: list[list[dict[str, Any]]] = []

    def _on_step(self) -> bool:
        self.shown.append(self.locals["infos"])
        return super()._on_step()


def environments() -> dict[str, Any]:
    def reward() -> Any:
        return 2.0 * Task() + Streak()

    return {
        "vec_env": PaidVecEnv(DummyVecEnv([lambda: Walk(5, proxy=True)] * 2), reward()),
        "dummy": DummyVecEnv([lambda: Paid(Walk(5, proxy=True), reward())] * 2),
        "monitored": DummyVecEnv([lambda: Monitor(Paid(Walk(5, proxy=True), reward()))] * 2),
        "bridge": bridge.ToVecEnv(PaidVector(walks(2, proxy=True), reward())),
    }


@pytest.mark.parametrize("kind", ["vec_env", "dummy", "monitored", "bridge"])
def test_parts_in_tensorboard(kind: str, tmp_path: Path) -> None:
    callback = Kept()
    learner(environments()[kind], tmp_path).learn(192, callback=callback)
    logged = scalars(tmp_path)
    tags = {"reward/task_part", "reward/streak", "reward/paid", "reward/task", "reward/true"}
    assert {t for t in logged if t.startswith("reward/")} == tags
    assert len(callback.shown) == 96
    for k in range(3):  # three rollouts of 32 steps, one dump after each
        rows = [info for infos in callback.shown[32 * k : 32 * (k + 1)] for info in infos]
        means = defaultdict(float)
        for info in rows:
            means["reward/task_part"] += info["reward_parts"]["task"] / 64
            means["reward/streak"] += info["reward_parts"]["streak"] / 64
            means["reward/paid"] += sum(info["reward_parts"].values()) / 64
            means["reward/task"] += info["task_reward"] / 64
            means["reward/true"] += info["true_reward"] / 64
        for tag in tags:
            step, value = logged[tag][k]
            assert step == 64 * (k + 1) and value == pytest.approx(means[tag], abs=1e-6)
    assert logged["reward/streak"][0][1] > 0.1


def test_parts_of_drivers_further_in_have_their_level(tmp_path: Path) -> None:
    venv = PaidVecEnv(PaidVecEnv(DummyVecEnv([lambda: Walk(5)] * 2), Task() + Streak()), 0.5 * Task())
    learner(venv, tmp_path).learn(64, callback=RewardPartsCallback())
    logged = {t: v for t, ((_, v), *_) in scalars(tmp_path).items() if t.startswith("reward/")}
    assert set(logged) == {"reward/task", "reward/task_part", "reward/paid", "reward/1/task", "reward/1/streak"}
    assert logged["reward/1/task"] == logged["reward/task"]
    assert logged["reward/paid"] == pytest.approx(0.5 * (logged["reward/1/task"] + logged["reward/1/streak"]), abs=1e-6)


@pytest.mark.parametrize("kind", ["single", "bridge"])
def test_an_environment_that_shows_no_parts_is_named(kind: str, tmp_path: Path) -> None:
    venv = DummyVecEnv([Walk]) if kind == "single" else bridge.ToVecEnv(walks(2))
    with pytest.raises(BadOption, match=r"(?s)a step without reward_parts.*PaidVector"):
        learner(venv, tmp_path).learn(64, callback=RewardPartsCallback())


def always_left(model: PPO) -> PPO:
    """A policy that only goes left: its returns are known."""
    import torch

    with torch.no_grad():
        model.policy.action_net.weight.zero_()
        model.policy.action_net.bias.copy_(torch.tensor([9.0, -9.0]))
    for group in model.policy.optimizer.param_groups:
        group["lr"] = 0.0
    model.lr_schedule = lambda _: 0.0
    return model


def judged() -> dict[str, Any]:
    """Environments in which going left is paid well although the task pays it badly."""

    def wrong() -> Any:
        return -10.0 * Task()

    return {
        "single": Paid(Walk(4), wrong()),
        "monitor inside": Paid(Monitor(Walk(4)), wrong()),
        "monitor outside": Monitor(Paid(Walk(4), wrong())),
        "vec_env": PaidVecEnv(DummyVecEnv([lambda: Walk(4)] * 2), wrong()),
        "bridge": bridge.ToVecEnv(PaidVector(walks(1, AutoresetMode.SAME_STEP), wrong())),
        "bare": DummyVecEnv([lambda: Walk(4)]),
    }


@pytest.mark.parametrize("kind", ["single", "monitor inside", "monitor outside", "vec_env", "bridge", "bare"])
def test_evaluation_is_on_the_tasks_own_reward(kind: str, tmp_path: Path) -> None:
    venv = judged()[kind]
    callback = TrueEvalCallback(
        venv,
        n_eval_episodes=6,
        eval_freq=32,
        log_path=str(tmp_path / "log"),
        best_model_save_path=str(tmp_path / "best"),
    )
    train = PaidVecEnv(DummyVecEnv([lambda: Walk(4)]), -10.0 * Task())
    always_left(learner(train, tmp_path)).learn(64, callback=callback)
    logged = scalars(tmp_path)
    steps = 5 if kind == "bridge" else 4
    # from x in -2..1, going left pays (x-1 + x-2 + ...) / 8: always negative, ten times positive when paid wrongly
    possible = [sum(x - k for k in range(1, steps + 1)) / 8 for x in range(-2, 2)]
    held = np.load(tmp_path / "log/evaluations.npz")
    assert held["timesteps"].tolist() == [32, 64] and held["results"].shape == (2, 6)
    assert set(held["results"].ravel()) <= set(possible) and (held["ep_lengths"] == steps).all()
    assert logged["eval/mean_reward"] == [
        (t, pytest.approx(m, abs=1e-6)) for t, m in zip([32, 64], held["results"].mean(1), strict=True)
    ]
    assert logged["eval/mean_ep_length"][0][1] == steps
    assert callback.best_mean_reward == held["results"].mean(1).max() and (tmp_path / "best/best_model.zip").exists()


def test_evaluation_prefers_the_true_reward_and_sees_through_normalisation(tmp_path: Path) -> None:
    def made() -> VecNormalize:
        return VecNormalize(PaidVecEnv(DummyVecEnv([lambda: Walk(4, proxy=True)]), Streak()), norm_reward=True)

    train, judge = made(), made()
    judge.training = False
    callback = TrueEvalCallback(judge, n_eval_episodes=3, eval_freq=32)
    learner(train, tmp_path).learn(32, callback=callback)
    assert callback.last_mean_reward in {0.0, 1 / 3, 2 / 3, 1.0}  # 1 where the end is reached, whatever is paid
    assert np.array_equal(judge.obs_rms.mean, train.obs_rms.mean)
