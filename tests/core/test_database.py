"""The file below the store: strangers, damage, and many processes that make it at once."""

import random
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rewardlab.core.database import Database
from rewardlab.core.errors import BadStore
from rewardlab.core.store import STORE_FORMAT, Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.sqlite"


@pytest.mark.parametrize("content", [b"not a database, but long enough to be looked at\n" * 40, b"x"])
def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(BadStore, match="damaged, or no database") as e:
        Store(path)
    assert str(path) in str(e.value) and e.value.mend
    assert path.read_bytes() == content


def test_a_damaged_store_is_refused(path: Path) -> None:
    with Store(path) as s:
        s.add({f"{i:03}": "x" * 200 for i in range(400)})
    data = bytearray(path.read_bytes())
    for page in range(2, len(data) // 4096, 3):
        data[page * 4096 : page * 4096 + 300] = random.Random(page).randbytes(300)
    path.write_bytes(data)
    with pytest.raises(BadStore, match="damaged") as e:
        Store(path)
    assert len(str(e.value).splitlines()) == 3  # SQLite's own words take several lines


def test_only_files_up_to_a_size_are_read_through_when_opened(path: Path) -> None:
    tables = ("CREATE TABLE word (number INTEGER PRIMARY KEY, text TEXT)",)
    made = Database(path, tables, mark=7, version=1)
    with made.writing() as db:
        db.executemany("INSERT INTO word VALUES (?, ?)", [(i, "x" * 3000) for i in range(40)])
    assert made.read("SELECT number FROM word WHERE number > ? AND number < ?", (3, 6)) == [(4,), (5,)]
    made.close()
    data = bytearray(path.read_bytes())
    data[-4096:] = bytes(4096)
    path.write_bytes(data)
    with pytest.raises(BadStore, match="damaged"):
        Database(path, tables, mark=7, version=1, checked=len(data))
    Database(path, tables, mark=7, version=1, checked=len(data) - 1).close()


def test_databases_of_others_and_of_the_future_are_refused(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipe (name)")
    other.close()
    with pytest.raises(BadStore, match="another program"):
        Store(path)
    path.unlink()
    Store(path).close()
    with sqlite3.connect(path) as newer:
        newer.execute(f"PRAGMA user_version={STORE_FORMAT + 1}")
    newer.close()
    with pytest.raises(BadStore, match="newer than this rewardlab"):
        Store(path)


def test_a_folder_where_nothing_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadStore, match="cannot write") as e:
        Store(tmp_path / "file" / "results.sqlite")
    assert "file" in e.value.where
    with pytest.raises(BadStore, match="cannot write"):
        Store(Path("/proc/results.sqlite"))


def test_many_may_make_the_same_file_at_once(path: Path) -> None:
    made: list[str | BaseException] = []

    def make() -> None:
        try:
            Database(path, ["CREATE TABLE a (x)", "INSERT INTO a VALUES (1)"], mark=7, version=1).close()
            made.append("made")
        except BaseException as e:
            made.append(e)

    threads = [threading.Thread(target=make) for _ in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert made == ["made"] * 12
    check = Database(path, [], mark=7, version=1)
    assert check.read("SELECT count(*) FROM a") == [(1,)]
    assert check.read("PRAGMA journal_mode") == [("wal",)] and check.read("PRAGMA synchronous") == [(2,)]
    check.close()


def test_a_block_that_raises_leaves_nothing_of_its_transaction(path: Path) -> None:
    d = Database(path, ["CREATE TABLE a (x)"], mark=7, version=1)
    with pytest.raises(KeyboardInterrupt), d.writing() as db:
        db.execute("INSERT INTO a VALUES (1)")
        raise KeyboardInterrupt
    assert d.read("SELECT * FROM a") == []
    with d.writing() as db:
        db.execute("INSERT INTO a VALUES (2)")
    assert d.read("SELECT * FROM a") == [(2,)]
    d.close()


def test_a_lock_that_is_never_let_go_is_told(path: Path) -> None:
    d = Database(path, ["CREATE TABLE a (x)"], mark=7, version=1)
    code = """if True:
        import sqlite3, sys
        c = sqlite3.connect(sys.argv[1])
        c.execute("BEGIN IMMEDIATE")
        print(1, flush=True)
        input()
    """
    holder = subprocess.Popen([sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None and holder.stdout.readline()
    d._db.execute("PRAGMA busy_timeout=50")
    with pytest.raises(BadStore, match="another process held the file"), d.writing():
        pass
    holder.communicate(b"\n")
    with d.writing() as db:
        db.execute("INSERT INTO a VALUES (1)")
    d.close()
