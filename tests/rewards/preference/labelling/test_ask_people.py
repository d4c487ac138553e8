"""`docs/ask_people.md`: its code runs, its commands and keys are those that there are, its picture is there."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from steps import steps

from rewardlab.cli import main
from rewardlab.rewards.preference.labelling import terminal
from rewardlab.rewards.preference.labelling.notebook import Sitting

DOCS = Path(__file__).parents[4] / "docs"
PAGE = (DOCS / "ask_people.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def test_its_code_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    known = {
        "steps": steps((120, 2), obs=rng.normal(size=(120, 2, 3)), reward=rng.normal(size=(120, 2))),
        "film": np.broadcast_to(np.arange(120, dtype=np.uint8)[:, None, None, None, None], (120, 2, 8, 8, 3)),
    }
    first, last = [body for language, body in BLOCKS if language == "python"]
    exec(first, known)
    sitting = Sitting(known["store"], "Ada")
    query = sitting.query
    obs = known["store"].segments(query.number).obs
    film = sitting._frames(query.first)[:, 0, 0, 0]
    assert (known["steps"].obs[film] == obs[0][:, None]).all(-1).any(-1).all()  # the pictures are those of the steps
    for word in ("left", "right", "equal", "skip", "left", "right"):
        sitting.label(word)
    exec(last, known)
    assert known["counter"] == 6 and len(known["labels"]) == 0 and np.isfinite(known["model"](known["steps"])).all()
    known["store"].close()


def test_its_commands_are_understood(capsys):
    lines = [line for language, body in BLOCKS if language == "console" for line in body.splitlines()]
    lines += re.findall(r"`(rewardlab [^`]*)`", PAGE)
    assert len(lines) == 4
    assert main(["label", "--help"]) == 0
    flags = capsys.readouterr().out
    for line in lines:
        words = shlex.split(line, comments=True)
        assert words[:2] == ["rewardlab", "label"] and all(w in flags for w in words if w.startswith("--"))
    assert all(w in flags for w in ("--host", "--token"))


@pytest.mark.parametrize(("said", "label"), [("1", 1.0), ("0", 0.0), ("0.5", 0.5), ("nothing", None)])
def test_its_keys_are_those_of_page_and_terminal(said, label):
    row = next(line for line in PAGE.splitlines() if line.endswith(f"| {said} |"))
    keys = re.findall(r"`([^`]+)`", row)
    arrows = {"←": "left", "→": "right", "↓": "down"}
    assert [terminal.ANSWERS[arrows.get(k, k)] for k in keys] == [label] * len(keys)
    page = (Path(terminal.__file__).parent / "page" / "page.js").read_text(encoding="utf-8")
    names = {"←": "ArrowLeft", "→": "ArrowRight", "↓": "ArrowDown"}
    assert all(f"{names.get(k, k)}: {'null' if label is None else f'{label:g}'}" in page for k in keys)


def test_its_picture_is_there_and_small():
    for place in re.findall(r"\]\(([^)]+\.png)\)", PAGE):
        assert (DOCS / place).stat().st_size < 150_000
