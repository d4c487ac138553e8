"""SQL as a tool: answers are tables, mistakes are told, hostile queries get nothing."""

import os
import pickle
import signal
import time

import numpy as np
import pytest
from core.sandbox.jail.queries import BOMBS, CHANGES, KNOWS, MARKER, READS

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.tools.answer import answer
from rewardlab.envs.text.tools.database import Database
from rewardlab.envs.text.tools.sql import SQL
from rewardlab.envs.text.tools.tool import Session

TOWNS = Database.of(
    {
        "town": (["name", "people", "river"], [(f"t{k}", k, f"r{k % 7}") for k in range(200)]),
        "river": (["name", "length"], [(f"r{k}", 10.5 * k) for k in range(7)]),
    }
)


def begun(data=TOWNS):
    return Session(data, None, np.random.default_rng(0))


@pytest.fixture(scope="module")
def tool():
    one = SQL(seconds=0.1)
    yield one
    one.close()


def ask(tool, query, data=TOWNS):
    return answer(tool, begun(data), {"query": query})


def test_rows_come_back_as_a_table(tool):
    said = ask(tool, "SELECT name, length FROM river WHERE length > 50 ORDER BY 2 DESC")
    assert said == "name | length\nr6 | 63.0\nr5 | 52.5\n(2 rows)"
    assert ask(tool, "SELECT name FROM town").endswith("t49\n(the first 50 rows; there are more)")
    assert ask(tool, "SELECT char(27, 0, 8238), 'é'").split("\n")[1].isprintable()


def test_a_mistake_is_told_with_the_tables_that_there_are(tool):
    known = "there is town(name TEXT, people INTEGER, river TEXT) and river(name TEXT, length REAL)"
    assert ask(tool, "SELECT * FROM towns") == f"error: no such table, or not allowed; {known}"
    assert ask(tool, "SELECT * FROM answers").replace("answers", "towns") == ask(tool, "SELECT * FROM towns")
    assert ask(tool, "SELECT nam FROM town") == "error: no such column: nam"
    assert ask(tool, "SELEC 1").startswith("error: only one statement")
    assert ask(tool, "SELECT 1 FROM town WHERE") == "error: incomplete input"


def test_hostile_queries_through_the_tool(tool, tmp_path):
    """One in three of the corpus; the role's own tests have them all."""
    hostile = [*READS.values(), *CHANGES.values(), *KNOWS.values()][::3]
    assert len(hostile) >= 40
    for query in hostile:
        said = ask(tool, query.replace("FOLDER", str(tmp_path)))
        assert said.startswith("error: ") and said.isprintable() and MARKER not in said
    for query in list(BOMBS.values())[::6]:
        begin = time.monotonic()
        said = ask(tool, query[:20_000])
        assert time.monotonic() - begin < 0.1 + 0.5 and len(said) < 4001
    assert ask(tool, "SELECT count(*) FROM town") == "count(*)\n200\n(1 row)" and not list(tmp_path.iterdir())


def test_each_database_has_its_process_and_few_are_kept():
    tool = SQL(database=lambda data: data["db"], live=2)
    several = [Database.of({"t": (["x"], [(k,)])}) for k in range(4)]
    assert len({d.digest for d in several}) == 4
    for _ in range(2):
        for k, held in enumerate(several):
            assert ask(tool, "SELECT x FROM t", {"db": held}) == f"x\n{k}\n(1 row)"
    assert len(tool._open) == 2
    tool.close()
    assert ask(tool, "SELECT x FROM t", {"db": several[0]}) == "x\n0\n(1 row)"
    tool.close()


def test_a_killed_process_is_told_and_replaced():
    tool = SQL()
    ask(tool, "SELECT 1")
    os.kill(tool._open._held[0][1].pid, signal.SIGKILL)
    assert ask(tool, "SELECT 1").startswith("error: the query failed: the process ended")
    assert ask(tool, "SELECT 1") == "1\n1\n(1 row)"
    tool.close()


def test_nothing_is_remembered_and_the_tool_pickles(tool):
    session = begun()
    answer(tool, session, {"query": "SELECT 1"})
    other = pickle.loads(pickle.dumps(tool))
    assert session.memory is None and other == tool and len(other._open) == 0
    assert ask(other, "SELECT 1") == "1\n1\n(1 row)"
    other.close()


def test_without_the_kernels_walls_sqlites_own_stay():
    tool = SQL(sandbox="none", seconds=0.2)
    assert ask(tool, "SELECT count(*) FROM town") == "count(*)\n200\n(1 row)"
    for query in ("SELECT * FROM sqlite_master", "ATTACH '/tmp/x' AS x", "SELECT load_extension('x')"):
        assert ask(tool, query).startswith("error: ")
    tool.close()


@pytest.mark.parametrize(
    "option",
    [
        {"seconds": 0},
        {"rows": 0},
        {"cell": -1},
        {"output": 0},
        {"live": 0},
        {"seconds": float("inf")},
        {"sandbox": "off"},
    ],
)
def test_limits_are_positive(option):
    with pytest.raises(BadOption, match=next(iter(option))):
        SQL(**option)
