"""What a design prints."""

import pytest
from designed_line import BATCH, CONTEXT, GOOD, NAN, Answers, Scripted, Train, fenced, vet

from rewardlab.cli.design_screen import Screen, draw_curves, sparkline
from rewardlab.rewards.language.design.loop import design_reward


@pytest.mark.parametrize(
    ("values", "scale", "bars"),
    [
        ([0, 0.5, 1], (0.0, 1.0), "▁▅█"),
        ([0, 0, 0], (0.0, 1.0), "▁▁▁"),
        ([2, 4], (None, None), "▁█"),
        ([5, 5], (None, None), "▁▁"),
        ([float("nan"), 1.0, -1.0], (None, None), "?█▁"),
        ([], (None, None), ""),
        ([7.0], (0.0, 1.0), "█"),
    ],
)
def test_bars(values, scale, bars):
    assert sparkline(values, *scale) == bars


def test_each_candidate_is_told_with_its_fate(capsys, tmp_path):
    by = {0: fenced(NAN), 1: fenced(GOOD), "0.1": "sorry", "0.2": "sorry"}
    by[2] = fenced(GOOD.replace("return near, ", "return 2.0 * near, "))
    fails = Train(fails=lambda r: "Traceback\nMemoryError: no room" if 2.0 in r.function.__code__.co_consts else None)
    screen = Screen(1)
    made = design_reward(Scripted(), CONTEXT, Answers(by), fails, BATCH, rounds=1, size=3, vet=vet, watch=screen)
    screen.close()
    out = capsys.readouterr().out
    for line in (
        "round 1 of 1",
        "asking for 3 answers",
        "1.1: back to hand: a program: it pays NaN",
        "1.1: dropped: the answer",
        "1.2: accepted, by hand",
        "1.2: █",
        "success 100%",
        "1.3: training failed: MemoryError: no room",
        "best so far: 1.2",
    ):
        assert line in out, line
    draw_curves(made, tmp_path / "c.png")
    assert (tmp_path / "c.png").stat().st_size > 3000
