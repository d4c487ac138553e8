"""Role `sql`: SQLite's own walls alone, then behind the jail's: nothing hidden is seen, nothing takes too long."""

import os
import sqlite3
import time
from pathlib import Path

import numpy as np
import pytest
from core.sandbox.jail.queries import BOMBS, CHANGES, HEALTHY, KNOWS, MARKER, READS, VISIBLE, grown, image
from core.sandbox.jail.servers import ALONE, NOBODY, USER, serving

from rewardlab.core.sandbox.jail import Bounds, Session, run
from rewardlab.core.sandbox.jail.session import Ended
from rewardlab.core.sandbox.jail.sql import FUNCTIONS, NO_TABLE, Sql, opened, table, told

SECONDS, GRACE = 0.1, 0.2
IMAGE = image()
ASKED = {"rows": 20, "cell": 100, "output": 2000, "seconds": SECONDS}
HEALTH = "SELECT count(*), sum(people) FROM town"
SOUND = "count(*) | sum(people)\n200 | 19900\n(1 row)"


def ready():
    """The role in this process: SQLite's walls, and no others."""
    role = Sql()
    assert role({"tables": VISIBLE}, bytearray(IMAGE))[0]["ok"]
    return role


class Asked:
    """A session in the jail that is opened again where a query ended it."""

    def __init__(self):
        self.session, self.ended, self.peak = None, 0, 0

    def __call__(self, query):
        if self.session is None:
            self.session = Session("sql", bounds=Bounds(seconds=SECONDS + GRACE, memory=160 << 20, output=2000))
            self.session.ask({"tables": VISIBLE}, IMAGE, seconds=5.0)
        try:
            reply, block = self.session.ask({**ASKED, "query": query})
        except Ended as e:
            self.session, self.ended = None, self.ended + 1
            assert e.kind in ("late", "died")
            return {"ok": False, "text": "the query took too long"}
        assert not block
        status = Path(f"/proc/{self.session.pid}/status").read_text()
        self.peak = max(self.peak, int(status.partition("VmHWM:")[2].split()[0]) << 10)
        return reply


@pytest.fixture(scope="module")
def role():
    return ready()


@pytest.fixture(scope="module")
def jail():
    asked = Asked()
    yield asked
    if asked.session:
        asked.session.close()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "canary.txt").write_text(MARKER)
    yield tmp_path
    assert [p.name for p in tmp_path.iterdir()] == ["canary.txt"] and (tmp_path / "canary.txt").read_text() == MARKER


def refused(reply, query):
    """A reply that gives nothing."""
    assert reply["ok"] is False and MARKER not in reply["text"] and 0 < len(reply["text"]) <= 600, (query, reply)


@pytest.mark.parametrize("name", READS)
def test_sqlites_walls_alone_hide_what_is_hidden(name, role):
    refused(role({**ASKED, "query": READS[name]}, bytearray())[0], READS[name])


@pytest.mark.parametrize("name", [*CHANGES, *KNOWS])
def test_sqlites_walls_alone_let_nothing_change_or_be_known(name, role, folder):
    query = {**CHANGES, **KNOWS}[name].replace("FOLDER", str(folder))
    refused(role({**ASKED, "query": query}, bytearray())[0], query)
    assert role({**ASKED, "query": HEALTH}, bytearray())[0]["text"] == SOUND


def test_behind_the_jail_all_of_them_again(jail, folder):
    for query in (*READS.values(), *CHANGES.values(), *KNOWS.values()):
        refused(jail(query.replace("FOLDER", str(folder))), query)
    assert jail(HEALTH)["text"] == SOUND and jail.ended == 0


@pytest.mark.parametrize("name", BOMBS)
def test_no_bomb_takes_more_than_it_may(name, jail):
    begun = time.monotonic()
    reply = jail(BOMBS[name])
    assert time.monotonic() - begun < SECONDS + 0.5
    assert len(reply["text"]) <= 2000 and MARKER not in reply["text"]
    if reply["ok"]:
        assert reply["text"].count("\n") <= 22
    assert jail(HEALTH)["text"] == SOUND
    assert jail.peak < 256 << 20  # the fresh process has some 60 MiB


@pytest.mark.parametrize("query", HEALTHY)
def test_honest_queries_are_answered(query, role, jail):
    for reply in (role({**ASKED, "query": query}, bytearray())[0], jail(query)):
        assert reply["ok"] is True and not reply["cut"], reply
        assert "\n".join(reply["text"].split("\n")[1:-1]) == HEALTHY[query]


class Counting(Sql):
    """Stops a query after so many looks at the clock, so that equal queries stop alike."""

    looks = 0

    def late(self):
        self.looks += 1
        return self.looks > 20


def test_what_is_hidden_makes_no_difference():
    """Whatever is asked, two databases that differ only in hidden rows answer alike, letter by letter."""
    roles, rng, answered = (Counting(), Counting()), np.random.default_rng(0), 0
    for role, secrets in zip(roles, (1, 40), strict=True):
        assert role({"tables": VISIBLE}, bytearray(image(secrets)))[0]["ok"]
    for query in [*READS.values(), *HEALTHY, *(grown(rng) for _ in range(5000))]:
        replies = []
        for role in roles:
            role.looks = 0
            replies.append(role({**ASKED, "query": query}, bytearray())[0])
        assert replies[0] == replies[1] and MARKER not in replies[0]["text"], query
        answered += replies[0]["ok"]
    assert answered > 300


