"""Lines that are on the disk before they are used, and what is refused."""

import json

import numpy as np
import pytest
from designed_line import BATCH

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, BadStore
from rewardlab.rewards.language.design.transcript import Transcript, load_steps, save_steps


def test_what_is_added_is_on_the_disk_and_comes_back_as_json_makes_it(tmp_path):
    path = tmp_path / "deep" / "t.jsonl"
    book = Transcript(path)
    held = book.add("answer", ("a", 0), answer="é\ud800 \n", seconds=0.1, cost=1 / 3)
    assert json.loads(path.read_text().splitlines()[0])["cost"] == 1 / 3
    again = Transcript(path)
    assert again.find("answer", ["a", 0]) == held and again.find("answer", ("a", 1)) is None


def test_spending_follows_the_lines_that_were_come_to(tmp_path):
    path = tmp_path / "t.jsonl"
    book = Transcript(path)
    book.add("answer", (0,), cost=1.0, seconds=2.0)
    book.add("trained", (0,), seconds=10.0)
    book.add("failure", (1,), seconds=1.0)
    assert vars(book.spent) == {"calls": 2, "cost": 1.0, "seconds": 13.0, "trainings": 1}
    again = Transcript(path)
    again.find("failure", (1,))
    assert again.spent.calls == 0
    again.take("trained", (0,))
    again.take("answer", (0,))
    assert vars(again.spent) == {"calls": 1, "cost": 1.0, "seconds": 12.0, "trainings": 1}


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_last_line_that_was_cut_is_dropped(tmp_path, cut):
    path = tmp_path / "t.jsonl"
    for i in range(3):
        Transcript(path).add("x", (i,), value=i)
    data = path.read_bytes()
    path.write_bytes(data[:-cut])
    book = Transcript(path)
    assert len(book.lines) == 2
    book.add("x", (2,), value=2)
    assert path.read_bytes() == data


@pytest.mark.parametrize("line", ["no json", "[]", '{"kind": 3, "key": []}', '{"kind": "x"}'])
def test_another_file_is_refused_with_its_line(tmp_path, line):
    path = tmp_path / "t.jsonl"
    Transcript(path).add("x", ())
    with path.open("a") as f:
        f.write(line + "\n")
    with pytest.raises(BadStore, match="line 2"):
        Transcript(path)


def test_another_run_is_refused():
    book = Transcript()
    book.begin({"env": "a", "size": 2})
    book.begin({"env": "a", "size": 2})
    with pytest.raises(BadOption, match=r"env='a'.*'b'"):
        book.begin({"env": "b", "size": 2})


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "t.jsonl").mkdir()
    with pytest.raises((BadStore, IsADirectoryError)):
        Transcript(tmp_path / "t.jsonl").add("x", ())


def test_steps_come_back_without_text(tmp_path):
    words = np.full(len(BATCH), "a mission", dtype=object)
    obs = {"a": BATCH.obs, "b/c": BATCH.obs * 2}
    steps = Transitions(obs, BATCH.action, BATCH.reward, obs,
                        BATCH.terminated, BATCH.truncated, {**BATCH.info, "mission": words})  # fmt: skip
    save_steps(tmp_path / "s.npz", steps)
    held = load_steps(tmp_path / "s.npz")
    assert set(held.info) == {"success"} and set(held.obs) == {"a", "b/c"}
    assert np.array_equal(held.obs["b/c"], BATCH.obs * 2) and np.array_equal(held.action, BATCH.action)
    book = Transcript(tmp_path / "t.jsonl")
    book.keep("1-1", steps)
    assert book.steps("1-2") is None and np.array_equal(book.steps("1-1").reward, BATCH.reward)
