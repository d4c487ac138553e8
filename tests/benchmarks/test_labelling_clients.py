"""Clients as a load: what they say they did is what the file holds."""

import asyncio

import pytest
from label_server import film, pairs, served

from rewardlab.benchmarks.labelling_clients import Load, Seen, play, result, start, told
from rewardlab.core.errors import FaultyEnvironment
from rewardlab.rewards.preference.labelling.store import LabelStore


@pytest.mark.parametrize("ahead", [0, 3])
def test_every_answer_is_in_the_file(tmp_path, ahead):
    with LabelStore(tmp_path, repeats=0) as store:
        store.add(pairs(20), frames=film(20))
        with served(tmp_path, store={"repeats": 0}) as (port, _):
            seen, seconds = asyncio.run(play(Load(port=port, clients=4, seconds=20, ahead=ahead)))
        expected = 12 if ahead else 20
        assert len(seen.acknowledged) == len(seen.label) == expected and store.progress() == (expected, 20)
        batch, _ = store.labelled()
        names = store.annotators()
        said = zip(*(batch.info[k].tolist() for k in ("query", "annotator", "label")), strict=True)
        assert sorted((q, names[a], y) for q, a, y in said) == sorted((q, n, y) for q, n, y, _ in seen.acknowledged)
    rates = told(seen, seconds)
    assert (
        rates["labels"] == expected and rates["label_ms"]["p50"] <= rates["label_ms"]["p99"] <= rates["label_ms"]["max"]
    )
    assert not seen.unknown and not seen.refused and rates["retries"] == 0


def test_quantiles_are_milliseconds():
    seen = Seen(acknowledged=[[1, "a", 1, "k"]] * 4, label=[0.001, 0.002, 0.003, 0.004])
    rates = told(seen, 2.0)
    assert rates["labels_per_second"] == 2 and rates["label_ms"]["p50"] == 2.5 and rates["label_ms"]["max"] == 4
    assert "next_ms" not in rates


def test_a_server_that_is_not_there_is_told(monkeypatch):
    from rewardlab.benchmarks import labelling_clients
    from rewardlab.benchmarks.labelling_kills import free_port

    monkeypatch.setattr(labelling_clients, "PATIENCE", 0.2)
    with pytest.raises(FaultyEnvironment, match="did not come back"):
        asyncio.run(play(Load(port=free_port(), clients=1, seconds=1)))


def test_a_process_of_its_own_says_the_same(tmp_path):
    with LabelStore(tmp_path, repeats=0) as store:
        store.add(pairs(6), frames=film(6))
        with served(tmp_path) as (port, _):
            found = result(start(Load(port=port, clients=2, seconds=20)), patience=60)
        assert found["labels"] == len(found["acknowledged"]) == 6 and store.progress() == (6, 6)
