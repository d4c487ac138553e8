"""How fast does the regret of each algorithm grow, and does theory say so?

    python -m rewardlab.benchmarks.regret [--only UCB1] [--times 0.1] [--runs 50] [--out FILE] [--table FILE]

Every claim is a constant before the logarithm or an exponent with an interval that theory gives; it is measured over
hundreds of runs and fitted with a bootstrap interval of 95 % over runs.
"""

import sys

import tyro

from rewardlab.benchmarks.regret.program import RegretRates, main

if __name__ == "__main__":
    sys.exit(main(tyro.cli(RegretRates)))
