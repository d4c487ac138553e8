"""`docs/token_policies.md`: its code runs, in the order of the page, and does what the page says."""

import re
from pathlib import Path

from token_worlds import played

from rewardlab.agents.loops import SequenceAgent

PAGE = (Path(__file__).parents[4] / "docs" / "token_policies.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def test_the_code_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "page"}
    for block in BLOCKS:
        exec(compile(block, "token_policies.md", "exec"), names)
    success, loss = float(capsys.readouterr().out.split()[0]), names["preferring"].told["loss"]
    assert names["valued"].num_timesteps == 64 and len(names["asking"].replay) == 32
    assert len(BLOCKS) == 5 and names["losses"][-1] < names["losses"][0]
    assert 0 <= success <= 1 and loss < 0.69
    again = SequenceAgent.load("say.run", names["Say"], objective=names["grpo"])
    assert again.num_timesteps == names["agent"].num_timesteps == 640


def test_the_columns_are_those_that_there_are():
    group = played().group()
    told = re.findall(r"`(\w+)`", PAGE.partition("`info` holds")[2].partition(";")[0])
    assert set(told) == {*group.info, "entropy"} and len(told) == len(set(told))
