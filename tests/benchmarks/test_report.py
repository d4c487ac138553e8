"""Tables, words and the page: they say what the runs say, and the page needs nothing else."""

import base64
import html.parser
import re
from pathlib import Path
from typing import Any

import fake_jobs
import numpy as np
import pytest

from rewardlab.benchmarks import metrics, plots, report, results, words
from rewardlab.benchmarks.case import Case
from rewardlab.core.errors import BadStore
from rewardlab.core.store import Store

SEA, BANDIT = fake_jobs.ENVS


def fill(folder: Path, scores: dict[tuple[str, str], list[float]], *, metric: str = "score", text: str = "") -> Path:
    """A run folder whose runs scored this, (method, env) -> one score per seed; None for a run that failed."""
    cases: list[Case] = [fake_jobs.make(m, env=e, seeds=len(v)) for (m, e), v in scores.items()]
    about: dict[str, Any] = {
        "suite": "made", "metric": metric, "tags": [], "text": text, "version": "0", "command": "rewardlab bench made",
        "methods": {c.method: ["What <b>it</b> does."] for c in cases}, "agents": {"learner": ["Learns."]},
    }  # fmt: skip
    with Store(folder / results.FILE) as s:
        s.describe(about)
        for case, values in zip(cases, scores.values(), strict=True):
            for seed, value in enumerate(values):
                s.add({case.key(seed): case.spec(seed)})
                s.claim()
                if value is None:
                    s.fail(case.key(seed), "it broke & burned", tries=1)
                    continue
                r = fake_jobs.record(case, seed)
                curve = [[step, value * k / 4, None] for k, (step, _, _) in enumerate(r["curve"])]
                s.finish(case.key(seed), r | {"score": value, "area": value / 2, "curve": curve})
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    scores = {
        ("double", SEA): [0.9, 1.0, 0.8, 1.0, 0.95],
        ("none", SEA): [0.0, 0.1, 0.0, 0.2, -0.4],
        ("none", BANDIT): [0.5, 0.6, 0.5, 0.7, 0.6],
    }
    return fill(tmp_path, scores)


def test_the_table_shows_the_numbers(folder: Path) -> None:
    text = report.table(folder)
    lines = text.splitlines()
    assert re.search(r"DeepSea +Bernoulli +all +beats none", text)
    none = next(i for i, line in enumerate(lines) if line.startswith("none"))
    double = next(i for i, line in enumerate(lines) if line.startswith("double"))
    assert none < double  # the baseline first, whatever the order of cases
    assert re.fullmatch(r"none +0\.03 +0\.57 +0\.32 +–", lines[none])  # by hand: 0.1 / 3, 1.7 / 3, 1.9 / 6
    assert re.fullmatch(r"double +0\.95 ✓ +– +0\.95 \* +1\.00", lines[double])
    e = metrics.stratified_bootstrap([[0.5, 0.6, 0.5, 0.7, 0.6]])
    assert f"[{e.low:.2f}, {e.high:.2f}]" in lines[none + 1]
    assert "no ranking" not in text and "✓ solved" in text


def test_few_seeds_claim_no_ranking(tmp_path: Path) -> None:
    fill(tmp_path, {("none", SEA): [0.1, 0.2], ("double", SEA): [0.9, 0.95]})
    assert "no ranking is claimed" in report.table(tmp_path)
    said = words.summary(results.load(tmp_path))
    assert "claims no ranking" in said and "highest" not in said and "none 0.15" in said


def test_the_summary_is_made_from_the_numbers(folder: Path, tmp_path: Path) -> None:
    said = words.summary(results.load(folder))
    assert said.startswith("Two ways of paying an agent, on two environments, with 5 seeds each: 15 runs")
    assert "whole interval above one half: double" in said and "DeepSea is solved by double alone" in said
    assert "Nothing here solves BernoulliBandit" in said
    worse = fill(tmp_path / "w", {("none", SEA): [0.9] * 5, ("double", SEA): [0.0] * 5})
    said = words.summary(results.load(worse))
    assert "No method beats none" in said and "do harm: double" in said


