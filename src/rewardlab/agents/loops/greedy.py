"""What the relatives of deep Q-learning share: values of all actions, ε-greedy steps, targets of the best next action.

    y = r + γ Q̄(s', argmax_a' Q̄(s', a')),    or with the argmax of Q ("double")

A method says how a value is shown and what its loss is. Stands in front of `stable_baselines3.DQN`.

Source: Mnih et al., "Human-level control through deep reinforcement learning", Nature 2015, Algorithm 1; van Hasselt,
Guez, Silver, "Deep Reinforcement Learning with Double Q-learning", AAAI 2016, Equation 4; Wang, Schaul, Hessel, van
Hasselt, Lanctot, de Freitas, "Dueling Network Architectures for Deep Reinforcement Learning", ICML 2016, Equation 9.
"""

from typing import Any

import stable_baselines3
import torch
from stable_baselines3.dqn.policies import QNetwork
from torch import Tensor, nn

from rewardlab.agents.loops.descent import Descent
from rewardlab.agents.loops.off_policy import OffPolicy
from rewardlab.agents.loops.perceptrons import Perceptron, perceptron_of
from rewardlab.agents.loops.predicting import Asked
from rewardlab.core.arrays import Tree
from rewardlab.core.batch import Transitions
from rewardlab.core.nets import child_seed, seeded

NEVER = -1e8  # the value of what is not allowed
NEXT_MASK = "next_action_mask"


class Greedy(OffPolicy, stable_baselines3.DQN):
    """Q-learning of any kind.

    Args:
        *args: those of `stable_baselines3.DQN`.
        double: the online network chooses the next action, the target network judges it.
        dueling: the last layer shows the value of the state beside the advantages of its actions.
        **kwargs: those of `OffPolicy` and of `stable_baselines3.DQN`.
    """

    def __init__(self, *args: Any, double: bool = False, dueling: bool = False, **kwargs: Any) -> None:
        self.double, self.dueling = double, dueling
        super().__init__(*args, **kwargs)

    # -- what a method writes ------------------------------------------------------------------------------------

    @property
    def width(self) -> int:
        """Outputs per action."""
        return 1

    def decode(self, shown: Tensor) -> Tensor:
        """Values [...] of outputs [..., width]."""
        raise NotImplementedError

    def error(self, shown: Tensor, reward: Tensor, discount: Tensor, beyond: Tensor) -> Tensor:
        """The loss of each step [B].

        Args:
            shown: [B, width] of the actions taken.
            reward: [B].
            discount: [B].
            beyond: [B, width] of the best next actions, by the target network; a constant.
        """
        raise NotImplementedError

    # -- values --------------------------------------------------------------------------------------------------

    def _setup_model(self) -> None:
        super()._setup_model()
        self.num_actions = int(self.action_space.n)  # type: ignore[attr-defined]
        outputs = (self.num_actions + self.dueling) * self.width
        if outputs != self.num_actions:
            with seeded(child_seed(self._weights_seed, 1)):
                for net in (self.q_net, self.q_net_target):
                    last: Any = net.q_net[-1]
                    net.q_net[-1] = nn.Linear(last.in_features, outputs).to(last.weight.device)
            self.q_net_target.load_state_dict(self.q_net.state_dict())
            policy: Any = self.policy
            policy.optimizer = policy.optimizer_class(
                self.q_net.parameters(), lr=self.lr_schedule(1), **policy.optimizer_kwargs
            )
        self.descent = Descent(self.policy.optimizer, self.max_grad_norm)
        self._straight = {net: _perceptron(net) for net in (self.q_net, self.q_net_target)}
        self._values = self._compiled(self._values_plain)

    def _values_plain(self, net: Any, obs: Tree) -> Tensor:
        """[B, A, width] of all actions."""
        shown = (self._straight[net] or net)(obs).view(-1, self.num_actions + self.dueling, self.width)
        if not self.dueling:
            return shown
        advantage = shown[:, 1:]
        return shown[:, :1] + advantage - advantage.mean(1, keepdim=True)

    def _best(self, net: Any, obs: Tree, mask: Tensor | None) -> Tensor:
        """[B] the best actions."""
        value = self.decode(self._values(net, obs))
        return (value if mask is None else value.masked_fill(~mask, NEVER)).argmax(1)

    # -- acting --------------------------------------------------------------------------------------------------

    def explore(self, obs: Tree, mask: Tensor | None) -> Tensor:
        return self._mixed(obs, mask, self.generator, self.n_envs)

    def _mixed(self, obs: Tree, mask: Tensor | None, generator: torch.Generator, rows: int) -> Tensor:
        """ε-greedy actions [N], each row by a coin of its own."""
        coin = torch.rand(rows, generator=generator, device=self.device) < self.exploration_rate
        if mask is None:
            chance = torch.randint(self.num_actions, (rows,), generator=generator, device=self.device)
        else:
            chance = torch.multinomial(mask.float(), 1, generator=generator)[:, 0]
        return torch.where(coin, chance, self._best(self.q_net, obs, mask))

    def _answer(self, ask: Asked, state: Any, episode_start: Any, deterministic: bool) -> tuple[Tensor, Any]:
        if deterministic:
            return self._best(self.q_net, ask.obs, ask.mask), state
        return self._mixed(ask.obs, ask.mask, self.predicting, ask.rows), state

    # -- learning ------------------------------------------------------------------------------------------------

    def learn_from(self, batch: Transitions, discount: Tensor, *, move_targets: bool) -> dict[str, Tensor]:
        rows = torch.arange(len(discount), device=self.device)
        mask = batch.info.get(NEXT_MASK)
        with torch.no_grad():
            beyond = self._values(self.q_net_target, batch.next_obs)
            if self.double:
                best = self._best(self.q_net, batch.next_obs, mask)
            else:
                value = self.decode(beyond)
                best = (value if mask is None else value.masked_fill(~mask, NEVER)).argmax(1)
            beyond = beyond[rows, best]
        shown = self._values(self.q_net, batch.obs)[rows, batch.action]
        loss = self.error(shown, batch.reward, discount, beyond).mean()
        norm = self.descent(loss)
        return {"loss": loss.detach(), "grad_norm": norm}

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """So many updates."""
        self.descent.tie()
        super().train(gradient_steps, batch_size)
        self.descent.settle()

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "_values", "_straight"]


def _perceptron(net: Any) -> Perceptron | None:
    if type(net) is not QNetwork:
        return None
    return perceptron_of(net.observation_space, net.features_extractor, net.q_net)
