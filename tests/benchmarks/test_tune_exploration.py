"""The search for both sides: as many trials, the same space, by seeds that the suite does not judge with."""

import importlib
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from rewardlab.benchmarks import tune_exploration
from rewardlab.benchmarks.suites import exploration
from rewardlab.benchmarks.tune_exploration import SPACES, TuneExploration, entry, score, search
from rewardlab.core.errors import BadOption, UnknownName

TASK = "MultiRoom-N6"
SMALL = TuneExploration(TASK, trials=2, frames=2048)
SETTINGS = exploration.SETTINGS[SMALL.env]


def test_both_sides_try_the_same_and_the_bonus_its_weight_beside() -> None:
    bonus, plain = SPACES["NovelD"], SPACES["none"]
    assert {k: v for k, v in bonus.items() if k != "bonus_weight"} == plain and len(bonus) == len(plain) + 1
    for task in exploration.GRIDS:  # what the file holds can be the first trial, and nothing else differs
        held = exploration.SETTINGS[f"rewardlab/MiniGrid-{task}-v0"]
        assert held["NovelD"].keys() == bonus.keys() and held["none"].keys() == plain.keys()
        assert not held["ppo"].keys() & bonus.keys()
        for side, space in SPACES.items():
            for name, value in held[side].items():
                choice = space[name]
                assert value in choice if isinstance(choice, list) else choice[0] <= value <= choice[1]


def test_a_side_gets_its_trials_of_which_the_first_is_the_one_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list = []

    def known(options: TuneExploration, settings: dict, side: str) -> tuple[float, float]:
        tried.append((side, settings[side]))
        return -abs(settings[side]["learning_rate"] - 2e-3), 1.0

    monkeypatch.setattr(tune_exploration, "score", known)
    options = TuneExploration(TASK, trials=8, seed=3)
    found = {side: search(options, SETTINGS, side) for side in SPACES}
    assert [side for side, _ in tried] == ["NovelD"] * 8 + ["none"] * 8
    for side, begin in (("NovelD", 0), ("none", 8)):
        best, scores, spent = found[side]
        assert tried[begin][1] == SETTINGS[side] and len(scores) == 8 and spent == 8.0
        assert best == tried[begin + scores.index(max(scores))][1]
        assert all(held.keys() == SPACES[side].keys() for _, held in tried[begin : begin + 8])
        assert search(options, SETTINGS, side) == found[side]


def test_where_nothing_is_found_the_settings_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune_exploration, "score", lambda options, settings, side: (0.0, 1.0))
    assert search(TuneExploration(TASK, trials=5), SETTINGS, "none")[0] == SETTINGS["none"]


def test_a_score_is_the_second_half_of_a_training_of_an_unseen_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def known(case, seed: int, folder: Path) -> dict:
        assert case.evaluations == 10 and case.budget == 2048 and case.method == "NovelD" and folder.is_dir()
        assert case.agent.keywords["settings"]["NovelD"]["n_steps"] == 8 and seed not in exploration.SEEDS
        return {"curve": [(0, 0.0, 1.0)] + [(k, 0.0, k / 10) for k in range(1, 11)], "cpu_seconds": 2.0}

    monkeypatch.setattr(tune_exploration, "train_one", known)
    settings = {**SETTINGS, "NovelD": SETTINGS["NovelD"] | {"n_steps": 8}}
    assert score(SMALL, settings, "NovelD") == (pytest.approx(0.8), 2.0)


def test_what_is_found_stands_in_the_file_with_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune_exploration, "EVALUATIONS", 2)
    made = exploration.grid_case
    monkeypatch.setattr(exploration, "grid_case", lambda *args, **named: replace(made(*args, **named), episodes=2))
    path = tmp_path / "exploration.yml"
    text = exploration.Path(exploration.__file__).with_suffix(".yml").read_text()
    path.write_text(text)
    small = {**SETTINGS, "NovelD": SETTINGS["NovelD"] | {"n_steps": 64}, "rows": 16}
    tune_exploration.write(path, SMALL.env, small)
    assert tune_exploration.main(TuneExploration(TASK, trials=1, frames=1024, out=path)) == 0
    held = yaml.safe_load(path.read_text())
    assert held.keys() == exploration.SETTINGS.keys()
    found = held.pop(SMALL.env)
    assert {k: v for k, v in found.items() if k != "found"} == {k: v for k, v in small.items() if k != "found"}
    assert "1 trials of 1024 frames on each side with seed 0" in found["found"] and "none 0.00 in " in found["found"]
    assert held == {k: v for k, v in exploration.SETTINGS.items() if k != SMALL.env}
    assert path.read_text().startswith(text.partition("\n")[0])


def test_an_entry_names_every_score() -> None:
    found = {"NovelD": ({"a": 1}, [0.25, 0.5], 61.4), "none": ({"a": 2}, [0.0, 0.0], 50.0)}
    held = entry(SMALL, SETTINGS, found)
    assert held["NovelD"] == {"a": 1} and held["none"] == {"a": 2} and held["rows"] == SETTINGS["rows"]
    assert held["found"].endswith("by trial: NovelD 0.25, 0.50 in 61 CPU s; none 0.00, 0.00 in 50 CPU s")


def test_mistakes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownName, match="MultiRoom-N6"):
        TuneExploration("MultiRoom-N7")
    with pytest.raises(BadOption, match="frames"):
        TuneExploration(TASK, frames=0)
    with pytest.raises(BadOption, match="seed"):
        TuneExploration(TASK, seed=10**6)

    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(BadOption, match=r"rewardlab\[tune\]"):
        search(SMALL, SETTINGS, "none")
