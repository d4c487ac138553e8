"""Databases of visible tables: nothing else is in their bytes, and what SQLite cannot hold is refused."""

import sqlite3

import numpy as np
import pytest
from core.sandbox.jail.queries import MARKER

from rewardlab.core.errors import BadOption, BadStore
from rewardlab.envs.text.tools.answer import answer
from rewardlab.envs.text.tools.database import Database
from rewardlab.envs.text.tools.sql import SQL
from rewardlab.envs.text.tools.tool import Session


@pytest.fixture(scope="module")
def tool():
    one = SQL()
    yield one
    one.close()


def ask(tool, query, data):
    return answer(tool, Session(data, None, np.random.default_rng(0)), {"query": query})


def test_the_image_holds_nothing_but_the_visible_tables(tmp_path):
    path = tmp_path / "whole.db"
    with sqlite3.connect(path) as db:
        db.executescript(
            f"CREATE TABLE town (name TEXT CHECK (name <> '{MARKER}'), note TEXT DEFAULT '{MARKER}');"
            f"CREATE TABLE answers (x TEXT); INSERT INTO answers VALUES ('{MARKER}');"
            "INSERT INTO town VALUES ('Orn', 'a'), ('Vell', NULL);"
            f"INSERT INTO town VALUES ('gone', '{MARKER}'); DELETE FROM town WHERE name = 'gone';"
            f"CREATE TRIGGER t AFTER INSERT ON town BEGIN SELECT '{MARKER}'; END;"
            "CREATE VIEW v AS SELECT name FROM town"
        )
    db.close()
    held = Database.of_file(path, ["town", "v"])
    assert MARKER.encode() in path.read_bytes() and MARKER.encode() not in held.image
    assert held.described() == "town(name TEXT, note TEXT)\nv(name TEXT)"
    tool = SQL()
    assert ask(tool, "SELECT name, note FROM town", held) == "name | note\nOrn | a\nVell | NULL\n(2 rows)"
    assert ask(tool, "SELECT * FROM answers", held).startswith("error: no such table")
    tool.close()
    with pytest.raises(BadOption, match="did you mean 'town'"):
        Database.of_file(path, ["towns"])


def test_files_that_are_none_are_named(tmp_path):
    with pytest.raises(BadStore, match="no such file"):
        Database.of_file(tmp_path / "none.db", ["town"])
    (tmp_path / "bad.db").write_text("x" * 5000)
    with pytest.raises(BadStore, match="not a database"):
        Database.of_file(tmp_path / "bad.db", ["town"])


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (("sqlite_town", ["a"], []), "sqlite_town"),
        (("", ["a"], []), "name ''"),
        (("t", ["a\x00"], []), "name"),
        (("t", ["a" * 65], []), "name"),
        (("t", ["a", "A"], []), "different"),
        (("t", [], []), "columns"),
        (("t", [f"c{k}" for k in range(65)], []), "1 to 64"),
        (("t", ["a"], [(1, 2)]), "a row of 2 cells"),
        (("t", ["a"], [(2**63,)]), "64 bits"),
        (("t", ["a"], [([],)]), "the cell"),
        (("t", ["a"], [(1j,)]), "the cell"),
        (("t", ["a"], [("\ud800",)]), "the cell"),
        (("t", ["a"], [(np.uint64(2**63),)]), "64 bits"),
        (("t", ["a"], [("x" * 60_000,)]), "no great length"),
    ],
)
def test_tables_that_sqlite_cannot_hold_are_refused(table, said):
    name, columns, rows = table
    with pytest.raises(BadOption, match=said):
        Database.of({name: (columns, rows)})


def test_tables_need_different_names():
    for tables in ({}, {"t": (["a"], []), "T": (["a"], [])}):
        with pytest.raises(BadOption, match="different names"):
            Database.of(tables)


def test_arrays_are_rows_too(tool):
    cells = np.array([[1, 2], [3, 4]])
    held = Database.of({"t": (["a", "b"], cells), "u": (["x"], [(np.str_("y"),), (np.float32(0.5),), (np.True_,)])})
    assert held.described() == "t(a INTEGER, b INTEGER)\nu(x)"
    assert (
        ask(tool, "SELECT sum(a), sum(b), (SELECT group_concat(x) FROM u) FROM t", held).split("\n")[1]
        == "4 | 6 | y,0.5,1"
    )


def test_strange_names_and_cells_survive(tool):
    odd = Database.of(
        {'my "table"; --': (["order", "a b", "é", "n"], [(1, 2.5, None, b"\x00\xff"), ("x", 1, True, b"")])}
    )
    assert odd.described() == '"my ""table""; --"("order", "a b", "é" INTEGER, n BLOB)'
    said = ask(tool, f'SELECT "order", "a b", "é", n FROM {odd.described().partition("(")[0]}', odd)
    assert said == "order | a b | é | n\n1 | 2.5 | NULL | x'00ff'\nx | 1 | 1 | x''\n(2 rows)"
