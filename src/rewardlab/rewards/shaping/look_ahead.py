"""Potential-based advice (look-ahead).

    F_t = γ Φ(s_t+1, a_t+1) − Φ(s_t, a_t),    Φ = 0 beyond a termination
    Q'(s, a) = Q(s, a) − Φ(s, a),    so that the best action is argmax_a Q'(s, a) + Φ(s, a)

Advice for recorded steps, where the next action is known. Values shift by a potential that depends on the action: an
agent must add Φ back when it chooses, in play and in its targets, or it learns another policy. Online, where the next
action is not known yet, and for agents that cannot be changed, use `Advice`.

Source: Wiewiora, Cottrell, Elkan, "Principled Methods for Advising Reinforcement Learning Agents", ICML 2003
(look-ahead advice and the biased policy).
"""

from collections.abc import Callable

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch
from rewardlab.rewards.shaping.kernel import checked, discount, kept


def look_ahead(
    phi: Callable[[Tree, Tree], Array],
    batch: Transitions,
    gamma: float = 0.99,
    *,
    beyond: Callable[[Tree], Array] | None = None,
) -> Array:
    """The advice [T, N] for recorded steps, oldest first.

    Args:
        phi: the potential of observations and actions, [T, N, *obs] and [T, N, *action] -> [T, N].
        batch: steps [T, N] or [T], in which the row of the next step holds the next step.
        gamma: the agent's discount, in [0, 1].
        beyond: the potential [T, N] of observations whose action was not recorded: after a truncation, and after the
            last step. With the agent's own next action that is phi(s', a'); a mean over its policy has no bias.

    Raises:
        BadOption: for a gamma outside [0, 1].
        BadBatch: if an action beyond the recording is needed and `beyond` is not given.
        BadReward: if `phi` or `beyond` does not give one number for each step.
    """
    gamma = discount(gamma, where="look_ahead")
    now = checked(phi(batch.obs, batch.action), batch, where="look_ahead")
    if not len(batch):
        return now
    xp = namespace(now)
    unknown = xp.concat([batch.done[:-1], xp.ones_like(batch.done[-1:])]) & ~batch.terminated
    after = xp.concat([now[1:], xp.zeros_like(now[-1:])])
    if bool(unknown.any()):
        if beyond is None:
            raise BadBatch(
                f"{int(unknown.sum())} steps whose next action was not recorded",
                where="look_ahead",
                expected="episodes that end by termination",
                mend="give beyond=, the potential of the observation that follows",
            )
        after = xp.where(unknown, checked(beyond(batch.next_obs), batch, where="look_ahead(beyond=)"), after)
    return gamma * kept(after, batch) - now
