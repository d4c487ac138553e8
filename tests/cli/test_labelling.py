"""`rewardlab label`: the demo's pairs are what was played, labels go out as a file, mistakes are told in a sentence."""

import json

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from label_server import film, pairs

from rewardlab.cli import labelling, main
from rewardlab.rewards.preference.labelling.clips import frames_of
from rewardlab.rewards.preference.labelling.store import LabelStore


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def go(*argv):
        code = main(["label", *map(str, argv)])
        out = capsys.readouterr()
        assert "Traceback" not in out.err
        return code, out.out, out.err

    return go


class Blind(gym.Env):
    """A world without pictures."""

    observation_space = action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        return 0, {}


SEA = "rewardlab/DeepSea-v0"


def test_the_demo_shows_what_was_played(run, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(labelling, "STEPS", 60)
    monkeypatch.setattr(labelling, "LENGTH", 5)
    monkeypatch.setattr(labelling, "HEIGHT", 40)
    monkeypatch.setattr(labelling, "_serve", lambda *a: asked.append(a[1:]))
    monkeypatch.setenv("REWARDLAB_LABEL_TOKEN", "of-the-variable")
    code, out, _ = run("--demo", "--env", "DeepSea", "--pairs", 3, "--port", 1234)
    assert code == 0 and "0 of 3 pairs are labelled" in out and asked == [("127.0.0.1", 1234, "of-the-variable")]
    with LabelStore(tmp_path / "runs" / "label-demo", create=False) as store:
        steps, pictures = labelling.play(SEA, steps=60, seed=0)
        query = store.next("ann")
        assert query.environment == SEA
        batch = store.segments(query.number)
        for side, clip in enumerate((query.first, query.second)):
            at = batch.info["frame"][side][batch.info["mask"][side]]
            assert (frames_of(store.clip(clip.number, clip.tag), clip) == pictures[at]).all()
            assert (batch.obs[side][batch.info["mask"][side]] == steps.obs[at, 0]).all()
        assert max(pictures.shape[1:3]) <= labelling.HEIGHT
    assert "recording" not in run("--demo")[1]  # the pairs are there already


def test_play_records_each_step_before_and_after(run):
    steps, pictures = labelling.play(SEA, steps=60, seed=1)
    assert steps.shape == (60, 1) and len(pictures) == 60 and pictures.dtype == np.uint8
    going = ~steps.done[:-1, 0]
    assert (steps.next_obs[:-1, 0][going] == steps.obs[1:, 0][going]).all() and (~going).any()
    again, same = labelling.play(SEA, steps=60, seed=1)
    assert (again.action == steps.action).all() and (same == pictures).all()


def test_labels_go_out_as_lines(run, tmp_path):
    with LabelStore(tmp_path) as store:
        store.add(pairs(2), frames=film(2))
        store.answer(store.next("ann").number, "ann", 1, key="the-only-key")
    code, out, _ = run(tmp_path, "--export", "labels.jsonl")
    assert code == 0 and "1 labels: labels.jsonl" in out
    assert json.loads((tmp_path / "labels.jsonl").read_text())["label"] == 1


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        ([], 2, "no folder"),
        (["nowhere"], 1, "no labels here"),
        (["--demo", "--pairs", 0], 2, "at least 1"),
        (["--demo", "--seed", -1], 2, "seed"),
        (["--demo", "--env", "DoorKye-5x5"], 2, "did you mean"),
        (["--demo", "--env", "Blind-v0", "--pairs", 1], 2, "draws no pictures"),
        (["full", "--host", "0.0.0.0"], 2, "expected: a token"),
        (["full", "--port", 70000], 2, "0 to 65535"),
    ],
)
def test_mistakes_are_told(run, tmp_path, monkeypatch, argv, code, words):
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: pytest.fail("it served"))
    monkeypatch.setitem(gym.registry, "Blind-v0", EnvSpec("Blind-v0", entry_point=Blind))
    with LabelStore(tmp_path / "full") as store:
        store.add(pairs(1), frames=film(1))
    found, _, err = run(*argv)
    assert found == code and words in err and len(err.splitlines()) <= 5
