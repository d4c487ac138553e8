"""`docs/tools.md`: its code runs, and its table names the tools that there are."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rewardlab.core.lazy import contents
from rewardlab.envs.text import tools
from rewardlab.envs.text.tools.tool import Tool

PAGE = (Path(__file__).parents[4] / "docs" / "tools.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def test_the_blocks_run(tmp_path):
    """One process for all of them: each imports what it needs."""
    script = tmp_path / "blocks.py"
    script.write_text("\n\n".join(BLOCKS), encoding="utf-8")
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(BLOCKS) == 4 and all("import" in b for b in BLOCKS)


def test_the_table_names_every_tool():
    names = [n for n in contents(Path(tools.__file__)) if isinstance(getattr(tools, n), type)]
    there = {n for n in names if issubclass(getattr(tools, n), Tool)} - {"Tool", "Function"}
    rows = re.findall(r"^\| (`[A-Z][^|]*) \| ([^|]*) \|", PAGE, flags=re.MULTILINE)
    classes = [c for cell, _ in rows for c in re.findall(r"`(\w+)`", cell)]
    called = [c for _, cell in rows for c in re.findall(r"`(\w+)`", cell)]
    table = {c: called[k] for k, c in enumerate(classes) if k < len(called)}
    assert there == set(list(table)[: len(there)])
    assert all(table[n] == getattr(tools, n).name for n in there)


@pytest.mark.parametrize(
    "word", ["SandboxUnavailable", "rewardlab doctor", 'sandbox="none"', "rewardlab.benchmarks.tool_speed"]
)
def test_it_says_what_is_not_safe(word):
    assert word in PAGE.partition("## 4.")[2]
