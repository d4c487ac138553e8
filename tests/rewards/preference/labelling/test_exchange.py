"""JSON lines out and in: the same labels, one bad line stops all and is named, a repeated import adds nothing."""

import json
import tracemalloc

import numpy as np
import pytest
from label_server import film, pairs

from rewardlab.core.errors import BadBatch, BadStore
from rewardlab.rewards.preference.labelling import exchange
from rewardlab.rewards.preference.labelling.store import LabelStore


@pytest.fixture
def full(tmp_path):
    """A file of labels of two people, with a skip, a tie, a repeat and something undone."""
    with LabelStore(tmp_path / "one", repeats=0.3) as store:
        store.add(
            pairs(8, size=[[4, 2]] * 8), frames=film(8), task="Which?", environment="W-v0", model_version="m1", seed=7
        )
        for turn, label in enumerate((1, 0, 0.5, None, 1, 1)):
            name = "ann" if turn != 1 else "Ünal"
            store.answer(store.next(name).number, name, label, key=f"key-{turn:06}", seconds=turn / 3)
        store.undo("ann")
        yield store


def table(store):
    batch, _ = store.labelled()
    names = store.annotators()
    said = zip(*(batch.info[k].tolist() for k in ("annotator", "label", "repeat")), strict=True)
    return [(names[who], label, repeat, batch.obs[i].tobytes()) for i, (who, label, repeat) in enumerate(said)]


def test_a_line_says_all_of_a_label(full, tmp_path):
    out = tmp_path / "labels.jsonl"
    assert full.export(out) == 5
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["label"] for line in lines] == [1, 0, 0.5, None, 1]
    assert {line["annotator"] for line in lines} == {"ann", "Ünal"} and len({line["key"] for line in lines}) == 5
    first = lines[0]
    assert (first["task"], first["environment"], first["model_version"], first["seed"]) == ("Which?", "W-v0", "m1", 7)
    assert first["time"].endswith("+00:00") and first["seconds"] == 0
    truth = full.segments(first["query"])
    assert first["first"]['["obs"]'] == truth.obs[0].tolist() and len(first["second"]['["reward"]']) == 2
    assert full.export(out, history=True) == 6 and '"undone":true' in out.read_text(encoding="utf-8")


@pytest.mark.parametrize("history", [False, True])
def test_an_import_gives_the_same_labels_once(full, tmp_path, history):
    out, again = tmp_path / "labels.jsonl", tmp_path / "again.jsonl"
    n = full.export(out, history=history)
    with LabelStore(tmp_path / "two") as other:
        assert other.import_(out) == (n, 0) and other.import_(out) == (0, n)
        assert table(other) == table(full)
        assert other.statistics() == full.statistics()
        assert other.undo("ann") is None  # what came from elsewhere is not undone here
        assert other.next("ann") is None  # and has no pictures to be shown
        assert other.export(again, history=history) == n
    lines = [[json.loads(x) for x in p.read_text(encoding="utf-8").splitlines()] for p in (out, again)]
    for x in (*lines[0], *lines[1]):
        x.pop("query")
    assert lines[0] == lines[1]


def test_labels_from_elsewhere_join_the_pairs_that_are_here(full, tmp_path):
    out = tmp_path / "labels.jsonl"
    full.export(out)
    with LabelStore(tmp_path / "two", repeats=0) as other:
        ids = other.add(pairs(8, size=[[4, 2]] * 8), frames=film(8))
        given = other.next("bob").number
        other.answer(given, "bob", 0, key="key-of-bob")
        other.import_(out)
        done, total = other.progress()
        assert total == 8 and done == 5
        said = {
            (int(q), y)
            for q, y in zip(other.labelled()[0].info["query"], other.labelled()[0].info["label"], strict=True)
        }
        assert {(ids[0], 0.0), (ids[0], 1.0)} <= said  # contradictions are kept


def change(line, **values):
    return json.dumps({**json.loads(line), **values})


def without(line, key):
    return json.dumps({k: v for k, v in json.loads(line).items() if k != key})


BAD = {
    "no JSON": lambda x: x[:-5],
    "empty": lambda x: "",
    "a list": lambda x: "[]",
    "NaN": lambda x: x.replace('"label":1', '"label":NaN'),
    "deep": lambda x: "[" * 100_000,
    "label 2": lambda x: change(x, label=2),
    "label text": lambda x: change(x, label="1"),
    "no label": lambda x: without(x, "label"),
    "no key": lambda x: without(x, "key"),
    "bad key": lambda x: change(x, key="?"),
    "name": lambda x: change(x, annotator=""),
    "surrogate": lambda x: change(x, task="\ud800"),
    "seconds": lambda x: change(x, seconds=-1),
    "seed": lambda x: change(x, seed=1.5),
    "flag": lambda x: change(x, repeat=1),
    "time": lambda x: change(x, time=5),
    "columns": lambda x: change(x, columns={}),
    "first": lambda x: change(x, first={}),
    "first list": lambda x: change(x, first=[]),
    "shape": lambda x: change(x, first={**json.loads(x)["first"], '["obs"]': [[1.0]]}),
    "not utf-8": lambda x: x.encode()[:20] + b"\xff" + x.encode()[20:],
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_line_is_named_and_nothing_is_imported(full, tmp_path, name):
    out = tmp_path / "labels.jsonl"
    full.export(out)
    lines = [x.encode() for x in out.read_text(encoding="utf-8").splitlines()]
    bad = BAD[name](lines[0].decode())
    lines.insert(3, bad if isinstance(bad, bytes) else bad.encode())
    out.write_bytes(b"\n".join(lines) + b"\n")
    with LabelStore(tmp_path / "two") as other:
        with pytest.raises(BadBatch, match="line 4") as e:
            other.import_(out)
        assert str(out) in str(e.value) and len(str(e.value)) < 1000
        assert other.progress() == (0, 0) and other.annotators() == {} and other.about("columns") is None


def test_another_kind_of_steps_and_missing_files_are_refused(full, tmp_path):
    out = tmp_path / "labels.jsonl"
    full.export(out)
    with LabelStore(tmp_path / "two") as other:
        batch = pairs(1)
        other.add(batch.paying(batch.reward.astype(np.float32)))
        with pytest.raises(BadBatch, match="line 1"):
            other.import_(out)
        with pytest.raises(BadStore, match="cannot read"):
            other.import_(tmp_path / "none.jsonl")
        assert other.export(tmp_path / "empty.jsonl") == 0
        assert other.import_(tmp_path / "empty.jsonl") == (0, 0)


def test_an_export_that_fails_leaves_the_old_file(full, tmp_path, monkeypatch):
    out = tmp_path / "labels.jsonl"
    out.write_text("old")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(BadStore, match="No space left") as e:
        full.export(out)
    assert "are free" in str(e.value) and str(out) in str(e.value)
    assert out.read_text() == "old" and sorted(p.name for p in tmp_path.glob("*.tmp")) == []


def test_an_export_streams(tmp_path, monkeypatch):
    monkeypatch.setattr(exchange, "CHUNK", 16)
    with LabelStore(tmp_path, repeats=0) as store:
        store.add(pairs(300, 40))
        with store.together() as db:
            db.execute("UPDATE query SET first_clip = 0")
            for turn in range(300):
                store.answer(store.next("ann").number, "ann", 1, key=f"key-{turn:06}")
        tracemalloc.start()
        assert store.export(tmp_path / "x.jsonl") == 300
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (tmp_path / "x.jsonl").stat().st_size > 3e6 and peak < 1e6
