"""What Stable-Baselines3 tests of callbacks: every kind of its own, and ours that read the locals of a step."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from sb3_cases import TINY, Noise, cases, rows, silent
from stable_baselines3.common.callbacks import (
    BaseCallback,
    CallbackList,
    CheckpointCallback,
    EvalCallback,
    EveryNTimesteps,
    LogEveryNTimesteps,
    ProgressBarCallback,
    StopTrainingOnMaxEpisodes,
    StopTrainingOnNoModelImprovement,
    StopTrainingOnRewardThreshold,
)
from stable_baselines3.common.vec_env import VecNormalize

PAIR = spaces.Box(-1, 1, (2,), np.float32)


def world(case, n=1, **options):
    return rows(lambda: Noise(PAIR, case.actions, **options), n)


@cases()
def test_all_callbacks_together_are_called_as_often_as_they_ask(case, tmp_path):
    checkpoint = CheckpointCallback(save_freq=64, save_path=tmp_path)
    on_event = CheckpointCallback(save_freq=1, save_path=tmp_path, name_prefix="event")
    event = EveryNTimesteps(n_steps=48, callback=on_event)
    log = LogEveryNTimesteps(n_steps=32)
    evaluation = EvalCallback(
        world(case),
        callback_on_new_best=StopTrainingOnRewardThreshold(1e9),
        callback_after_eval=StopTrainingOnNoModelImprovement(max_no_improvement_evals=100),
        best_model_save_path=tmp_path,
        log_path=tmp_path,
        eval_freq=32,
        n_eval_episodes=1,
        warn=False,
    )
    episodes = StopTrainingOnMaxEpisodes(max_episodes=1000)
    together = CallbackList([checkpoint, evaluation, event, log, episodes])
    agent = case.make(world(case)).learn(128, callback=together)
    assert agent.env.observation_space.contains(together.locals["new_obs"][0])
    for part in (checkpoint, event, on_event, evaluation):
        assert part.locals["new_obs"] is together.locals["new_obs"]
        assert part.num_timesteps == agent.num_timesteps if part is not on_event else part.n_calls == 2
    assert event.n_calls == agent.num_timesteps == 128 and episodes.n_episodes == 16
    written = sorted(p.name for p in tmp_path.glob("*.zip"))
    assert written == sorted([
        "best_model.zip", "event_48_steps.zip", "event_96_steps.zip", "rl_model_64_steps.zip", "rl_model_128_steps.zip"
    ])  # fmt: skip
    assert evaluation.last_mean_reward == 36.0 and len(evaluation.evaluations_results) == 4  # 1 + 2 + ... + 8
    assert case.ours.load(tmp_path / "best_model.zip").num_timesteps == 32
    agent.learn(32, callback=[checkpoint, log])  # a list becomes one callback
    agent.learn(32, callback=lambda _locals, _globals: True)
    agent.learn(32, callback=None)


@cases()
def test_a_progress_bar_runs_to_the_end(case, capsys):
    bars = []

    class Watched(ProgressBarCallback):
        def _on_training_end(self):
            bars.append(self.pbar.n)
            super()._on_training_end()

    case.make(world(case)).learn(64, callback=Watched())
    case.make(world(case)).learn(32, progress_bar=True)
    assert bars == [64]


@cases()
@pytest.mark.parametrize("no", [False, np.bool_(0), torch.tensor(False)], ids=["bool", "numpy", "torch"])
def test_any_false_ends_training_at_once(case, no):
    class No(BaseCallback):
        def _on_step(self):
            return no

    call = No()
    agent = case.make(world(case)).learn(100, callback=call)
    assert call.n_calls == 1 and agent.num_timesteps == 1


@cases()
def test_training_stops_after_so_many_episodes_in_each_row(case):
    stop = StopTrainingOnMaxEpisodes(max_episodes=3)
    agent = case.make(world(case, 2, steps=10)).learn(1000, callback=stop)
    assert stop.n_episodes == 3 * 2 and agent.num_timesteps == 3 * 2 * 10


@cases()
def test_events_come_in_the_order_of_theirs(case):
    class Diary(BaseCallback):
        def __init__(self):
            super().__init__()
            self.entries = []

        def _init_callback(self):
            self.entries.append("init")

        def _on_training_start(self):
            self.entries.append("start")

        def _on_rollout_start(self):
            self.entries.append("rollout")

        def _on_step(self):
            self.entries.append("step")
            return True

        def _on_rollout_end(self):
            self.entries.append("collected")

        def _on_training_end(self):
            self.entries.append("end")

    diaries = []
    for cls in (case.ours, case.theirs):
        diary = Diary()
        cls("MlpPolicy", world(case, 2), device="cpu", policy_kwargs=dict(TINY), **case.options).learn(
            128, callback=diary
        )
        diaries.append(diary.entries)
    assert diaries[0] == diaries[1]


@cases()
def test_the_locals_of_a_step_are_what_happened(case):
    class Reads(BaseCallback):
        def __init__(self):
            super().__init__()
            self.records = []

        def _on_training_start(self):
            assert self.locals["total_timesteps"] == 64 and self.training_env is self.model.get_env()

        def _on_step(self):
            n = self.training_env.num_envs
            infos, dones, rewards, new, actions = (
                self.locals[k] for k in ("infos", "dones", "rewards", "new_obs", "actions")
            )
            assert len(infos) == len(dones) == len(rewards) == len(new) == len(actions) == n
            assert all(isinstance(x, np.ndarray) for x in (dones, rewards, new)) and dones.dtype == bool
            for row, info in enumerate(infos):
                assert ("terminal_observation" in info) == bool(dones[row])
                if dones[row]:
                    assert info["TimeLimit.truncated"] and not np.array_equal(info["terminal_observation"], new[row])
            self.records.append((rewards.copy(), dones.copy()))
            assert "rewards" in self.locals and self.locals.get("no such thing", 5) == 5
            return True

    reads = Reads()
    case.make(world(case, 2)).learn(64, callback=reads)
    paid, ended = (np.array(x) for x in zip(*reads.records, strict=True))
    np.testing.assert_array_equal(paid, np.tile(np.tile(np.arange(1.0, 9.0), 4)[:, None], (1, 2)))
    np.testing.assert_array_equal(ended, paid == 8)


@cases("PPO", "A2C")
def test_values_and_probabilities_of_a_step_are_the_policys(case):
    class Judges(BaseCallback):
        def _on_step(self):
            held = self.locals
            actions, obs = torch.as_tensor(held["actions"]), held["obs_tensor"]
            with torch.no_grad():
                values, log_probs, _ = self.model.policy.evaluate_actions(obs, actions)
            torch.testing.assert_close(held["values"], values)
            torch.testing.assert_close(held["log_probs"], log_probs)
            assert held["n_steps"] == (self.n_calls - 1) % self.model.n_steps + 1
            return True

    case.make(world(case, 2)).learn(64, callback=Judges())


@cases()
def test_evaluation_takes_rows_and_the_same_normalisation(case):
    evaluation = EvalCallback(world(case, 3), eval_freq=16, n_eval_episodes=4, warn=False)
    case.make(world(case)).learn(32, callback=evaluation)
    assert evaluation.last_mean_reward == 36.0
    train, test = VecNormalize(world(case)), VecNormalize(world(case), training=False, norm_reward=False)
    agent = case.make(train).learn(32, callback=EvalCallback(test, eval_freq=16, n_eval_episodes=1, warn=False))
    assert agent.get_vec_normalize_env() is train
    raw = train.get_original_obs()
    np.testing.assert_allclose(train.normalize_obs(raw), test.normalize_obs(raw))
    foreign = EvalCallback(gym.make(case.world), eval_freq=16, warn=False)
    with pytest.warns(UserWarning), pytest.raises(AssertionError):
        agent.learn(32, callback=foreign)


@cases()
def test_a_checkpoint_holds_the_normalisation(case, tmp_path):
    call = CheckpointCallback(32, tmp_path, save_replay_buffer=True, save_vecnormalize=True)
    case.make(VecNormalize(world(case))).learn(32, callback=call)
    written = {p.name for p in tmp_path.iterdir()}
    assert {"rl_model_32_steps.zip", "rl_model_vecnormalize_32_steps.pkl"} <= written
    assert ("rl_model_replay_buffer_32_steps.pkl" in written) == (not case.on_policy)
    case.ours.load(tmp_path / "rl_model_32_steps.zip")
    VecNormalize.load(tmp_path / "rl_model_vecnormalize_32_steps.pkl", world(case))


@cases()
def test_callbacks_of_an_evaluation_know_their_parent(case):
    class Child(BaseCallback):
        def _on_step(self):
            assert isinstance(self.parent, EvalCallback) and self.parent.best_mean_reward == 36.0
            return True

    low = CallbackList([Child(), StopTrainingOnRewardThreshold(reward_threshold=30.0)])
    call = EvalCallback(
        world(case), callback_on_new_best=low, callback_after_eval=Child(), eval_freq=16, n_eval_episodes=1, warn=False
    )
    agent = silent(case.make(world(case)))
    agent.learn(64, callback=call)
    assert agent.num_timesteps == 16  # good enough
