"""Every code block of the README runs, and every command in it exists."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
PYTHON = [body for language, body in BLOCKS if language == "python"]
CONSOLE = [
    line.split("#")[0].strip() for language, body in BLOCKS if language == "console" for line in body.splitlines()
]


@pytest.mark.parametrize("number", range(len(PYTHON)))
def test_python_block_runs(number: int, tmp_path: Path) -> None:
    script = tmp_path / "block.py"
    script.write_text(PYTHON[number])
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_there_is_one_block_for_each_promise() -> None:
    assert len(PYTHON) == 10
    assert all(len(body.strip().splitlines()) <= 24 for body in PYTHON)


@pytest.mark.parametrize("line", [line for line in CONSOLE if line.startswith("rewardlab ")])
def test_command_is_understood(line: str, tmp_path: Path) -> None:
    """Short commands run; long ones must at least accept their arguments up to `--help`."""
    from rewardlab.cli import main

    words = shlex.split(line)[1:]
    if words[0] not in ("list", "describe"):
        words = [words[0], "--help"]
    try:
        code = main(words)
    except SystemExit as stop:
        code = stop.code
    assert not code


def test_make_targets_exist() -> None:
    makefile = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
    targets = [shlex.split(line)[1] for line in CONSOLE if line.startswith("make ")]
    assert targets and all(re.search(rf"^{t}:", makefile, re.MULTILINE) for t in targets)


def test_links_lead_somewhere() -> None:
    root = Path(__file__).parents[1]
    targets = [t for t in re.findall(r"\]\(([^)#]+)\)", README) if not t.startswith("http")]
    assert targets and all((root / t).exists() for t in targets), [t for t in targets if not (root / t).exists()]
