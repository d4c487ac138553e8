"""Cases in turns, on a clock of our own: who runs when, and which numbers come of it."""

import pytest

from rewardlab.benchmarks.measure import Timing
from rewardlab.benchmarks.throughput_turns import Case, Laps, Size, now, turns
from rewardlab.core.errors import BadOption


class Clock:
    """Time that passes only when a case works."""

    def __init__(self) -> None:
        self.cpu, self.wall, self.calls = 0.0, 0.0, list[tuple[str, int]]()

    def __call__(self) -> Timing:
        return Timing(self.cpu, self.wall)

    def case(self, name: str, rows: int, *, cpu: float, wall: float, late: float = 0.0) -> Case:
        """A step takes `cpu` and `wall` seconds, and each call `late` seconds of wall time more than the one before."""

        def run(steps: int) -> None:
            before = sum(1 for other, _ in self.calls if other == name)
            self.calls.append((name, steps))
            self.cpu += steps * cpu
            self.wall += steps * wall + before * late

        return Case(rows, run)


def test_laps_are_seconds_per_row_and_step_on_both_clocks() -> None:
    clock = Clock()
    cases = {"a": clock.case("a", 10, cpu=0.25, wall=0.5), "b": clock.case("b", 1, cpu=0.125, wall=0.125)}
    laps = turns(cases, Size(seconds=24.0, rounds=3), clock=clock)
    assert laps["a"] == Laps([0.05] * 3, [0.025] * 3) and laps["b"] == Laps([0.125] * 3, [0.125] * 3)
    assert laps["a"].median == laps["a"].least == Timing(0.025, 0.05)


def test_every_case_gets_the_same_time_and_each_round_begins_with_another() -> None:
    clock = Clock()
    cases = {name: clock.case(name, 1, cpu=wall, wall=wall) for name, wall in (("a", 0.5), ("b", 0.125), ("c", 1.0))}
    turns(cases, Size(seconds=24.0, rounds=3), clock=clock)
    timed = clock.calls[-9:]
    assert "".join(name for name, _ in timed) == "abcbcacab"
    assert dict(timed) == {"a": 16, "b": 64, "c": 8}  # 8 seconds each
    assert {name for name, steps in clock.calls[:-9] if steps == 1} == set("abc")


def test_medians_and_minima_are_over_rounds() -> None:
    clock = Clock()
    slower = turns({"a": clock.case("a", 1, cpu=1.0, wall=1.0, late=1.0)}, Size(seconds=1.0, rounds=3), clock=clock)[
        "a"
    ]
    first = slower.wall[0]
    assert slower.wall == [first, first + 1, first + 2] and slower.cpu == [1.0] * 3
    assert slower.median == Timing(1.0, first + 1) and slower.least == Timing(1.0, first)


def test_both_clocks_go_forwards() -> None:
    before = now()
    sum(range(100_000))
    after = now()
    assert after.cpu > before.cpu and after.wall > before.wall


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"seconds": 0.0}, "seconds"),
        ({"seconds": float("nan")}, "seconds"),
        ({"rounds": 0}, "rounds"),
        ({"peers": 0}, "peers"),
        ({"levels": 0}, "levels"),
        ({"processes": 0}, "processes"),
        ({"rows": (8, 8, 16)}, "rows"),
        ({"rows": (0, 8, 16)}, "rows"),
    ],
)
def test_a_size_of_nothing_is_refused(wrong: dict, word: str) -> None:
    with pytest.raises(BadOption, match=word):
        Size(**wrong)
