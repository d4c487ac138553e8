"""Do methods do what is said of them? Each beside its baseline, over seeds, with as many settings on both sides.

    python -m rewardlab.benchmarks.effects [--only NAME] [--seeds 5] [--out FILE]

The budget is printed first. Every effect is written as soon as it is measured, beside those that the file holds
already. What does not show is reported as that.
"""

import sys

import tyro

from rewardlab.benchmarks.effects.program import Effects, main

if __name__ == "__main__":
    sys.exit(main(tyro.cli(Effects)))
