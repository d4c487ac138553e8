"""The command."""

import subprocess
import sys


def test_the_command_names_its_options():
    done = subprocess.run(
        [sys.executable, "-m", "rewardlab.benchmarks.regret", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0 and "--only" in done.stdout and "--times" in done.stdout
