"""One file for many threads, and for a child that was forked."""

import os
import pickle
import threading

from rewardlab.core.oracle.shared import Shared


def words(path):
    return Shared(path, ["CREATE TABLE word (text TEXT)"], mark=7, version=1, kind="words")


def add(file, text):
    with file.writing() as db:
        db.execute("INSERT INTO word VALUES (?)", (text,))


def test_threads_take_turns(tmp_path):
    file = words(tmp_path / "w")
    threads = [threading.Thread(target=lambda i=i: [add(file, f"{i}.{j}") for j in range(20)]) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(set(file.read("SELECT text FROM word"))) == 80


def test_a_forked_child_opens_the_file_for_itself(tmp_path):
    file = words(tmp_path / "w")
    add(file, "before")
    child = os.fork()
    if child == 0:
        try:
            add(file, "child")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    add(file, "after")
    assert file.read("SELECT text FROM word") == [("before",), ("child",), ("after",)]


def test_a_copy_opens_it_too_and_what_was_closed_is_opened_again(tmp_path):
    file = words(tmp_path / "w")
    add(file, "one")
    file.close()
    file.close()
    assert pickle.loads(pickle.dumps(file)).read("SELECT * FROM word") == file.read("SELECT * FROM word") == [("one",)]
