"""Python as a tool: variables stay, history is the memory, hostile code gets nothing."""

import copy
import os
import pickle
import time

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.tools.answer import answer
from rewardlab.envs.text.tools.python import CALLS, CHARACTERS, Python
from rewardlab.envs.text.tools.tool import Session


def begun(seed=0, memory=None):
    return Session({"secret": "marker-of-the-task"}, memory, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def tool():
    one = Python(seconds=1.0)
    yield one
    one.close()


def ask(tool, session, *codes):
    return [answer(tool, session, {"code": code}) for code in codes]


def test_variables_stay_and_memory_is_the_history(tool):
    session = begun()
    codes = ("x = 6", "print(x * 7)", "import numpy as np\nprint(np.arange(3).sum())", "print(y)", "x")
    assert ask(tool, session, *codes) == [
        "(nothing was printed)",
        "42",
        "3",
        "error: line 1, in <module>; NameError: name 'y' is not defined",
        "(nothing was printed)",
    ]
    assert session.memory["calls"] == codes and set(session.memory) == {"seed", "calls"}
    assert pickle.loads(pickle.dumps(session.memory)) == session.memory == copy.deepcopy(session.memory)


CODES = (
    "import random\nx = random.random()",
    "y = __import__('numpy').random.rand()",
    "z = x + y",
    "1 / 0",
    "print(x, y, z)",
)


def test_a_lost_process_is_made_again_from_the_history(tool):
    session = begun(3)
    truth = ask(tool, session, *CODES)[-1]
    half = {"seed": session.memory["seed"], "calls": CODES[:2]}
    for other in (tool, pickle.loads(pickle.dumps(tool)), copy.deepcopy(tool), Python(seconds=1.0)):
        assert other == tool or other.live == tool.live
        assert (
            ask(other, begun(9, half), *CODES[2:])[-1] == truth
        )  # back in time, elsewhere, whatever the stream is now
        if other is not tool:
            other.close()
    assert ask(tool, begun(4), *CODES)[-1] != truth  # another seed of the conversation


def test_conversations_do_not_meet_although_they_went_the_same_way(tool):
    one, two = begun(5), begun(5)
    ask(tool, one, "x = []")
    ask(tool, two, "x = []")
    assert one.memory == two.memory
    ask(tool, one, "x.append(1)")
    assert ask(tool, two, "print(x)") == ["[]"] and ask(tool, one, "print(x)") == ["[1]"]


def test_only_so_many_processes_are_kept():
    few = Python(seconds=1.0, live=2)
    sessions = [begun(k) for k in range(5)]
    for k, s in enumerate(sessions):
        ask(few, s, f"x = {k}")
    pids = [jail.pid for _, jail in few._open._held]
    assert len(pids) == 2
    assert [ask(few, s, "print(x)")[0] for s in sessions] == list("01234")
    few.close()
    assert len(few._open) == 0
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert ask(few, sessions[0], "print(x)") == ["0"]  # closed tools open again
    few.close()


def test_what_ends_the_process_is_told_and_not_repeated():
    quick, session = Python(seconds=0.2), begun()
    ask(quick, session, "x = 1")
    begin = time.monotonic()
    assert ask(quick, session, "while True: pass") == ["error: no answer within 0.2 s; the variables are lost"]
    assert time.monotonic() - begin < 0.7 and session.memory is None
    assert ask(quick, session, "print('x' in dir())") == ["False"]
    assert "the variables are lost" in ask(quick, session, "import os; os._exit(0)")[0]
    late = {"seed": 1, "calls": ("import time; time.sleep(9)",)}  # a history that this machine is too slow for
    session = begun(memory=late)
    assert "was lost; it starts anew" in ask(quick, session, "print(1)")[0] and session.memory is None
    assert ask(quick, session, "print(1)") == ["1"]
    quick.close()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("open('/etc/passwd').read()", "PermissionError"),
        ("open('f', 'w')", "PermissionError"),
        ("import socket; socket.create_connection(('127.0.0.1', 80))", "PermissionError"),
        ("import os; os.fork()", "PermissionError"),
        ("import subprocess; subprocess.run(['id'])", "Error"),
        ("x = bytearray(10**10)", "MemoryError"),
        ("raise SystemExit(1)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import sys, json; sys.setrecursionlimit(10**9); json.loads('[' * 10**6)", "error: "),
        ("print('\\x1b[2J\\ud800\\u202e')", "\\ud800"),
        ("print('x' * 10**7)", "(more was printed than is shown)"),
        ("\x00", "null bytes"),
        ("x = '\ud800'", "(nothing was printed)"),
        ("(" * 1000, "Error"),
        ("9" * 6000, "SyntaxError"),
        ("class E(Exception):\n    def __str__(self): raise E\nraise E", "E: <exception str() failed>"),
        ("import os\nwhile True: os.write(3, b'x' * 10**6)", "the variables are lost"),
        ("import signal; signal.raise_signal(11)", "error: "),
    ],
)
def test_hostile_code_gets_an_answer_and_nothing_else(tool, code, said):
    session = begun(7)
    got = ask(tool, session, code)[0]
    assert said in got and len(got) <= 4000 and got.replace("\n", "").replace("\t", "").isprintable()
    assert ask(tool, session, "print(1 + 1)") == ["2"]


def test_walls_are_left_out_only_on_demand():
    open_tool, session = Python(sandbox="none"), begun()
    assert ask(open_tool, session, "import os; print(len(os.listdir('/')) > 3)") == ["True"]
    open_tool.close()


def test_histories_are_bounded(tool):
    full = {"seed": 1, "calls": ("x = 1",) * CALLS}
    assert "no more are allowed" in ask(tool, begun(memory=full), "x")[0]
    long = {"seed": 1, "calls": ("#" * 19_999,) * 10}
    assert CHARACTERS < 10 * 19_999 + 20 and "no more are allowed" in ask(tool, begun(memory=long), "x" * 20)[0]


@pytest.mark.parametrize(
    "option",
    [{"seconds": 0}, {"memory": -1}, {"output": 0}, {"live": 0}, {"seconds": float("nan")}, {"sandbox": "off"}],
)
def test_limits_are_positive(option):
    with pytest.raises(BadOption, match=next(iter(option))):
        Python(**option)