def test_quarantined_and_unfinished_runs_are_told_of(tmp_path: Path) -> None:
    fill(tmp_path, {("none", SEA): [0.1, None, 0.3]})  # type: ignore[list-item]
    with Store(tmp_path / results.FILE) as s:
        s.add({"more": fake_jobs.make("none", seeds=9).spec(8)})
    text = report.table(tmp_path)
    assert "1 of 4 runs are not finished" in text and "1 runs failed three times" in text
    page = report.write(tmp_path).read_text(encoding="utf-8")
    assert "it broke &amp; burned" in page and "Runs that failed" in page


def test_other_metrics_fill_the_table(tmp_path: Path) -> None:
    fill(tmp_path, {("none", SEA): [0.4] * 5}, metric="area")
    assert re.search(r"none +0\.20", report.table(tmp_path)) and "averaged over training" in report.table(tmp_path)
    report.write(tmp_path)


def test_scores_that_are_no_numbers_count_as_random(tmp_path: Path) -> None:
    fill(tmp_path, {("none", SEA): [float("nan"), 0.0, 0.0, 0.0, float("inf")]})
    assert re.search(r"none +0\.00", report.table(tmp_path))
    assert report.write(tmp_path).exists()


class Parser(html.parser.HTMLParser):
    """Collects tags, checks that they close, and keeps what points elsewhere."""

    VOID = ("meta", "img", "wbr", "line")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [v or "" for k, v in attrs if k in ("src", "href", "srcset", "data")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag


def test_the_page_is_whole_and_needs_nothing_else(folder: Path) -> None:
    path = report.write(folder)
    assert path == folder / "report.html"
    text = path.read_text(encoding="utf-8")
    p = Parser()
    p.feed(text)
    assert p.open == [] and not {"script", "link", "iframe"} & set(p.tags)
    assert all(link.startswith("data:image/svg+xml;base64,") for link in p.links) and len(p.links) == 5
    for link in p.links:
        svg = base64.b64decode(link.partition(",")[2]).decode()
        assert svg.startswith("<?xml") and "<script" not in svg and 'href="http' not in svg
    assert "url(" not in text and "@import" not in text
    assert "A task &lt;of&gt; tests." in text and "What &lt;b&gt;it&lt;/b&gt; does." in text  # escaped
    assert "rewardlab bench made" in text and "numpy 2" in text and "a machine" in text
    for name in ("curves", "runs", "averages", "profile", "curves-DeepSea", "curves-BernoulliBandit"):
        png = (folder / "figures" / f"{name}.png").read_bytes()
        assert png.startswith(b"\x89PNG") and len(png) > 4000


def test_the_same_runs_give_the_same_bytes(folder: Path) -> None:
    first = report.write(folder).read_bytes()
    assert report.write(folder).read_bytes() == first


def test_methods_look_alike_in_all_figures_and_unlike_each_other(tmp_path: Path) -> None:
    names = ["none", *(f"m{i}" for i in range(12))]
    r = results.load(fill(tmp_path, {(n, SEA): [0.1] for n in names}))
    looks = [str(plots.look(r, n)) for n in names]
    assert len(set(looks)) == len(names)


def test_a_figure_shows_the_interquartile_mean(folder: Path) -> None:
    r = results.load(folder)
    axes = plots.learning_curves(r, SEA).axes[0]
    shown = {line.get_label(): line for line in axes.get_lines() if not line.get_label().startswith("_")}
    assert list(shown) == ["none", "double"]
    np.testing.assert_allclose(shown["double"].get_ydata()[-1], 0.95)
    np.testing.assert_array_equal(shown["double"].get_xdata(), [0, 25, 50, 75, 100])


def test_folders_without_results_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadStore, match="no results here"):
        report.table(tmp_path)
    Store(tmp_path / results.FILE).close()
    with pytest.raises(BadStore, match="no finished run yet"):
        report.write(tmp_path)


def test_an_earlier_page_survives_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = report.write(folder).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(BadStore, match="No space left"):
        report.write(folder)
    monkeypatch.undo()
    assert (folder / "report.html").read_bytes() == before
    assert not list(folder.rglob("*.tmp"))


def test_names_lose_namespace_and_version() -> None:
    assert [results.short(x) for x in ("rewardlab/DeepSea-v0", "CartPole-v1", "a/b/C-D-v10")] == [
        "DeepSea", "CartPole", "C-D",
    ]  # fmt: skip
    assert words.digits(-0.001) == "0.00"
