"""Table and page of a benchmark of preferences, from a real small sweep."""

import dataclasses
import functools

import numpy as np
import pytest

from rewardlab.benchmarks import preference_report as report
from rewardlab.benchmarks.preference_runs import asked, train_preferences
from rewardlab.benchmarks.results import load
from rewardlab.benchmarks.suites import preferences
from rewardlab.core.store import Store

ENV = "rewardlab/GridWorld-v0"
METHODS = ("none", "default", "50 labels", "perfect teacher")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("preferences")
    with Store(place / "results.sqlite") as store:
        about = {
            "suite": "preferences",
            "metric": "score",
            "text": "How much?\n\nGrids.",
            "command": "C",
            "version": "1",
        }
        store.describe(about)
        for case in (c for c in preferences.CASES if c.env == ENV and c.method in METHODS):
            small = dataclasses.replace(case, budget=400, episodes=4)
            if case.method != "none":
                few = {"labels": 12 if case.method == "50 labels" else 24, "rounds": 2, "epochs": 2}
                small = dataclasses.replace(small, reward=functools.partial(asked, **{**case.reward.keywords, **few}))
            for seed in (0, 1):
                key = small.key(seed)
                store.add({key: small.spec(seed)})
                assert store.claim()[0] == key
                store.finish(key, train_preferences(small, seed, place))
    return place


def test_the_table_says_what_labels_brought(folder):
    lines = {line[0]: line for line in report.rows(load(folder), ENV)}
    assert set(lines) == set(METHODS) and all(len(line) == len(report.HEADS) for line in lines.values())
    assert lines["none"][1] == "0" and lines["50 labels"][1] == "12" and lines["default"][1] == "24"
    assert lines["none"][4] == "" and 0 < float(lines["default"][4]) <= 1 and lines["default"][6] == ""
    text = report.table(folder)
    assert "GridWorld" in text and "perfect teacher" in text and "STARC is exact" in text


def test_the_page_holds_its_pictures(folder):
    page = report.write(folder).read_text(encoding="utf-8")
    assert "data:image/png;base64," in page and "How much?" in page and "http" not in page
    assert (folder / "figures" / "preferences-GridWorld.png").stat().st_size > 20_000


def test_the_picture_shows_each_run_and_what_came_true(folder):
    results = load(folder)
    by_labels, by_change, reliable = report.picture(results, ENV).axes
    dots = [line for line in by_labels.lines if line.get_marker() == "o"]
    assert [list(line.get_xdata()) for line in dots] == [[12.0, 12.0], [24.0, 24.0]]
    names = [t.get_text() for t in by_change.get_yticklabels()]
    assert names == ["perfect teacher", "default"]
    bins = np.array([b for r in results.cell("default", ENV) for b in r["reliability"]])
    shown = [line for line in reliable.lines if line.get_marker() == "o"]
    assert len(shown) == len({min(int(10 * s), 9) for s in bins[:, 0]})
