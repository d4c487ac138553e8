"""The cost of the walls: both ways pay the same, and the file tells what was reached."""

import json

import numpy as np
import pytest

from rewardlab.benchmarks import jail_speed
from rewardlab.benchmarks.jail_speed import GOALS, SOURCE, JailSpeed, main, plain, played
from rewardlab.core.errors import BadOption
from rewardlab.core.sandbox import JailedReward, Signature, compile_program


def test_plain_python_the_worker_and_the_language_pay_the_same() -> None:
    steps = played(64)
    worker = JailedReward(SOURCE)
    assert np.array_equal(worker(steps), plain(steps))
    worker.close()
    program = compile_program(SOURCE, Signature.of_batch(steps))
    assert np.allclose(program(steps), plain(steps), rtol=1e-6)


def test_the_file_tells_figures_goals_and_what_was_reached(tmp_path, capsys) -> None:
    code = main(JailSpeed(repeats=1, out=tmp_path / "e" / "j.json"))
    kept = json.loads((tmp_path / "e" / "j.json").read_text(encoding="utf-8"))
    assert set(GOALS) <= set(kept["measured"]) and all(v > 0 for k, v in kept["measured"].items() if "extra" not in k)
    assert kept["reached"] == {k: kept["measured"][k] <= goal for k, goal in GOALS.items()}
    assert code == (0 if all(kept["reached"].values()) else 1)
    assert "µs a step extra" in capsys.readouterr().out


def test_what_is_missed_is_an_exit_code(tmp_path, monkeypatch) -> None:
    values = dict.fromkeys(GOALS, 1.0)
    monkeypatch.setattr(jail_speed, "measured", lambda repeats: values)
    assert main(JailSpeed(out=tmp_path / "a")) == 1  # a call of 1 ms
    values["call, ms"] = 0.2
    assert main(JailSpeed(out=tmp_path / "a")) == 0
    with pytest.raises(BadOption, match="repeats=0"):
        JailSpeed(repeats=0)
