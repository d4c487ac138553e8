"""The speed of reward programs: the forms agree, and what is written can be read."""

import inspect
import json
from pathlib import Path

import numpy as np
import pytest

from rewardlab.benchmarks import program_speed
from rewardlab.benchmarks.program_speed import REWARDS, ProgramSpeed, arguments, batch
from rewardlab.core.errors import BadOption
from rewardlab.core.sandbox.language import Signature, compile_program


@pytest.mark.parametrize("name", REWARDS)
def test_the_three_forms_agree(name: str) -> None:
    plain, hand = REWARDS[name]
    steps = batch(50, seed=3)
    rows = [plain(**arguments(plain, steps, i)) for i in range(50)]
    program = compile_program(inspect.getsource(plain), Signature.of_batch(steps))
    assert np.allclose(hand(steps), rows, rtol=1e-12)
    assert np.allclose(program(steps), rows, rtol=1e-12)


def test_a_run_writes_what_it_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program_speed, "REWARDS", {"reach": REWARDS["reach"]})
    assert program_speed.main(ProgramSpeed(repeats=2, out=tmp_path / "x.json")) in (0, 1)
    found = json.loads((tmp_path / "x.json").read_text())["speeds"]
    assert [s["rows"] for s in found] == [1, 64, 4096]
    assert all(s["compiled"] > 0 and s["times"] == pytest.approx(s["compiled"] / s["other"]) for s in found)
    assert capsys.readouterr().out.count("reach") == 3


def test_no_repeats_are_refused() -> None:
    with pytest.raises(BadOption, match="repeats=0"):
        ProgramSpeed(repeats=0)
