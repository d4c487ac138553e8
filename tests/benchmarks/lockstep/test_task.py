"""One id under all players: ours is MiniGrid's; an id that MiniGrid cannot make says so."""

from rewardlab.benchmarks.lockstep.task import ROWS, SUCCESSES, play_task


def test_all_players_meet_no_difference():
    result = play_task("MiniGrid-DoorKey-5x5-v0", 1500, 3)
    assert result["difference"] is None
    assert result["steps"] >= 1500
    each = result["players"]
    assert set(each) == {"uniform", "busy", "vandal", "interrupted", "patient", "last moment", "solver", "rows"}
    assert each["solver"]["successes"] == each["solver"]["episodes"] == SUCCESSES
    assert (each["patient"]["truncations"], each["patient"]["steps"]) == (1, 250)
    assert each["last moment"]["successes"] == 2 and each["last moment"]["steps"] == 500  # paid on the very last step
    assert each["rows"]["steps"] % ROWS == 0
    for key in ("steps", "episodes", "successes", "failures", "truncations"):
        assert result[key] == sum(r[key] for r in each.values())
    assert result["truncations"] > 0 and all(result["changed"][a] > 0 for a in ("pickup", "drop", "toggle"))
    assert play_task("MiniGrid-DoorKey-5x5-v0", 1500, 3) == result


def test_a_level_whose_pattern_is_missing_is_not_made():
    result = play_task("MiniGrid-WFC-MazeSimple-v0", 10, 0)
    assert set(result) == {"not_made"} and "/" not in result["not_made"]
