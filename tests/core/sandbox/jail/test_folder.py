"""Work folders: what is too much in one, what cannot be looked through, and that each goes."""

import os

import pytest

from rewardlab.core.sandbox.jail import folder as module
from rewardlab.core.sandbox.jail.folder import Folder
from rewardlab.core.sandbox.jail.limits import Bounds


def big(path):
    with open(f"{path}/f", "wb") as f:
        f.write(bytes(300_000))


def many(path):
    for i in range(30):
        open(f"{path}/{i}", "w").close()


def deep(path):
    os.makedirs(path + "/d" * (module.DEEPEST + 2))


@pytest.mark.parametrize(("fill", "full"), [(big, True), (many, True), (deep, True), (lambda path: None, False)])
def test_too_much_is_seen_and_all_of_it_goes(fill, full):
    folder = Folder(Bounds(folder=200_000, entries=20))
    fill(folder.path)
    assert folder.full() is full
    folder.remove()
    assert not os.path.exists(folder.path)


def test_a_sparse_file_counts_what_it_takes_and_links_are_not_followed(tmp_path):
    big(tmp_path)
    folder = Folder(Bounds(folder=200_000, entries=20))
    with open(f"{folder.path}/hole", "wb") as f:
        f.truncate(1 << 30)
    os.symlink(tmp_path, f"{folder.path}/link")
    assert not folder.full()
    folder.remove()
    assert not os.path.exists(folder.path) and (tmp_path / "f").stat().st_size == 300_000


def test_thousands_of_folders_in_each_other_go_too():
    folder = Folder(Bounds())
    here = os.getcwd()
    try:
        os.chdir(folder.path)
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(here)
    assert folder.full()
    folder.remove()
    assert not os.path.exists(folder.path)
