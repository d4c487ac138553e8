"""The sums beside the answers: after any sequence of answers and undos they are what counting the answers gives."""

import random

import pytest
from label_server import pairs

from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.labelling.store import LabelStore
from rewardlab.rewards.preference.labelling.tables import LIVE, Answer, book, check_key, check_label, check_name, unbook


@pytest.mark.parametrize("seed", range(5))
def test_the_sums_are_those_of_the_answers(tmp_path, seed):
    draw = random.Random(seed)
    with LabelStore(tmp_path) as store:
        ids = store.add(pairs(4), raters=2)
        with store.together() as db:
            for name in ("ann", "bob", "cat"):
                db.execute("INSERT INTO annotator (name) VALUES (?)", (name,))
            alive = []
            for turn in range(120):
                if alive and draw.random() < 0.4:
                    unbook(db, alive.pop(draw.randrange(len(alive))), f"undo-{turn}", "")
                else:
                    label, repeat = draw.choice([0, 0.5, 1, None]), draw.random() < 0.3
                    a = Answer(f"key-{turn}", draw.choice(ids), draw.randint(1, 3), label, repeat=repeat)
                    alive.append(book(db, a))
        read = store._database.read
        for who, labels, skips, repeats, judged, agreed in read(
            "SELECT number, labels, skips, repeats, judged, agreed FROM annotator"
        ):
            counted = read(
                f"""SELECT count(label), count(*) - count(label), total(repeat), count(agrees), total(agrees)
                FROM answer WHERE annotator = ? AND {LIVE}""",
                (who,),
            )[0]
            assert (labels, skips, repeats, judged, agreed) == counted
        for query, lacks in read("SELECT number, lacks FROM query"):
            fresh = read(f"SELECT count(*) FROM answer WHERE query = ? AND repeat = 0 AND {LIVE}", (query,))[0][0]
            assert lacks == 2 - fresh
        assert store.progress() == (read("SELECT count(*) FROM query WHERE lacks <= 0")[0][0], 4)
        assert read("SELECT count(*) FROM answer")[0][0] == 120  # nothing was deleted


def test_sqlite_itself_refuses_other_labels(tmp_path):
    import sqlite3

    with LabelStore(tmp_path) as store:
        query = store.add(pairs(1))[0]
        store.next("ann")
        with store.together() as db, pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            book(db, Answer("key", query, 1, 0.7))


def test_checks_take_what_is_right():
    for label in (1, 0, 0.5, 1.0, None):
        check_label(label)
    for key in ("abcdefgh", "A-_9" * 16, "00000000"):
        check_key(key)
    for name in ("a", "Änn Müller", "日本", "x" * 64):
        check_name(name)
    for check, bad in ((check_label, 0.25), (check_key, "-" * 8), (check_key, 12345678), (check_name, "a\x7fb")):
        with pytest.raises(BadOption):
            check(bad)
