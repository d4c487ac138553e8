"""Table and page of a regret benchmark, from a real small sweep."""

from functools import partial

import pytest

from rewardlab.agents import UCB1, EpsilonGreedy
from rewardlab.benchmarks import suites
from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.regret import pictures, report
from rewardlab.benchmarks.regret.cells import made, task
from rewardlab.benchmarks.regret.played import play
from rewardlab.benchmarks.results import Results, load
from rewardlab.core.store import Store

ENV = "rewardlab/BernoulliBandit-v0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("regret")
    with Store(place / "results.sqlite") as store:
        store.describe(
            {"suite": "bandits", "metric": "regret", "text": "Which?\n\nTen arms.", "command": "C", "version": "1"}
        )
        for kind in (UCB1, EpsilonGreedy):
            case = Case(
                ENV, kind.__name__, task, partial(made, kind=kind), 30 * 300, (0,), 30, env_kwargs={"pulls": 300}
            )
            key = case.key(0)
            store.add({key: case.spec(0)})
            assert store.claim()[0] == key
            store.finish(key, play(case, 0, place))
    return place


def test_the_table_names_each_method_with_its_rates(folder):
    text = report.table(folder)
    assert "BernoulliBandit: 30 runs of 300 steps" in text and "times Lai–Robbins" in text
    lines = {line.split()[0]: line for line in text.splitlines() if line.startswith(("UCB1", "Epsilon"))}
    assert set(lines) == {"UCB1", "EpsilonGreedy"} and all("[" in line for line in lines.values())


def test_the_page_holds_its_pictures(folder):
    page = report.write(folder).read_text(encoding="utf-8")
    assert "data:image/png;base64," in page and "UCB1" in page and "Which?" in page and "http" not in page
    assert (folder / "figures" / "regret-BernoulliBandit.png").stat().st_size > 20_000


def test_each_method_has_its_own_line_and_bounds_are_drawn_where_arms_are_known(folder):
    results = load(folder)
    for arms in (None, {"means": [0.2, 0.8], "deviation": None}):
        told = Results(results.folder, results.about, results.jobs, [{**r, "arms": arms} for r in results.records])
        labels = [line.get_label() for line in pictures.curves(told, ENV).axes[0].get_lines()]
        assert {"UCB1", "EpsilonGreedy"} <= set(labels) and (len(labels) == 5) == (arms is not None)
    looks = {pictures.look(results, m) for m in results.methods}
    assert len(looks) == 2


def test_the_suite_is_played_by_its_own_function_and_reported_by_its_own_module():
    suite = suites.load("bandits")
    assert suite.train is play and suite.report == report.__name__ and suite.metric == "regret"
    assert suites.load("quickstart").train is None
