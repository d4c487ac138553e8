"""The benchmark of a CUDA device, with the CPU's own batch in the place of the device."""

import json
from pathlib import Path

import numpy as np
import pytest

from rewardlab.benchmarks import gpu_throughput
from rewardlab.benchmarks.gpu_throughput import Device, GpuThroughput, first_difference, main, throughput
from rewardlab.envs.gridworlds.kernel.batch import Batch

TASK = "MiniGrid-DoorKey-5x5-v0"
SMALL = GpuThroughput(tasks=(TASK,), smallest=4, largest=6, steps=20, quick=True)


def device(batch=Batch):
    """A stand-in that counts how often it is waited for."""
    waits: list[None] = []
    return Device({"name": "stand-in"}, batch, np.array, lambda: waits.append(None)), waits


class PaysLate(Batch):
    """Its last bit of a success differs, as that of a fused instruction would."""

    def step(self, actions, active=None):
        ended = super().step(actions, active)
        self.reward[:] = np.where(self.reward > 0, np.nextafter(self.reward, 1.0), self.reward)
        return ended


class SeesTwice(Batch):
    """Row 7 sees a cell that is not there."""

    def step(self, actions, active=None):
        ended = super().step(actions, active)
        self.image[7, 0, 0, 0] ^= 1
        return ended


def test_equal_bits_are_found_equal():
    for task in gpu_throughput.TASKS:
        assert first_difference(device()[0], task, rows=32, steps=50) is None


def test_a_single_bit_is_found():
    assert "image of rows [7]" in str(first_difference(device(SeesTwice)[0], TASK, rows=32, steps=50))
    assert "reward of rows" in str(first_difference(device(PaysLate)[0], TASK))


def test_a_device_that_differs_is_not_measured(capsys, tmp_path):
    options = GpuThroughput(tasks=(TASK,), out=tmp_path)
    assert main(options, device(PaysLate)[0]) == 1
    assert "stand-in differs from the CPU, nothing was measured" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_rates_are_of_work_that_was_waited_for():
    there, waits = device()
    figures = throughput(there, TASK, [16, 64], steps=10, repeats=3)
    assert [f.name for f in figures] == [f"{TASK} x 16", f"{TASK} x 64"]
    assert len(waits) == 2 * 2 * 4  # before and after each timing, the first of which does not count
    assert all(f.value > 0 and f.ratio is not None and f.unit == "million rows/s" for f in figures)


def test_table_and_record(capsys, tmp_path: Path):
    options = GpuThroughput(tasks=(TASK,), smallest=4, largest=6, steps=20, quick=True, out=tmp_path)
    assert main(options, device()[0]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("stand-in, every bit the CPU's\n")
    assert shown.count(TASK) == 2
    written = json.loads((tmp_path / "gpu_throughput.json").read_text(encoding="utf-8"))
    assert [f["name"] for f in written["figures"]] == [f"{TASK} x 16", f"{TASK} x 64"]
    assert written["device"] == {"name": "stand-in"} and written["equal"] == [TASK]
    assert written["machine"]["processor"] and written["versions"]["source"]
    assert (tmp_path / "gpu_throughput.png").stat().st_size > 1000


def test_without_a_device_one_line_says_so(capsys, monkeypatch):
    monkeypatch.setattr(gpu_throughput, "found_device", lambda: None)
    assert main(SMALL) == 1
    assert capsys.readouterr().out.count("\n") == 1


def test_looking_for_a_device_never_fails():
    found = gpu_throughput.found_device()
    assert found is None or found.stamp["name"]


@pytest.mark.parametrize("task", gpu_throughput.TASKS)
def test_the_tasks_are_tasks(task):
    assert gpu_throughput.MiniGridTask(task=task).max_steps > 0
