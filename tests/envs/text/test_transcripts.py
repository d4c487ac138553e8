"""Conversations written down: what is read is what was said, and a torn file loses its last line alone."""

import json

import gymnasium as gym
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.transcripts import Recorder, read, replay


def recorded(path, episodes=3):
    env = Recorder(gym.make("rewardlab/ArithChain-v0", length=2, by="line"), path)
    env.reset(seed=11)
    for k in range(episodes):
        if k:
            env.reset()
        over = False
        while not over:
            *_, over, _, _ = env.step("1+1=2" if k % 2 else 'é "quoted"\n\ttab')
    env.close()
    return path


def test_lines_are_plain_json_and_hold_what_was_said(tmp_path):
    lines = list(read(recorded(tmp_path / "deep" / "a.jsonl")))
    assert [line["episode"] for line in lines] == [0, 1, 2] and {line["seed"] for line in lines} == {11}
    assert lines[0]["messages"][1] == {"role": "assistant", "content": '\\u{e9} "quoted"\n\ttab'}
    assert lines[0]["kwargs"] == {"length": 2, "by": "line"}
    assert [replay(line) for line in lines] == [line["rewards"] for line in lines]


def test_a_torn_last_line_is_left_out_and_any_other_is_named(tmp_path):
    path = recorded(tmp_path / "a.jsonl")
    whole = path.read_text()
    path.write_text(whole[:-20])
    assert len(list(read(path))) == 2
    path.write_text(whole[:30] + "\n" + whole)
    with pytest.raises(BadOption, match="line 1"):
        list(read(path))
    path.write_text(json.dumps({"id": "x"}) + "\n" + whole)
    with pytest.raises(BadOption, match="line 1: no conversation"):
        list(read(path))


def test_what_cannot_be_recorded_or_replayed_is_refused(tmp_path):
    with pytest.raises(BadOption, match="a dialogue"):
        Recorder(gym.make("CartPole-v1"), tmp_path / "a")
    env = Recorder(gym.make("rewardlab/ArithChain-v0"), tmp_path / "b")
    env.reset()
    env.step("no")
    line = next(read(tmp_path / "b"))
    assert line["seed"] is None
    with pytest.raises(BadOption, match="without a seed"):
        replay(line)
