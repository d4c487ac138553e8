"""The benchmark of training on a CUDA device, on the CPU."""

import json

import pytest
import torch

from rewardlab.benchmarks import gpu_training
from rewardlab.benchmarks.gpu_training import GpuTraining, each_step, kinds, main
from rewardlab.core.errors import BadOption

SMALL = GpuTraining(rows=4, minibatch=8, seconds=0.01, device="cpu")


def test_events_are_counted_by_kind(monkeypatch):
    names = ["Memcpy DtoH (Device -> Pageable)", "aten::mm", "cudaStreamSynchronize", "Memcpy DtoD", "Memcpy DtoH x"]
    few = kinds(names)
    assert few == {"copies to the host": 2, "copies to the device": 0, "waits": 1}
    many = kinds(names + ["Memcpy HtoD (Pageable -> Device)"] * 32)
    monkeypatch.setattr(gpu_training, "WATCHED", (16, 48))
    assert each_step(few, many) == {"copies to the host": 0.0, "copies to the device": 1.0, "waits": 0.0}


def test_all_of_it_runs_and_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gpu_training, "COMPILE", ("off",))  # a compiler takes minutes
    monkeypatch.setattr(gpu_training, "WATCHED", (2, 4))
    assert main(GpuTraining(**{**vars(SMALL), "out": tmp_path})) == 0
    assert "steps/s" in capsys.readouterr().out
    told = json.loads((tmp_path / "gpu_training.json").read_text())
    assert told["device"] == "cpu"
    speeds = [row for row in told["figures"] if row["unit"] == "steps/s"]
    assert len(speeds) == len(gpu_training.TASKS) and all(row["value"] > 0 < row["peer_value"] for row in speeds)
    assert [row["holds"] for row in told["figures"] if row["unit"] == "a step"] == [True] * 3 + [None] * 3


def test_without_a_device_it_says_so(capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(GpuTraining()) == 1
    assert "nothing was measured" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [{"rows": 1}, {"minibatch": 10**9}, {"seconds": 0.0}])
def test_what_leaves_nothing_to_measure_is_refused(wrong):
    with pytest.raises(BadOption, match="gpu_training"):
        GpuTraining(**wrong)
