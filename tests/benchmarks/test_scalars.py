"""Event files that TensorBoard reads, without torch."""

from pathlib import Path

import fake_training
import pytest

from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.scalars import Scalars
from rewardlab.benchmarks.train import train_one
from rewardlab.core.errors import BadStore

fake_training.register()
CASE = Case(
    fake_training.PROXY, "none", fake_training.none, fake_training.script,
    budget=30, seeds=(0, 1), num_envs=3, evaluations=4, episodes=3,
)  # fmt: skip


def test_tensorboard_reads_what_was_logged(tmp_path: Path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    r = train_one(CASE, 0, tmp_path)
    train_one(CASE, 0, tmp_path)  # a second try does not append to the first
    place = tmp_path / "tensorboard" / "rewardlab-tests-Proxy-v0" / "none" / "seed0"
    events = EventAccumulator(str(place)).Reload()
    tags = events.Tags()["scalars"]
    assert {"eval/true_return", "eval/normalised", "eval/success", "reward/task", "reward/paid", "reward/true"} <= {
        *tags
    }
    shown = [(e.step, e.value) for e in events.Scalars("eval/true_return")]
    assert shown == [(p[0], p[1]) for p in r["curve"]]
    assert [e.value for e in events.Scalars("reward/task")] == [pytest.approx(10 / 3)] * 4


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadStore, match="cannot write"):
        Scalars(tmp_path / "file" / "seed0")


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    with Scalars(tmp_path) as board:
        board._file.close()
        board._file = open("/dev/full", "wb", buffering=0)  # noqa: SIM115  closed by Scalars
        board._records._writer = board._file
        with pytest.raises(BadStore, match="No space left"):
            board.write(1, {"a": 1.0})
