"""`docs/design_rewards.md`: its code runs, and names the systems that there are."""

import re
from pathlib import Path

from rewardlab.cli.designing import SYSTEMS

PAGE = (Path(__file__).parents[4] / "docs" / "design_rewards.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def test_the_code_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for block in BLOCKS:
        exec(block.replace("steps=1_000", "steps=300"), {})
    assert len(BLOCKS) == 2 and "1 round is done" in capsys.readouterr().out
    assert (tmp_path / "runs/reacher/transcript.jsonl").exists()


def test_every_system_is_told():
    assert set(
        re.findall(r"^\| `(\w+)` \|", PAGE.split("| `--system` |")[1].split("##")[0], flags=re.MULTILINE)
    ) == set(SYSTEMS)
