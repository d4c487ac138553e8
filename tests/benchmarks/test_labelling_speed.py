"""The measurement of the label server in small, and what it would say of losses and misses."""

import json

import pytest

from rewardlab.benchmarks import labelling_speed
from rewardlab.benchmarks.labelling_kills import fill
from rewardlab.benchmarks.labelling_speed import LabellingSpeed, judged, lossless, main, median, peak, train
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.labelling.store import LabelStore


def test_a_small_measurement_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(labelling_speed, "AHEAD", 5)
    monkeypatch.setattr(labelling_speed, "SUPPLY", 3000)
    out = tmp_path / "evidence" / "speed.json"
    options = LabellingSpeed(parts=("load", "large"), rounds=1, seconds=1, large=200, out=out)
    assert main(options) == 0
    kept = json.loads(out.read_text(encoding="utf-8"))
    assert kept["nothing_lost"] and kept["large"]["export"]["labels"] == 200
    assert kept["load"]["32 clients, answers"]["labels"] == 160 and kept["load"]["one client, turns"]["labels"] > 0
    assert labelling_speed.kept(out) == {k: kept[k] for k in ("load", "large")}  # and another part may be added later
    assert labelling_speed.kept(tmp_path / "none.json") == {} and kept["load"]["measured"]["load_before"] >= 0
    assert len(kept["goals"]) == 6 and kept["large"]["pages_ms"]["next"]["max"] < 10_000


def test_the_trainer_reads_each_label_once_and_adds_pairs(tmp_path):
    with LabelStore(tmp_path, repeats=0) as store:
        fill(store, 20)
        for turn in range(20):
            store.answer(store.next("ann").number, "ann", 1, key=f"key-{turn:06}")
        told = train(str(tmp_path), 0.5)
        assert told["read"] == 20 and told["lock_errors"] == 0 and told["added"] == store.progress()[1] - 20 > 0


def test_losses_locks_and_misses_are_told():
    one = {"labels_per_second": 10.0, "refused": 0, "label_ms": {"p50": 5.0, "p99": 900.0}}
    fast = {"labels_per_second": 5000.0, "refused": 0, "label_ms": {"p50": 1.0, "p99": 2.0}}
    goals = judged({"load": {"many": one, "turns": one, "one": fast}})
    assert [g["reached"] for g in goals.values()] == [False, False, True]
    assert all(g["reached"] for g in judged({"load": {"many": fast, "turns": one, "one": fast}}).values())
    kills = {
        "lost": 0,
        "duplicates": 0,
        "from_nowhere": 0,
        "refused": 0,
        "miscounted": 0,
        "damaged": 0,
        "acknowledged": 5,
    }
    whole = {"load": {"many": one}, "kills": kills, "trainer": {**one, "trainer": {"lock_errors": 0}}}
    assert lossless(whole) and lossless({})
    assert not lossless({**whole, "kills": {**kills, "lost": 1}})
    assert not lossless({**whole, "trainer": {**one, "trainer": {"lock_errors": 1}}})
    assert not lossless({**whole, "load": {"many": {**one, "refused": 1}}})


def test_the_middle_round_counts():
    assert median([{"x": 3}, {"x": 1}, {"x": 2}], "x") == {"x": 2, "rounds": [3, 1, 2]}
    assert peak("self") > 10 or peak("self") == 0


@pytest.mark.parametrize("bad", [{"parts": ("lode",)}, {"rounds": 0}, {"seconds": 0.5}, {"kills": 0}, {"large": 0}])
def test_bad_options_are_refused(bad):
    with pytest.raises(BadOption, match="labelling_speed"):
        LabellingSpeed(**bad)
