"""The command as a person would type it, on one id of ours."""

import json
import subprocess
import sys


def test_the_command_compares_and_writes(tmp_path):
    out = tmp_path / "lockstep.json"
    arguments = ["--ids", "MiniGrid-DoorKey-5x5-v0", "--steps", "400", "--jobs", "1", "--out", str(out)]
    command = [sys.executable, "-m", "rewardlab.benchmarks.lockstep", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.rstrip().splitlines()[-1].startswith("1 equal; ")
    assert "1/1" in run.stderr  # the bar
    result = json.loads(out.read_text())["ids"]["MiniGrid-DoorKey-5x5-v0"]
    assert result["difference"] is None and result["steps"] >= 400 and result["successes"] >= 20
