"""Stable-Baselines3 callbacks: each part of the pay in TensorBoard, and evaluation on the true reward."""

import os
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback, EvalCallback
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import sync_envs_normalization

from rewardlab.core.bridge import show
from rewardlab.core.errors import BadOption

RESERVED = ("task", "true", "paid")


class RewardPartsCallback(BaseCallback):
    """Logs what was paid, averaged over all steps since the last dump of the logger.

    `reward/<part>` of each part, and of the parts of drivers further in `reward/<level>/<part>`; `reward/paid` their
    sum; `reward/task` the environment's own reward; `reward/true` where there is a true one. A part that is called like
    one of these three gets `_part` behind its name. A bridge that hides these columns is asked to show them.

    Raises:
        BadOption: at the first step that does not show the parts in every row.
    """

    def _on_training_start(self) -> None:
        show(self.training_env, "reward_parts", "reward_parts_below", "task_reward", "true_reward")

    def _on_step(self) -> bool:
        infos = self.locals["infos"]
        # Means over the rows that happen to show something, e.g. those that ended, would be means of something else.
        if not all("reward_parts" in info for info in infos):
            raise BadOption(
                "a step without reward_parts in the info of every row",
                where="RewardPartsCallback",
                expected="an environment paid by Paid, PaidVector or PaidVecEnv",
                mend="wrap it: PaidVector(envs, reward)",
            )
        self._record("paid", [sum(info["reward_parts"].values()) for info in infos])
        for name in infos[0]["reward_parts"]:
            tag = f"{name}_part" if name in RESERVED else name
            self._record(tag, [info["reward_parts"].get(name, 0.0) for info in infos])
        for name in infos[0].get("reward_parts_below", {}):
            self._record(name, [info["reward_parts_below"].get(name, 0.0) for info in infos])
        for name in ("task", "true"):
            if all(f"{name}_reward" in info for info in infos):
                self._record(name, [info[f"{name}_reward"] for info in infos])
        return True

    def _record(self, tag: str, values: list[float]) -> None:
        self.logger.record_mean(f"reward/{tag}", float(np.mean(values)))


class TrueEvalCallback(EvalCallback):
    """`EvalCallback` on the true reward: a paid environment is judged by its task, not by what it pays.

    An episode's return is its `info["episode_true"]`, or the sum over its steps of `true_reward` if there is one, else
    of `task_reward`, else of the reward. It is logged as `eval/mean_reward`, kept in `evaluations.npz`, and picks the
    best model. Arguments and files are those of `EvalCallback`.
    """

    def _init_callback(self) -> None:
        self._running = np.zeros(self.eval_env.num_envs)
        self._returns: list[float] = []
        # Not the base class's: its warning about different types of environment does not apply, one may be unpaid.
        for folder in (self.best_model_save_path, self.log_path and os.path.dirname(self.log_path)):
            if folder:
                os.makedirs(folder, exist_ok=True)
        if self.callback_on_new_best is not None:
            self.callback_on_new_best.init_callback(self.model)

    def _log_success_callback(self, locals_: dict[str, Any], globals_: dict[str, Any]) -> None:
        super()._log_success_callback(locals_, globals_)
        i, info = locals_["i"], locals_["info"]
        self._running[i] += info.get("true_reward", info.get("task_reward", locals_["reward"]))
        # A Monitor knows of ends that are none, e.g. lost lives.
        if locals_["done"] and ("episode" in info or not locals_["is_monitor_wrapped"]):
            true = info.get("episode_true")
            self._returns.append(float(self._running[i] if true is None else true["r"]))
            self._running[i] = 0.0

    def _on_step(self) -> bool:
        if self.eval_freq <= 0 or self.n_calls % self.eval_freq:
            return True
        if self.model.get_vec_normalize_env() is not None:
            sync_envs_normalization(self.training_env, self.eval_env)
        self._is_success_buffer, self._returns = [], []
        self._running[:] = 0.0
        _, lengths = evaluate_policy(
            self.model,
            self.eval_env,
            n_eval_episodes=self.n_eval_episodes,
            render=self.render,
            deterministic=self.deterministic,
            return_episode_rewards=True,
            warn=False,  # the returns are not those of a Monitor
            callback=self._log_success_callback,
        )
        assert isinstance(lengths, list)
        mean = float(np.mean(self._returns))
        self._keep(lengths)
        self.last_mean_reward = mean
        self.logger.record("eval/mean_reward", mean)
        self.logger.record("eval/mean_ep_length", float(np.mean(lengths)))
        if self._is_success_buffer:
            self.logger.record("eval/success_rate", float(np.mean(self._is_success_buffer)))
        self.logger.record("time/total_timesteps", self.num_timesteps, exclude="tensorboard")
        self.logger.dump(self.num_timesteps)
        go_on = True
        if mean > self.best_mean_reward:
            self.best_mean_reward = mean
            if self.best_model_save_path is not None:
                self.model.save(os.path.join(self.best_model_save_path, "best_model"))
            if self.callback_on_new_best is not None:
                go_on = self.callback_on_new_best.on_step()
        return go_on and (self.callback is None or self._on_event())

    def _keep(self, lengths: list[int]) -> None:
        if self.log_path is None:
            return
        self.evaluations_timesteps.append(self.num_timesteps)
        self.evaluations_results.append(self._returns)
        self.evaluations_length.append(lengths)
        if self._is_success_buffer:
            self.evaluations_successes.append(self._is_success_buffer)
        columns: dict[str, Any] = {"successes": self.evaluations_successes} if self.evaluations_successes else {}
        np.savez(
            self.log_path,
            timesteps=self.evaluations_timesteps,
            results=self.evaluations_results,
            ep_lengths=self.evaluations_length,
            **columns,
        )
