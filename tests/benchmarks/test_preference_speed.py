"""The speed of fitting reward models: the plain loop fits the same loss, and the file tells what held."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from rewardlab.benchmarks import preference_speed as speed
from rewardlab.benchmarks.preference_speed import Pace, PreferenceSpeed, comparisons, main, network, plain_step, table
from rewardlab.core.errors import BadOption


def test_pair_by_pair_is_the_batch() -> None:
    torch.manual_seed(0)
    net, items = network(), comparisons(12)
    x = torch.as_tensor(np.concatenate([items.obs, items.action], -1))
    label = torch.as_tensor(items.info["label"], dtype=torch.float32)
    scores = net(x)[..., 0].sum(-1)
    loss = nn.functional.binary_cross_entropy_with_logits(scores[:, 0] - scores[:, 1], label)
    slopes = torch.autograd.grad(loss, list(net.parameters()))
    adam = torch.optim.Adam(net.parameters(), 1e-2)
    first = plain_step(net, adam, x, label)
    assert first == pytest.approx(float(loss.detach()), rel=1e-4)
    for p, slope in zip(net.parameters(), slopes, strict=True):
        torch.testing.assert_close(p.grad, slope, rtol=1e-3, atol=1e-5)
    for _ in range(20):
        last = plain_step(net, adam, x, label)
    assert last < 0.5 * first


def test_the_file_tells_seconds_memory_and_goals(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(speed, "peak_alone", lambda pairs: pairs * 2**20)  # the other process takes seconds to begin
    code = main(PreferenceSpeed(pairs=96, epochs=1, plain=1, many=32, out=tmp_path / "e" / "p.json"))
    kept = json.loads((tmp_path / "e" / "p.json").read_text(encoding="utf-8"))
    assert [p["name"] for p in kept["paces"]] == ["ensemble", "plain loop"]
    assert kept["paces"][1]["measured"] == 64 and kept["memory"] == {"pairs": 32, "bytes": 2**25}
    assert kept["goals"]["seconds"] == pytest.approx(0.0576) and kept["holds"]["memory"]
    assert kept["holds"]["seconds"] == (kept["paces"][0]["wall"] <= 0.0576)
    assert code == (0 if all(kept["holds"].values()) else 1)
    assert "times the plain loop" in capsys.readouterr().out


def test_memory_is_that_of_another_process() -> None:
    assert 2**26 < speed.peak_alone(8) < 2**31


def test_the_plain_loop_is_scaled_and_compared() -> None:
    found = speed.alone(comparisons(128), epochs=3, batches=1)
    assert found.measured == 64 and found.wall > 0
    rows = table([Pace("ensemble", 1, 2.0, 2.0), Pace("plain loop", 1, 50.0, 50.0)]).splitlines()
    assert rows[1].split()[-1] == "25.0"
    with pytest.raises(BadOption, match="pairs=0"):
        PreferenceSpeed(pairs=0)
