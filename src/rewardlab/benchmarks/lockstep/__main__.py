"""All of MiniGrid's ids in lockstep with ours.

    python -m rewardlab.benchmarks.lockstep [--ids PATTERN] [--steps 20000] [--seed 0] [--jobs 2] [--out FILE]

Every observation, mission, reward and flag is compared without tolerance, under random play, players who break things
and solvers who succeed. With `--out` a run that was stopped goes on where it was.
"""

import sys

import tyro

from rewardlab.benchmarks.lockstep.program import Lockstep, main

if __name__ == "__main__":
    sys.exit(main(tyro.cli(Lockstep)))
