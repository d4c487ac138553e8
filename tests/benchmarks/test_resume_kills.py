"""The hash sees every change; a killed process leaves a run that goes on; an unknown agent is named."""

import numpy as np
import pytest
import torch

from rewardlab.benchmarks import resume_kills
from rewardlab.benchmarks.resume_kills import ResumeKills, digest, main, measure
from rewardlab.core.errors import UnknownName


def test_a_digest_sees_names_bits_and_counters():
    one = {"a": torch.zeros(3), "b": torch.ones(2)}
    seen = {
        digest(one, [1]),
        digest(one, [2]),
        digest({"a": torch.zeros(3), "c": torch.ones(2)}, [1]),
        digest({**one, "a": torch.tensor([0.0, 0.0, -0.0])}, [1]),
    }
    assert len(seen) == 4 and digest(dict(reversed(one.items())), [1]) in seen


def test_kills_are_counted_and_other_ends_are_seen(monkeypatch):
    for other, equal in (("x", True), ("y", False)):
        rng = np.random.default_rng(0)

        def process(options, folder, moment, other=other, rng=rng):
            return "x" if moment is None else None if rng.random() < 0.5 else other

        monkeypatch.setattr(resume_kills, "_process", process)
        found = measure(ResumeKills(kills=6))
        assert found["kills"] == 6 and found["starts"] == 6 + found["rounds"] and found["equal"] is equal


def test_one_process_of_a_run_goes_on_to_the_same_end(tmp_path, capsys):
    options = ResumeKills(agent="ppo", steps=256, every=64, folder=str(tmp_path / "a"))
    assert main(options) == 0
    first = capsys.readouterr().out
    for file in sorted((tmp_path / "a").iterdir())[1:]:
        file.unlink()  # as if it had been killed after its first checkpoint
    assert main(options) == 0 and capsys.readouterr().out == first and len(first) == 65
    with pytest.raises(UnknownName, match="ppo"):
        main(ResumeKills(agent="pp0"))
