"""What deep Q-learners share that learn the whole distribution of returns, and act by its mean."""

from typing import Protocol

from torch import Tensor

from rewardlab.agents.loops.greedy import Greedy


class Distribution(Protocol):
    """How the distribution of a return is shown: as `Categorical` or `Quantiles`."""

    @property
    def width(self) -> int:
        """Outputs."""

    def decode(self, outputs: Tensor) -> Tensor:
        """The mean [...] of outputs [..., width]."""

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """How far outputs [..., width] are from targets [..., m], constants: [...]."""


class Distributional(Greedy):
    """A deep Q-learner whose values are means of distributions; arguments are those of `Greedy`."""

    # -- what a method writes ------------------------------------------------------------------------------------

    @property
    def distribution(self) -> Distribution:
        """How returns are shown."""
        raise NotImplementedError

    def target(self, beyond: Tensor, reward: Tensor, discount: Tensor) -> Tensor:
        """The targets [B, m] of the distribution's loss.

        Args:
            beyond: [B, width] of the best next actions, by the target network.
            reward: [B].
            discount: [B], 0 where the episode has terminated.
        """
        raise NotImplementedError

    # -- values --------------------------------------------------------------------------------------------------

    @property
    def width(self) -> int:
        return self.distribution.width

    def decode(self, shown: Tensor) -> Tensor:
        return self.distribution.decode(shown)

    def error(self, shown: Tensor, reward: Tensor, discount: Tensor, beyond: Tensor) -> Tensor:
        return self.distribution.loss(shown, self.target(beyond, reward, discount))
