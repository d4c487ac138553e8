"""Optimal potential.

    Φ(s) = V*(s),    then    Q'*(s, a) = Q*(s, a) − V*(s) = A*(s, a)  and  V'* = 0

The best potential there is: every optimal action pays 0 in expectation and every other one its regret, so that whoever
only looks one step ahead acts optimally. It takes the solution of the task, so it serves as the yardstick of other
potentials, and in worlds whose smaller or simplified table can be solved.

Source: Ng, Harada, Russell, "Policy Invariance Under Reward Transformations: Theory and Application to Reward Shaping",
ICML 1999, Corollary 2 (values shift by Φ) and the remark on Φ = V*.
"""

from collections.abc import Callable

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.shaping.table import Table


def optimal_potential(mdp: TabularMDP, index: Callable[[Tree], Array] | None = None) -> Table:
    """The exact optimal values of a process as a potential: `Potential(optimal_potential(mdp), mdp.gamma)`.

    Args:
        mdp: the process, with a discount.
        index: observations [B, *obs] -> the number of their state, [B]; None where observations are those numbers.

    Raises:
        BadOption: for a process under average reward, whose states have no values.
    """
    if mdp.gamma is None:
        raise BadOption(
            "a process under average reward",
            where="optimal_potential",
            expected="a discount in [0, 1]",
            mend="mdp.with_gamma(0.99)",
        )
    return Table(tuple(mdp.solve().V.tolist()), index)
