"""Lazy tables of contents: names appear, modules wait."""

import importlib
import subprocess
import sys

import pytest

import rewardlab
from rewardlab.core.lazy import contents

INIT = '''"""A package."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from small.light import Light as Light
    from small.light import dim as dim
    from small import heavy as heavy

__getattr__ = lazy(__name__)
'''


@pytest.fixture
def small(tmp_path, monkeypatch):
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "__init__.py").write_text(INIT)
    (folder / "light.py").write_text("class Light: ...\n\n\ndef dim(): ...\n")
    (folder / "heavy.py").write_text("import nothing_of_that_name\n")
    for name in ("family", "_hidden"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("here = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("small")
    for name in [m for m in sys.modules if m.split(".")[0] == "small"]:
        del sys.modules[name]


def test_contents_reads_the_block(small):
    assert contents(small.__file__) == {"Light": "small.light", "dim": "small.light", "heavy": "small"}


def test_nothing_is_imported_until_it_is_used(small):
    assert "small.light" not in sys.modules
    light = small.Light
    assert light is sys.modules["small.light"].Light and "small.heavy" not in sys.modules
    assert small.__dict__["Light"] is light  # the second look goes past __getattr__


def test_a_broken_module_fails_where_it_is_used_and_says_why(small):
    assert small.dim is not None
    with pytest.raises(ModuleNotFoundError, match="nothing_of_that_name"):
        _ = small.heavy


def test_a_file_called_like_its_member_does_not_hide_it(small, tmp_path):
    (tmp_path / "small" / "dim.py").write_text("def dim(): ...\n\n\nother = 1\n")
    text = (tmp_path / "small" / "__init__.py").read_text().replace("small.light import dim", "small.dim import dim")
    (tmp_path / "small" / "__init__.py").write_text(text)
    del sys.modules["small"]
    importlib.invalidate_caches()
    fresh = importlib.import_module("small")
    module = importlib.import_module("small.dim")  # the file first, as others do who stand below
    assert fresh.dim is module.dim and callable(fresh.dim)
    assert importlib.import_module("small.dim").other == 1


def test_all_and_star(small):
    assert small.__all__ == ["Light", "dim", "heavy"]


def test_dir_shows_members_and_subpackages_and_imports_none(small):
    assert [n for n in dir(small) if not n.startswith("__")] == ["Light", "dim", "family", "heavy"]
    assert not {"small.light", "small.family"} & set(sys.modules)


def test_a_subpackage_is_there_without_an_import_of_its_own(small):
    assert small.family.here and sys.modules["small.family"] is small.family


@pytest.mark.parametrize("package", [rewardlab, rewardlab.envs, rewardlab.rewards, rewardlab.agents, rewardlab.testing])
def test_dir_of_ours_shows_what_one_may_use_and_nothing_else(package):
    shown = {n for n in dir(package) if not n.startswith("__")}
    assert set(contents(package.__file__)) <= shown and not shown & {"lazy", "TYPE_CHECKING", "Any", "gym"}


def test_an_unknown_name_offers_the_nearest(small):
    with pytest.raises(AttributeError, match="small has no 'Ligth': did you mean 'Light'"):
        _ = small.Ligth
    assert not hasattr(small, "shadow")
    with pytest.raises(ImportError):
        from small import Ligth  # noqa: F401


def test_every_table_of_the_package_holds_what_it_says():
    for package in (rewardlab, rewardlab.envs, rewardlab.rewards, rewardlab.testing):
        for name in contents(package.__file__):
            assert getattr(package, name) is not None, f"{package.__name__}.{name}"


def test_a_module_in_a_table_is_imported_whole_in_a_fresh_interpreter():
    code = "import rewardlab; print(rewardlab.testing.__name__, rewardlab.rewards.Task.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["rewardlab.testing", "Task"]
