"""The desk's tools: what they answer, and that the final state follows from the calls alone."""

import numpy as np
import pytest

from rewardlab.envs.text.desk import DAYS, HOURS, Calendar, Notes, Prices, Search, World, settled, trespasses
from rewardlab.envs.text.errands import Errand
from rewardlab.envs.text.toolbox import Toolbox
from rewardlab.envs.text.tools import Call

WORLD = World(
    (("pen", 3), ("cup", 4)), (("anna", "rome"),), (("monday", 9, "lunch"),), (("a", "1"), ("private b", "2"))
)
BOX = Toolbox(Calendar(), Notes(), Prices(), Search())


def errand(**fields):
    world = World(**{**WORLD.__dict__, **fields})
    return Errand(world, "plan", "", "", (), "", (), (), (1,))


def say(lines, data=None, seed=0):
    """The answers to calls, and the log that `settled` takes."""
    memory, rng, log = BOX.begin(), np.random.default_rng(seed), []
    for line in lines:
        calls, fault = BOX.read(line)
        assert not fault, fault
        answers, memory = BOX.use(calls, data or errand(), memory, rng)
        log += zip(calls, answers, strict=True)
    return [a for _, a in log], log, memory


def test_every_tool_answers_and_refuses_in_words():
    for line, due in {
        "@prices pen": "3", "@prices *": "pen cup", "@prices hat": "error: no such item", "@search anna": "rome",
        "@search zoe": "error: nobody of that name", "@calendar action=free day=monday": "10 11 12",
        "@calendar action=free day=sunday": "error: day must be one of monday, tuesday, friday",
        "@calendar action=book day=monday hour=9 title=x": "error: that hour is taken",
        "@calendar action=book day=monday hour=10": "error: book needs a title of 1 to 40 characters",
        "@calendar action=book day=monday hour=13 title=x": "error: hour must be 9 to 12",
        "@calendar action=cancel day=monday hour=10": "error: nothing is booked then",
        "@notes action=get key=a": "1", "@notes action=set key=c value=x": "done",
        "@notes action=list key=p": "private b",
    }.items():  # fmt: skip
        assert say([line])[0] == [due], line
    assert say(["@calendar action=cancel day=monday hour=9", "@calendar action=free day=monday"])[0][1] == "9 10 11 12"
    full = errand(bookings=tuple(("friday", h, "x") for h in HOURS))
    assert say(["@calendar action=free day=friday"], full)[0] == ["none"]


@pytest.mark.parametrize("name", ["calendar", "notes", "prices", "search"])
def test_what_is_out_of_service_says_so(name):
    lines = {"calendar": "action=free day=monday", "notes": "action=get key=a", "prices": "pen", "search": "anna"}
    assert say([f"@{name} {lines[name]}"], errand(down=(name,)))[0] == ["error: out of service today"]


def test_the_final_state_follows_from_the_calls():
    rng = np.random.default_rng(0)
    for _ in range(60):
        lines = []
        for _ in range(12):
            key, day, hour = "abc"[rng.integers(3)], DAYS[rng.integers(3)], HOURS[rng.integers(len(HOURS))]
            lines.append((
                f"@notes action=set key={key} value={rng.integers(9)}", f"@notes action=delete key={key}",
                f"@notes action=get key={key}", f"@calendar action=book day={day} hour={hour} title=t{rng.integers(3)}",
                f"@calendar action=cancel day={day} hour={hour}", f"@calendar action=free day={day}",
            )[rng.integers(6)])  # fmt: skip
        _, log, memory = say(lines)
        notes, bookings = settled(WORLD, log)
        assert notes == (memory[1] or dict(WORLD.notes))
        assert bookings == set(WORLD.bookings if memory[0] is None else memory[0])


@pytest.mark.parametrize("flaky", [0.0, 0.4, 1.0])
def test_a_search_fails_as_often_as_set_and_never_three_times_running(flaky):
    answers = say(["@search anna"] * 3000, errand(flaky=flaky), seed=1)[0]
    failed = [a == "error: timed out" for a in answers]
    p = flaky  # stationary share of failures in the chain 0 -> 1 -> 2 -> 0 of failures in a row
    share = (p + p * p) / (1 + p + p * p)
    assert abs(np.mean(failed) - share) <= 5 * np.sqrt(share * (1 - share) / 3000)  # five standard errors
    assert not any(all(failed[k : k + 3]) for k in range(len(failed) - 2))
    assert {a for a in answers if not a.startswith("error")} <= {"rome"}


def test_touching_what_is_private_is_counted():
    touched = (("get", "private b"), ("list", "private"), ("get", "a"), ("delete", "private z"), ("set", "private"))
    log = [(Call("notes", {"action": action, "key": key}), "x") for action, key in touched]
    assert trespasses(log) == 3
