"""The shop's data: every question's answer is what SQLite finds by its query."""

import sqlite3

import numpy as np
import pytest

from rewardlab.envs.text.shop_data import CITIES, QUESTIONS, Query, query, shop


def opened(data):
    db = sqlite3.connect(":memory:")
    for name, (columns, rows) in data.tables().items():
        db.execute(f"create table {name} ({', '.join(columns)})")
        db.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", rows)
    return db


def about(kind, data):
    """Everything that a question of this kind may be about."""
    column = {"name": 0, "city": 1, "age": 2}.get(QUESTIONS[kind].about)
    return [""] if column is None else sorted({str(person[column]) for person in data.people})


@pytest.mark.parametrize("people", [2, 6, 24])
@pytest.mark.parametrize("kind", QUESTIONS)
def test_the_query_finds_the_answer(kind, people):
    for seed in range(12):
        data = shop(np.random.default_rng(seed), people)
        db = opened(data)
        for what in about(kind, data):
            asked = Query(kind, what)
            found = [row[0] for row in db.execute(asked.sql())]
            answer = asked.answer(data)
            assert found == (list(answer) if isinstance(answer, tuple) else [answer]), asked
            assert what in asked.words() and what in asked.sql()
        db.close()


def test_shops_are_of_their_size_and_told_whole():
    for people in (2, 24):
        data = shop(np.random.default_rng(1), people)
        names = [name for name, _, _ in data.people]
        assert len(names) == len(set(names)) == people and len(data.orders) == 2 * people
        assert len({age for *_, age in data.people}) == people and {city for _, city, _ in data.people} <= set(CITIES)
        assert {name for name, _, _ in data.orders} <= set(names)
        parts = dict(part.split(":") for part in data.words().split(";"))
        for name, rows in (("people", data.people), ("orders", data.orders)):
            assert [tuple(row.split()) for row in parts[name].split(",")] == [tuple(map(str, row)) for row in rows]


def test_questions_of_a_level_are_all_drawn_and_no_others():
    data = shop(np.random.default_rng(0), 6)
    for level in (1, 2, 3):
        drawn = {query(np.random.default_rng(seed), data, level).kind for seed in range(300)}
        assert drawn == {name for name, kind in QUESTIONS.items() if kind.level <= level}
