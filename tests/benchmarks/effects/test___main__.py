"""The command as a person would type it, without a run."""

import subprocess
import sys


def test_the_command_says_its_budget():
    command = [sys.executable, "-m", "rewardlab.benchmarks.effects", "--only", "orpo_exact", "--seeds", "2", "--dry"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("2 effects, about ") and "orpo_exact_random" in run.stdout
