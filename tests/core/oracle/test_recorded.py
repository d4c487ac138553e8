"""What was recorded comes back by its key, to the letter; what was not is an error and not a call."""

import json

import pytest

from rewardlab.core.errors import BadOption, BadStore, NoRecording, OracleFailed
from rewardlab.core.oracle import Answer, Prompt, Recorded, Recording, Scripted, recorded


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "door.jsonl"


def prompt(number, text="what pays?", round=0):
    return Prompt(text, system="be brief", key=("door", "text2reward", round, number))


def line(number=0, **more):
    kept = {"key": ["door", "text2reward", 0, number], "author": "hand", "answer": f"answer {number}", **more}
    return json.dumps({k: v for k, v in kept.items() if v is not None}) + "\n"


def test_a_recording_is_played_back(path):
    said = [
        Answer("first\nline", author="model m", tokens=(3, 4), finish="length", cost=2.0),
        OracleFailed("no"),
        "ü\u2028",
    ]
    ask = Recording(Scripted(said), path, clock=lambda: 1e9)
    given = ask([prompt(0), prompt(1), prompt(2)])
    assert isinstance(given[1], OracleFailed) and given[::2] == said[::2]
    one, two = [json.loads(t) for t in path.read_text("utf-8").split("\n")[:-1]]
    assert one["key"] == ["door", "text2reward", 0, 0] and one["time"] == "2001-09-09T01:46:40Z"
    assert one["prompt"] == "what pays?" and len(one["prompt_sha"]) == len(one["system"]) == 64
    assert (one["author"], two["author"]) == ("model m", "hand")
    again = Recorded(path)
    (back,) = again([prompt(0, text="what pays now, at 0.37?")])  # the numbers in a text do not matter
    assert (back, back.author, back.finish, back.cost) == ("first\nline", "model m", "length", 0.0)
    assert again([prompt(2), prompt(0)]) == ["ü\u2028", "first\nline"]
    assert again.authors == ("hand", "model m") and again.keys == [prompt(0).key, prompt(2).key]


def test_what_was_not_recorded_is_named_with_what_was(path):
    Recording(Scripted(lambda p: "x"), path)([prompt(0), prompt(1)])
    with pytest.raises(NoRecording) as e:
        Recorded(path)([prompt(0), prompt(7)])
    assert "(door, text2reward, 0, 7)" in str(e.value) and "(door, text2reward, 0, 1)" in str(e.value)
    assert str(path) in str(e.value) and "Recording(" in e.value.mend
    with pytest.raises(NoRecording, match=r"did you mean .*door, text2reward"):
        Recorded(path)([Prompt("x", key=("door", "textreward", 0, 0))])


def test_prompts_without_a_key_are_known_by_their_text(path):
    Recording(Scripted(str.upper), path)(["a", Prompt("a", system="s"), "b"])
    assert Recorded(path)(["b", "a"]) == ["B", "A"] and len(Recorded(path).keys) == 3
    with pytest.raises(NoRecording):
        Recorded(path)(["c"])


def test_the_last_of_two_answers_is_the_one_that_was_used(path):
    path.parent.mkdir()
    path.write_text(line(0) + line(1) + line(0, answer="later"))
    assert Recorded(path)([prompt(0), prompt(1)]) == ["later", "answer 1"]


def test_a_last_line_that_was_cut_is_left_out_and_written_over(path):
    path.parent.mkdir()
    whole = line(0) + line(1)
    for cut in (*range(len(line(0)), len(whole) - 3, 5), *range(len(whole) - 3, len(whole) + 1)):
        path.write_text(whole[:cut])
        there = len(Recorded(path).keys)
        assert there == 1 + (cut >= len(whole) - 1)
        Recording(Scripted(["new"]), path)([prompt(5)])
        assert Recorded(path)([prompt(0), prompt(5)]) == ["answer 0", "new"] and len(Recorded(path).keys) == there + 1


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        ("{half\n", "line 2: no JSON"),
        ("[" * 9999 + "\n", "line 2: no JSON"),
        ("[1]\n", "line 2: no object"),
        (line(1, key=None), "line 2: no key"),
        (line(1, key=[]), "line 2: no key"),
        (line(1, key=[{}]), "line 2: no key"),
        (line(1, answer=None), "line 2: no answer"),
        (line(1, author=""), "line 2: no author"),
    ],
)
def test_a_damaged_line_before_the_last_is_refused(path, bad, match):
    path.parent.mkdir()
    path.write_text(line(0) + bad + "\n" + line(2))
    with pytest.raises(BadStore, match=match) as e:
        Recorded(path)
    assert str(path) in str(e.value)


def test_a_folder_is_all_its_files(path):
    path.parent.mkdir()
    path.write_text(line(0))
    (path.parent / "other.jsonl").write_text(line(1))
    assert Recorded(path.parent)([prompt(1), prompt(0)]) == ["answer 1", "answer 0"]


def test_recordings_of_the_package_are_found_by_name(tmp_path, monkeypatch):
    home = tmp_path / "rewards" / "language" / "recordings"
    home.mkdir(parents=True)
    (home / "Door-v0.jsonl").write_text(line(0))
    (home / "Reach-v0.jsonl").write_text(line(1))
    monkeypatch.setattr(recorded, "ROOT", tmp_path)
    assert Recorded("Door-v0")([prompt(0)]) == Recorded("rewardlab/Door-v0")([prompt(0)]) == ["answer 0"]
    assert Recorded()([prompt(0), prompt(1)]) == ["answer 0", "answer 1"]
    with pytest.raises(NoRecording, match="Door-v0"):
        Recorded("Dor-v0")
    with pytest.raises(NoRecording, match="no answer under"):
        Recorded()([prompt(2)])


def test_who_wrote_it_must_be_known_and_the_file_must_be_writable(path):
    with pytest.raises(BadOption, match="who wrote it"):
        Recording(lambda prompts: ["x"], path)([prompt(0)])
    assert Recording(lambda prompts: ["x"], path, author="hand")([prompt(0)]) == ["x"]
    with pytest.raises(BadStore, match="cannot write"):
        Recording(Scripted(["x"]), path / "below a file.jsonl")
