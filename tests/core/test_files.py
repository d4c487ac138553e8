"""Atomic writes: whole, or not at all, and said so."""

import errno
import os
from pathlib import Path

import pytest

from rewardlab.core.errors import BadStore
from rewardlab.core.files import cannot_write, make_folder, write_atomic


def test_writes_text_and_bytes_and_makes_folders(tmp_path):
    write_atomic(tmp_path / "a" / "b" / "c.txt", "é")
    assert (tmp_path / "a/b/c.txt").read_bytes() == "é".encode()
    write_atomic(str(tmp_path / "a/b/c.txt"), b"\0new")
    assert (tmp_path / "a/b/c.txt").read_bytes() == b"\0new"
    assert os.listdir(tmp_path / "a/b") == ["c.txt"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_keeps_the_old_file_and_leaves_nothing_behind(tmp_path, monkeypatch, step):
    path = tmp_path / "a"
    write_atomic(path, "old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(BadStore, match="No space left") as e:
        write_atomic(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a"]
    assert "3 bytes of room" in str(e.value) and "free some space" in str(e.value)


def test_a_path_through_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadStore, match="cannot write") as e:
        write_atomic(tmp_path / "file" / "a", "data")
    assert "a folder that can be written" in str(e.value) and str(tmp_path / "file" / "a") in str(e.value)


def test_the_message_survives_a_folder_that_does_not_exist():
    said = str(cannot_write(Path("/no/such/folder/file"), OSError(errno.EACCES, "Permission denied")))
    assert "Permission denied" in said and "choose another folder" in said


def test_files_are_made_with_the_rights_that_the_user_chose(tmp_path):
    old = os.umask(0o022)
    try:
        write_atomic(tmp_path / "page.html", "x")
    finally:
        os.umask(old)
    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o644


def test_a_folder_is_made_and_tried(tmp_path, monkeypatch):
    make_folder(tmp_path / "a" / "b")
    make_folder(str(tmp_path / "a" / "b"))
    assert os.listdir(tmp_path / "a/b") == []
    (tmp_path / "file").write_text("x")
    for taken in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BadStore, match="a file stands where a folder is needed"):
            make_folder(taken)

    def refused(*_, **__):
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "touch", refused)
    with pytest.raises(BadStore, match="Permission denied"):
        make_folder(tmp_path / "a")
