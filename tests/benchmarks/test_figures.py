"""Figures: goals, ratios, and the files that hold them."""

import json
from pathlib import Path

from rewardlab.benchmarks.figures import Figure, save, table
from rewardlab.benchmarks.measure import machine


def test_goals() -> None:
    assert Figure("x", 3.0, "s").holds is None
    assert Figure("x", 3.0, "s", at_most=3.0).holds is True
    assert Figure("x", 3.1, "s", at_most=3.0).holds is False
    assert Figure("x", 3.1, "s", at_least=3.0, at_most=4.0).holds is True
    assert Figure("x", 2.9, "s", at_least=3.0, at_most=4.0).holds is False
    assert Figure("x", 3.0, "s", peer="y", peer_value=2.0).ratio == 1.5


def test_the_table_and_the_files_say_the_same(tmp_path: Path) -> None:
    shown = [Figure("slow thing", 3.0, "s", 4.0, "fast thing", 2.0, at_most=1.0), Figure("flat thing", 0.0, "MB")]
    text = table(shown)
    assert "slow thing" in text and "FAILS" in text and "1.5" in text and "fast thing" in text
    save(shown, tmp_path / "new", "overhead", size={"repeats": 1})
    written = json.loads((tmp_path / "new" / "overhead.json").read_text(encoding="utf-8"))
    assert written["figures"][0] == shown[0].row() and written["size"] == {"repeats": 1}
    assert written["machine"].keys() == machine().keys()
    assert (tmp_path / "new" / "overhead.png").read_bytes().startswith(b"\x89PNG")
