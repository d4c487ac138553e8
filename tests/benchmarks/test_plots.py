"""Figures: the same look everywhere, and the numbers that were measured."""

from pathlib import Path

import numpy as np
import pytest
from fake_results import SEA, fill, two_methods

from rewardlab.benchmarks import plots, results


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return two_methods(tmp_path)


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


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_equal_figures_are_equal_files(folder: Path, kind: str) -> None:
    r = results.load(folder)
    first, second = (plots.to_bytes(plots.profile(r), kind) for _ in range(2))
    assert first == second and first.startswith(b"\x89PNG" if kind == "png" else b"<?xml")


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_picture_of_all_curves_has_one_legend(tmp_path: Path, count: int) -> None:
    envs = ("A-v0", "B-v0", "C-v0", "D-v0")[:count]
    figure = plots.all_curves(results.load(fill(tmp_path, {(m, e): [0.1] for e in envs for m in ("none", "m")})))
    legends = [*figure.legends, *(a.get_legend() for a in figure.axes if a.get_legend())]
    assert [[t.get_text() for t in one.get_texts()] for one in legends] == [["none", "m"]]
    assert len(figure.axes) == (6 if count == 4 else count)


def test_profiles_show_the_baseline_in_the_same_environments(folder: Path) -> None:
    r = results.load(folder)
    (axes,) = plots.profile(r).axes
    shown = {line.get_label(): line for line in axes.get_lines()}
    assert list(shown) == ["none", "double"] and axes.get_title(loc="left") == "double, 1 environment"
    for name, line in shown.items():
        tau, share = line.get_data()
        np.testing.assert_allclose(share, [(r.scores(name, SEA) > t).mean() for t in tau])


def test_averages_stand_above_the_baseline_in_the_same_environments(folder: Path) -> None:
    left, right = plots.averages(results.load(folder)).axes
    dots = [(float(d.get_xdata()[0]), float(d.get_ydata()[0])) for d in left.get_lines() if len(d.get_xdata()) == 1]
    # double, first from below: 0.95 with "none" in the same environment at 0.1 / 3; none over both: 1.9 / 6.
    assert sorted(dots) == [(pytest.approx(0.1 / 3), -0.2), (pytest.approx(1.9 / 6), 1), (pytest.approx(0.95), 0.13)]
    assert [t.get_text() for t in left.get_yticklabels()] == ["double *", "none"]
    assert [float(d.get_xdata()[0]) for d in right.get_lines() if len(d.get_xdata()) == 1] == [1.0]


def test_every_run_is_a_dot(folder: Path) -> None:
    r = results.load(folder)
    axes = plots.runs(r).axes[0]
    dots = [line for line in axes.get_lines() if line.get_marker() not in ("None", None, "")]
    assert sorted(y for line in dots for y in line.get_ydata()) == sorted(x["score"] for x in r.records)
