"""Speeds of training: a step of a case is a rollout with its updates, and each side is scored against its peer."""

import pytest
import stable_baselines3

from rewardlab.agents.deep import PPO
from rewardlab.benchmarks import training_speed_envs as envs
from rewardlab.benchmarks import training_speed_steps as bench
from rewardlab.benchmarks.throughput_turns import Size
from rewardlab.benchmarks.training_speed_steps import CONTESTS, Contest, budget, contest, per_second, steps, trained

SMALL = {"n_steps": 8, "batch_size": 16, "n_epochs": 1}
TASK = "MiniGrid-Empty-5x5-v0"


@pytest.mark.parametrize("kind", [PPO, stable_baselines3.PPO])
def test_a_round_is_a_rollout_and_its_updates(kind, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    setup = kind._setup_model
    monkeypatch.setattr(kind, "_setup_model", lambda self: made.append(self) or setup(self))
    case = trained(kind, envs.theirs("CartPole-v1", 4), SMALL)
    case.run(2)
    case.run(1)
    assert case.rows == 4 * 8 and made[0].num_timesteps == 3 * 32 and made[0]._n_updates == 3


def test_off_policy_agents_learn_from_the_first_round_on() -> None:
    made = []

    class Watched(stable_baselines3.DQN):
        def _setup_model(self) -> None:
            made.append(self)
            super()._setup_model()

    case = trained(Watched, envs.theirs("CartPole-v1", 1), {"learning_starts": 40, "buffer_size": 100, "train_freq": 4})
    before = made[0]._n_updates
    case.run(1)
    assert case.rows == 32 and made[0]._n_updates == before + 8


def test_ours_is_scored_against_both_forms_of_the_peer() -> None:
    found = contest(Contest("PPO", TASK, 4, SMALL), Size(seconds=0.02, rounds=1))
    words = ["SB3, MiniGrid's own", "ours", "SB3, our environments", "ours"]
    assert [s.name for s in found] == [f"PPO Empty-5x5 x 4: {w}" for w in words]
    assert [s.peer for s in found] == ["", words[0], words[0], words[2]]
    assert found[1].floor == 4 and found[3].floor is None and found[1].value == found[3].value
    wall, cpu = per_second(found[0])
    assert wall == round(1e6 / found[0].value) and cpu == round(1e6 / found[0].cpu)


def test_what_nobody_else_runs_stands_alone() -> None:
    (one,) = contest(Contest("PPO", TASK, 4, SMALL, alone=True), Size(seconds=0.02, rounds=1))
    assert one.name == "PPO Empty-5x5 x 4" and one.peer == "" and one.holds is None


def test_all_contests_run_on_one_thread_and_the_threads_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    before, seen = torch.get_num_threads(), []
    monkeypatch.setattr(bench, "contest", lambda one, size: seen.append(torch.get_num_threads()) or [])
    assert steps(Size(), CONTESTS[:2]) == [] and seen == [1, 1] and torch.get_num_threads() == before
    assert budget(Size(seconds=10), CONTESTS[:1]) == 26 and budget(Size(seconds=10), CONTESTS[3:4]) == 13