@pytest.mark.parametrize("machine", [USER, NOBODY, ALONE], ids=["another user", "nobody", "no namespaces"])
def test_it_answers_on_machines_that_lend_less(machine):
    if os.getuid() != 0 and machine != ALONE:
        machine = ALONE  # a user is one already
    server = serving(machine)
    with Session("sql", by=server) as session:
        session.ask({"tables": VISIBLE}, IMAGE)
        assert session.ask({**ASKED, "seconds": 5.0, "query": HEALTH})[0]["text"] == SOUND
        refused(session.ask({**ASKED, "seconds": 5.0, "query": "ATTACH '/tmp/x' AS x"})[0], "ATTACH")
    server.close()


OUTSIDE = """
import sqlite3
for query in {queries!r}:
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        db.execute(query)
        db.execute("CREATE TABLE s.stolen (x)")
        print("done:", query)
    except (sqlite3.Error, sqlite3.Warning, ValueError) as e:
        pass
"""


def test_the_jail_alone_keeps_files_out_of_reach(folder):
    """Without any wall of SQLite: what would write or read files outside finds none; in memory it may do all."""
    queries = [q.replace("FOLDER", str(folder)) for q in CHANGES.values() if "FOLDER" in q or ":memory:" in q]
    with Session("statements") as session:
        printed = run(session, OUTSIDE.format(queries=queries)).printed
    assert len(queries) > 8 and printed == f"done: {CHANGES['attach in memory']}\n"


def test_the_attacks_are_real():
    """On a plain connection to the same database many of them get what they want."""
    won = 0
    for query in (*READS.values(), *KNOWS.values(), *CHANGES.values()):
        db = sqlite3.connect(":memory:", isolation_level=None)
        db.deserialize(IMAGE)
        try:
            won += bool(db.execute(query.replace("FOLDER", "/nowhere")).fetchall()) or db.total_changes > 0
        except (sqlite3.Error, sqlite3.Warning, ValueError):
            pass
        finally:
            db.close()
    assert won >= 45


def test_the_corpus_is_as_wide_as_it_says():
    hostile = [*READS.values(), *CHANGES.values(), *KNOWS.values(), *BOMBS.values()]
    assert len(set(hostile)) == len(hostile) >= 150 and len(HEALTHY) >= 20


def test_hidden_and_missing_have_one_text(role):
    def said(query):
        return role({**ASKED, "query": query}, bytearray())[0]["text"]

    for form in ("SELECT * FROM {}", "SELECT count(*) FROM main.{}", "SELECT 1 WHERE 1 IN {}", "SELECT 1 FROM {} a"):
        texts = {said(form.replace("{}", name)) for name in ("answers", "peek", "missing", "sqlite_master", "pages")}
        assert len(texts) == 1, texts
    assert said("SELECT answers.answer FROM town").replace("answers", "x") == said("SELECT x.answer FROM town")
    assert said("SELECT random()").replace("random", "x") == said("SELECT x()")


def test_rows_cells_and_output_are_cut():
    role = ready()
    few = {**ASKED, "rows": 3, "cell": 8}
    got = role({**few, "query": "SELECT name FROM town"}, bytearray())[0]["text"]
    assert got == "name\nt0\nt1\nt2\n(the first 3 rows; there are more)"
    got = role({**few, "query": "SELECT name FROM town LIMIT 3"}, bytearray())[0]["text"]
    assert got == "name\nt0\nt1\nt2\n(3 rows)"
    got = role(
        {**few, "query": "SELECT printf('%.*c', 1000, 'x') AS a, 'a' || char(10, 0, 27), x'00112233445566'"},
        bytearray(),
    )[0]
    assert got["text"].split("\n")[1] == "xxxxxxxx... | a\\n\0\x1b | x'001122..."
    got = role({**ASKED, "cell": 10**6, "query": "SELECT printf('%.*c', 5000, 'x')"}, bytearray())[0]
    assert got["cut"] and len(got["text"]) == 2000


def test_text_that_is_none_is_shown():
    db = opened(IMAGE, VISIBLE, lambda: False)
    assert table(db, "SELECT CAST(x'ff41' AS TEXT)", rows=1, cell=50).split("\n")[1] == "\\xffA"


def test_no_listed_function_knows_time_or_chance():
    """What a function says of fixed arguments it says again, later and in another session."""
    arguments = ("", "'2020-01-01'", "'%Y', '2020-01-01'", "2, 3", "'a', 'b', 'c'", "name")
    calls = [f"{name}({given})" for name in sorted(FUNCTIONS) for given in arguments]
    queries = [f"SELECT {c} {o} FROM river LIMIT 2" for c in calls for o in ("", "OVER (ORDER BY name)")]
    first, later = ready(), ready()
    said = [first({**ASKED, "query": q}, bytearray())[0]["text"] for q in queries]
    assert said == [later({**ASKED, "query": q}, bytearray())[0]["text"] for q in queries]
    assert sum("row" in text for text in said) > 100


def test_errors_are_told_in_few_words():
    assert told(sqlite3.OperationalError("interrupted")) == "the query took too long"
    assert told(sqlite3.DatabaseError("not authorized")) == NO_TABLE
    assert told(sqlite3.DatabaseError("not authorized to use function: x")) == "no such function: x"
    assert told(sqlite3.OperationalError("no such function: x")) == "no such function: x"
    assert told(sqlite3.DatabaseError("access to answers.answer is prohibited")) == NO_TABLE
    assert told(MemoryError("out of memory")) == "the query needs too much memory"
    assert told(sqlite3.OperationalError('near "FORM": syntax error')) == 'near "FORM": syntax error'


def test_what_is_no_database_is_refused():
    for bad in (b"", b"x" * 4096, IMAGE[:1000], b"SQLite format 3\0" + bytes(4080)):
        role = Sql()
        role({"tables": VISIBLE}, bytearray(bad))
        reply = role({**ASKED, "query": "SELECT name FROM town"}, bytearray())[0] if role.database else {"ok": False}
        assert reply["ok"] is False
