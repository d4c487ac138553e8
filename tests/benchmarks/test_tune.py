"""The search: seeded, the same budget for all, and written so that the zoo reads it back."""

import importlib
import math
from pathlib import Path

import pytest
import yaml

from rewardlab.benchmarks import tune, zoo
from rewardlab.benchmarks.tune import Reports, Tune, entry, score, search, write
from rewardlab.core.errors import BadOption, UnknownName

SMALL = Tune("ppo", "rewardlab/DeepSea-v0", trials=4, steps=512, rows=8, fresh=2)


def test_a_search_tries_as_many_as_it_says_and_is_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def known(options: Tune, arguments: dict, seed: int, told=lambda k, value: False) -> float:
        calls.append(seed)
        value = -abs(math.log10(arguments["learning_rate"] / 1e-3))
        told(1, value)
        return value

    monkeypatch.setattr(tune, "score", known)
    options = Tune("ppo", "rewardlab/DeepSea-v0", trials=25, fresh=2, seed=3)
    best, told = search(options)
    assert calls == [3] * 25 + [1003, 1004] * 4 + [2003, 2004]
    assert told["trials"] == 25 and told["finalists"] == 4 and len(told["again"]) == 2
    assert 5e-4 < best["learning_rate"] < 2e-3 and told["best"] == pytest.approx(told["again"][0], abs=0.05)
    assert search(options) == (best, told)


def test_a_trial_that_one_seed_has_flattered_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    def known(options: Tune, arguments: dict, seed: int, told=lambda k, value: False) -> float:
        slow = arguments["learning_rate"] < 1e-3
        return (1.0 if slow else 2.0) if seed == 0 else (1.0 if slow else 0.0)

    monkeypatch.setattr(tune, "score", known)
    best, told = search(Tune("ppo", "rewardlab/DeepSea-v0", trials=9, finalists=9))
    assert best["learning_rate"] < 1e-3 and told["best"] == 1.0 and told["again"] == [1.0] * 3


def test_a_real_search_writes_an_entry_that_the_zoo_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = Tune(
        "ppo", "rewardlab/DeepSea-v0", trials=2, steps=512, budget=700, rows=8, finalists=1, fresh=1, out=tmp_path
    )
    assert tune.main(options) == 0 and "trial 0" in capsys.readouterr().out
    found = zoo.recipe("ppo", "rewardlab/DeepSea-v0", folder=tmp_path)
    assert (found.n_envs, found.n_timesteps) == (8, 700) and "2 trials of 512 steps with seed 0" in found.found
    assert set(found.arguments) == {"policy", *tune.SPACES["ppo"]}


def test_scores_are_the_same_bits_for_a_seed() -> None:
    arguments = {"n_steps": 16, "batch_size": 64}
    assert score(SMALL, arguments, 1) == score(SMALL, arguments, 1) != score(SMALL, arguments, 2)


def test_reports_come_ten_times_and_can_end_training() -> None:
    seen = []

    def told(k: int, value: float) -> bool:
        seen.append(k)
        return k == 3

    score(SMALL, {"n_steps": 4, "batch_size": 32}, 0, told)
    assert seen == [1, 2, 3]
    assert Reports(95, told).due == [9, 19, 28, 38, 47, 57, 66, 76, 85, 95]


def test_entries_are_replaced_alone_and_others_keep_their_comments(tmp_path: Path) -> None:
    path = tmp_path / "ppo.yml"
    path.write_text("# top\n\nA-v0:\n  n_envs: 1\n\n  # inside\n  n_timesteps: 5\n\n# of B\nB-v0:\n  n_envs: 2\n")
    write(path, "A-v0", {"n_envs": 7})
    write(path, "C/D-v0", {"n_envs": 3, "found": "x" * 200})
    text = path.read_text()
    assert yaml.safe_load(text) == {
        "A-v0": {"n_envs": 7},
        "B-v0": {"n_envs": 2},
        "C/D-v0": {"n_envs": 3, "found": "x" * 200},
    }
    assert text.startswith("# top") and "# of B\nB-v0" in text and "inside" not in text
    write(path, "B-v0", {"n_envs": 9})
    assert yaml.safe_load(path.read_text())["B-v0"] == {"n_envs": 9} and "C/D-v0" in path.read_text()


def test_an_entry_that_others_refer_to_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "ppo.yml"
    old = "A-v0: &a\n  n_envs: 1\nB-v0:\n  <<: *a\n"
    path.write_text(old)
    with pytest.raises(BadOption, match="would break"):
        write(path, "A-v0", {"n_envs": 7})
    assert path.read_text() == old


def test_entries_say_how_they_were_found() -> None:
    held = entry(SMALL, {"gamma": 0.9}, {"trials": 4, "pruned": 1, "finalists": 2, "best": 0.5, "again": [0.25, 0.75]})
    assert held["policy"] == "MlpPolicy" and held["gamma"] == 0.9
    assert held["found"].endswith(
        "(1 ended early), the best 2 trained again with 2 more; mean return over the second half of training 0.5, "
        "with seeds that the search had not seen 0.25, 0.75"
    )


def test_mistakes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownName, match="ppo"):
        Tune("pppo", "CartPole-v1")
    with pytest.raises(UnknownName, match="CartPole-v1"):
        Tune("ppo", "CartPool-v1")
    with pytest.raises(BadOption, match="trials"):
        Tune("ppo", "CartPole-v1", trials=0)

    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(BadOption, match=r"rewardlab\[tune\]"):
        search(SMALL)
