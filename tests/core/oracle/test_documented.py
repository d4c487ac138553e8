"""`docs/oracles.md`: its code runs, its words and variables are those that there are."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rewardlab.core.oracle.reading import FORMS
from rewardlab.testing import endpoint

PAGE = (Path(__file__).parents[3] / "docs" / "oracles.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def test_the_code_runs(tmp_path):
    """In the order of the page, each block with names of its own, against a server that the environment names."""
    script = tmp_path / "page.py"
    script.write_text("\n".join(f"def block_{i}():\n    " + b.replace("\n", "\n    ") for i, b in enumerate(BLOCKS)))
    with script.open("a") as f:
        f.write("\n" + "\n".join(f"block_{i}()" for i in range(len(BLOCKS))) + "\n")
    with endpoint(["a reward"]) as server:
        environment = os.environ | {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-of-a-test"}
        done = subprocess.run(
            [sys.executable, script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith(" of 2.00\n") and server.asked() == ["Write a reward for opening the door."]
    assert (
        len(BLOCKS) == 4 and (tmp_path / "door.jsonl").exists() and (tmp_path / "runs/design/answers.sqlite").exists()
    )


@pytest.mark.parametrize("form", FORMS)
def test_every_word_is_told(form):
    assert f"`{form}`" in PAGE


def test_every_variable_is_told_and_read():
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, flags=re.MULTILINE))
    sources = Path(__file__).parents[3] / "src" / "rewardlab" / "core" / "oracle"
    read = set(re.findall(r'"((?:OPENAI|REWARDLAB)_[A-Z_]+)"', "".join(p.read_text() for p in sources.glob("*.py"))))
    assert told == read
