"""The package as its users get it: sdist, the wheel built from it, a fresh environment, another directory."""

import csv
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from contracts.package import FILES

import rewardlab
from rewardlab.core.catalogue import ROOT

REPOSITORY = Path(__file__).parents[2]
BUILD = "import sys, hatchling.build as b; print(getattr(b, 'build_' + sys.argv[1])(sys.argv[2]))"


def run(*command, cwd, **env):
    """A command that must succeed, in an environment without our paths."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV", "COV"))}
    done = subprocess.run([str(c) for c in command], cwd=cwd, env=clean | env, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(sdist, the wheel built from the unpacked sdist)."""
    out = tmp_path_factory.mktemp("dist")
    sdist = out / run(sys.executable, "-c", BUILD, "sdist", out, cwd=REPOSITORY).split()[-1]
    with tarfile.open(sdist) as t:
        t.extractall(out / "unpacked", filter="data")
    (inside,) = (out / "unpacked").iterdir()
    wheel = out / run(sys.executable, "-c", BUILD, "wheel", out, cwd=inside).split()[-1]
    return sdist, wheel


@pytest.fixture(scope="module")
def fresh(built, tmp_path_factory):
    """A new environment that holds the wheel, and sees the dependencies (but not the package) of this one."""
    home = tmp_path_factory.mktemp("fresh") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", home, cwd=home.parent)
    (site,) = home.glob("lib/python*/site-packages")
    # A path line adds the folder alone: the .pth files in it, such as that of an editable install, stay unread.
    paths = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "dependencies.pth").write_text("".join(f"{p}\n" for p in sorted(paths)))
    pip = [sys.executable, "-m", "pip", "--python", home / "bin/python", "install", "--no-deps", "--no-index"]
    run(*pip, "--ignore-installed", "--quiet", built[1], cwd=home.parent)  # leaves what the .pth shows alone
    return home


def test_the_sdist_holds_the_sources_once(built):
    with tarfile.open(built[0]) as t:
        members = t.getmembers()
    names = [m.name.partition("/")[2] for m in members]
    assert len(names) == len(set(names)) and not [m.name for m in members if m.issym() or m.islnk()]
    tops = {n.partition("/")[0] for n in names}
    assert not tops & {"envs", "agents", "rewards", "benchmarks", ".venv", "runs"}, "a link at the root was followed"
    assert tops >= {"src", "tests", "pyproject.toml", "README.md", "LICENSE", "PKG-INFO"}
    assert {n for n in names if n.startswith("src/") and n.endswith(".py")} == {
        p.relative_to(ROOT.parents[1]).as_posix() for p in FILES
    }


def test_the_wheel_holds_every_module(built):
    with zipfile.ZipFile(built[1]) as z:
        names = z.namelist()
        (record,) = [n for n in names if n.endswith("RECORD")]
        recorded = [row[0] for row in csv.reader(z.read(record).decode().splitlines())]
        (meta,) = [z.read(n).decode() for n in names if n.endswith("METADATA")]
        (points,) = [z.read(n).decode() for n in names if n.endswith("entry_points.txt")]
    assert {n for n in names if n.endswith(".py")} == {p.relative_to(ROOT.parent).as_posix() for p in FILES}
    assert "rewardlab/py.typed" in names and sorted(recorded) == sorted(names)
    assert {n.partition("/")[0].partition("-")[0] for n in names} == {"rewardlab"}
    assert f"Version: {rewardlab.__version__}" in meta and "License-File: LICENSE" in meta
    assert "rewardlab = rewardlab.cli:main" in points


def test_data_files_travel(built):
    """Whatever stands beside the modules in the sources stands beside them in the wheel."""
    data = {p for p in ROOT.rglob("*") if p.is_file() and p.suffix != ".py" and p.parent.name != "__pycache__"}
    with zipfile.ZipFile(built[1]) as z:
        assert {p.relative_to(ROOT.parent).as_posix() for p in data} <= set(z.namelist())


def test_it_is_that_copy_which_is_imported(fresh, tmp_path):
    where = run(fresh / "bin/python", "-c", "import rewardlab; print(rewardlab.__file__)", cwd=tmp_path).strip()
    assert Path(where).is_relative_to(fresh)


def test_the_command_line_works_from_another_directory(fresh, tmp_path):
    command = fresh / "bin/rewardlab"
    assert run(command, "--version", cwd=tmp_path).split() == ["rewardlab", rewardlab.__version__]
    listed = run(command, "list", cwd=tmp_path, COLUMNS="200")
    assert "rewardlab/DeepSea-v0" in listed and "Potential" in listed
    played = run(fresh / "bin/python", "-m", "rewardlab", "play", "DeepSea-v0", "--agent", "random", cwd=tmp_path)
    assert "terminated after 10 steps" in played
    assert list(tmp_path.iterdir()) == []


POOL = """
import multiprocessing

import gymnasium as gym

import rewardlab
from rewardlab.rewards import Paid, Task


def episode(seed):
    env = Paid(gym.make("rewardlab/DeepSea-v0"), Task() * 2.0)
    env.reset(seed=seed)
    total, over = 0.0, False
    while not over:
        _, reward, over, _, _ = env.step(seed % 2)
        total += reward
    return total, rewardlab.__file__


if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        paid = pool.map(episode, range(4))
    assert {file for _, file in paid} == {rewardlab.__file__}, paid
    totals = [total for total, _ in paid]
    assert totals[0] == totals[2] and totals[1] == totals[3] and min(totals) < 0, totals
    print(rewardlab.__file__)
"""


def test_a_spawn_pool_works_from_another_directory(fresh, tmp_path):
    (tmp_path / "script.py").write_text(POOL)
    where = run(fresh / "bin/python", "script.py", cwd=tmp_path).strip()
    assert Path(where).is_relative_to(fresh)
