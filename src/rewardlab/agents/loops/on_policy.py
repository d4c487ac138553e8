"""The on-policy loop: T steps of N rows as tensors on the device, advantages, then epochs of minibatches.

A method is an objective of minibatches; constructor, callbacks, logger and files are those of Stable-Baselines3's
`OnPolicyAlgorithm`, in front of which `OnPolicy` stands.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from gymnasium import spaces
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.utils import explained_variance
from torch import Tensor

from rewardlab.agents.loops.actor_critic import widen
from rewardlab.agents.loops.deep import Deep
from rewardlab.agents.loops.descent import Descent
from rewardlab.agents.loops.evaluated import evaluated
from rewardlab.agents.loops.locals import RECIPES, Recipes, Step
from rewardlab.agents.loops.noise import redraw
from rewardlab.agents.loops.predicting import Asked
from rewardlab.agents.loops.recurrent import GRU_POLICIES, actor_critic
from rewardlab.agents.loops.rewarding import Rewarding, RewardStream
from rewardlab.agents.loops.rollouts import Minibatch, Rollout, minibatches
from rewardlab.agents.loops.stream import check_observations
from rewardlab.agents.loops.values import Squared, ValueLoss
from rewardlab.core.arrays import array
from rewardlab.core.errors import BadOption, UnknownName, nearest
from rewardlab.core.nets import seeded


class OnPolicy(Deep, OnPolicyAlgorithm):
    """An `OnPolicyAlgorithm` whose data stay on the device.

    Args:
        *args: those of Stable-Baselines3's class.
        streams: rewards with a value and a discount of their own beside the environment's; name -> `RewardStream`.
        value_loss: how values are shown and learned; None for squared errors.
        compile: "off", "default" or "cudagraphs", for what is called in every step and minibatch.
        **kwargs: those of Stable-Baselines3's class.

    Raises:
        BadOption: for what no agent can learn with.
        BadSpace: for spaces that the method cannot work with.
    """

    n_epochs: int = 1
    batch_size: Any = None  # None: the whole rollout
    normalize_advantage: bool = False
    recipes: Recipes = RECIPES | {
        "values": lambda step: step.agent._thought(step)[0],
        "log_probs": lambda step: step.agent._thought(step)[1],
    }

    def __init__(
        self,
        *args: Any,
        streams: Mapping[str, RewardStream] | None = None,
        value_loss: ValueLoss | None = None,
        compile: str = "off",
        _init_setup_model: bool = True,
        **kwargs: Any,
    ) -> None:
        self.streams = dict(streams or {})
        self.value_loss = Squared() if value_loss is None else value_loss
        self.compile = self._checked_compile(compile)
        self._check(args, kwargs)
        with self._our_errors():
            super().__init__(*args, _init_setup_model=False, **kwargs)  # type: ignore[misc]
        if _init_setup_model:
            self._setup_model()

    def _setup_model(self) -> None:
        self._setup_lr_schedule()
        self.set_random_seed(self.seed)
        self._check_sizes()
        with seeded(self._weights_seed):
            self.policy = self.policy_class(  # type: ignore[assignment]
                self.observation_space, self.action_space, self.lr_schedule, use_sde=self.use_sde, **self.policy_kwargs
            )
            self.policy = self.policy.to(self.device)
            widen(self.policy, (1 + len(self.streams)) * self.value_loss.width, self.lr_schedule(1))
            self.networks = actor_critic(self.policy, self.action_space, 1 + len(self.streams), self.value_loss)
        self.descent = Descent(self.policy.optimizer, self.max_grad_norm)
        self.rewarding = Rewarding(self.streams, gamma=self.gamma, decay=self.gae_lambda, device=self.device)
        self.rollout_buffer = Rollout(self.n_steps, self.n_envs, self.device)  # type: ignore[assignment]
        own = self.networks.head is None  # what it draws with is not ours to compile
        self._act = self._act_plain if own else self._compiled(self._act_plain)
        self._losses = self._compiled(self._losses_plain)

    # -- what a method writes ------------------------------------------------------------------------------------

    def objective(self, batch: Minibatch, outputs: Tensor, log_prob: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of the policy on a minibatch, a scalar, and what to log.

        Args:
            batch: B steps of the policy that acted; advantages normalised if the agent does so.
            outputs: [B, W] of the policy that learns.
            log_prob: [B] of the actions under it.
        """
        raise NotImplementedError

    def _get_policy_from_name(self, policy_name: str) -> Any:
        known = GRU_POLICIES | dict(self.policy_aliases)
        if policy_name not in known:
            raise UnknownName(f"no policy {policy_name!r}", where=type(self).__name__, mend=nearest(policy_name, known))
        return known[policy_name]

    def _setup_learn(self, *args: Any, **kwargs: Any) -> Any:
        before = getattr(self, "episodes", None)
        made = super()._setup_learn(*args, **kwargs)
        if self.episodes is not before:  # new episodes
            self._held = self.networks.initial(self.n_envs)
            self._begun = torch.ones(self.n_envs, dtype=torch.bool, device=self.device)
            if self._held is not None and not self.stream.same:
                raise BadOption(
                    "autoreset mode NEXT_STEP",
                    where=type(self).__name__,
                    expected="SAME_STEP for a policy with a memory",
                    mend='make the environment with autoreset_mode="SameStep"',
                )
        if self.rollout_buffer.rows != self.n_envs:  # type: ignore[attr-defined]  # another environment
            self.rollout_buffer = Rollout(self.n_steps, self.n_envs, self.device)  # type: ignore[assignment]
        return made

    def begin_update(self) -> dict[str, float]:
        """Before the minibatches of a rollout: set what changes with progress; returns what to log."""
        return {}

    def value_error(self, shown: Tensor, batch: Minibatch) -> Tensor:
        """The loss of the values, a scalar, of what the critic shows [B, K, width]."""
        return self.value_loss.loss(shown, batch.returns).mean()

    # -- acting --------------------------------------------------------------------------------------------------

    def _act_plain(self, obs: Any, mask: Tensor | None, held: Any, begun: Tensor) -> tuple[Tensor, Any]:
        return self.networks.decide(obs, mask, held, begun, self.generator)

    def _decide(self, obs: Any, mask: Tensor | None) -> Tensor:
        action, self._held = self._act(obs, mask, self._held, self._begun)
        return action

    def _policy_answers(self, deterministic: bool) -> bool:
        return self.networks.head is None

    def _answer(self, ask: Asked, state: Any, episode_start: Any, deterministic: bool) -> tuple[Tensor, Any]:
        held, begun = ask.memory(state, episode_start, self.networks.initial(ask.rows))
        generator = None if deterministic else self.predicting
        action, held = self.networks.decide(ask.obs, ask.mask, held, begun, generator)
        return action, None if held is None else array(held)[None]

    @torch.no_grad()
    def _thought(self, step: Step) -> tuple[Tensor, Tensor]:
        """Values [N, K] and log probabilities [N] of a step's actions: for callbacks that ask."""
        held, begun = step.memory
        seen = self.networks.think(step.obs, step.action, step.mask, (held, begun[None]))
        return self.networks.decode(seen.values), seen.log_prob

    def _sent(self, action: Tensor) -> Tensor:
        """Actions as the environment may have them."""
        if isinstance(self.action_space, spaces.Discrete):
            first = int(self.action_space.start)
            return action if first == 0 and self.compile == "off" else action + first  # graphs overwrite their output
        if not isinstance(self.action_space, spaces.Box):
            return action
        low, high = self._bounds
        action = action.view(-1, *low.shape)  # actions of several axes are learned flat
        if self.policy.squash_output:
            return low + 0.5 * (action + 1.0) * (high - low)
        return action.clamp(low, high)

    @torch.no_grad()
    def collect_rollouts(self, env: Any, callback: BaseCallback, rollout_buffer: Any, n_rollout_steps: int) -> bool:
        """Fill the rollout; False if the callback ends training."""
        roll: Rollout = rollout_buffer
        self.policy.set_training_mode(False)
        roll.begin(self._begun)
        callback.on_rollout_start()  # before any draw: here a run may be written down
        if self.use_sde:
            redraw(self.policy, self.generator, self.n_envs)
        first = self._held
        for t in range(n_rollout_steps):
            if self.use_sde and self.sde_sample_freq > 0 and t % self.sde_sample_freq == 0:
                redraw(self.policy, self.generator, self.n_envs)
            obs, mask = self._obs, self._mask
            roll.look(t, obs, mask)
            memory = (self._held, self._begun)
            action = self._decide(obs, mask)
            sent = self._sent(action)
            moved = self.stream.step(sent)
            roll.write(t, action, moved)
            self.rewarding.note(t, moved)
            self._follow(moved)
            self._begun = moved.done
            self.num_timesteps += self.n_envs
            self._tell(Step(self, moved, obs, action, sent, t, mask, memory))
            if not callback.on_step():
                return False
            if moved.ended is not None:
                self._remember(self.episodes.add(moved))
        roll.look(n_rollout_steps, self._obs)
        if roll.all_final is not None:
            self._remember(self.episodes.add_rollout(roll.reward, roll.done))
        check_observations(roll.obs, type(self).__name__, f" of the rollout up to step {self.num_timesteps}")
        self._batch = self._evaluate(roll, first)
        callback.on_rollout_end()
        return True

    # -- learning ------------------------------------------------------------------------------------------------

    def _evaluate(self, roll: Rollout, held: Any) -> Minibatch:
        batch, self._explained = evaluated(roll, self.networks, self.rewarding, held, self._begun)
        return batch

    def _losses_plain(self, batch: Minibatch, ent_coef: float, vf_coef: float) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of what the policy that learns thinks of a minibatch, and what to log."""
        seen = self.networks.think(batch.obs, batch.action, batch.mask, batch.memory)
        if self.normalize_advantage and len(batch) > 1:
            advantage = batch.advantage
            batch = replace(batch, advantage=(advantage - advantage.mean()) / (advantage.std() + 1e-8))
        policy_loss, stats = self.objective(batch, seen.outputs, seen.log_prob)
        value_loss = self.value_error(seen.values, batch)
        loss = policy_loss - ent_coef * seen.entropy + vf_coef * value_loss
        log_ratio = (seen.log_prob - batch.log_prob).detach()
        stats |= {
            "entropy_loss": -seen.entropy.detach(),
            "policy_gradient_loss": policy_loss.detach(),
            "value_loss": value_loss.detach(),
            "approx_kl": (log_ratio.exp() - 1 - log_ratio).mean(),
            "loss": loss.detach(),
        }
        return loss, stats

    def _check_sizes(self) -> None:
        """Refuse sizes that leave nothing to learn from."""
        steps = self.n_steps * self.n_envs
        if self.normalize_advantage and (steps < 2 or self.batch_size == 1):
            raise BadOption(
                f"n_steps={self.n_steps} x {self.n_envs} rows in batches of {self.batch_size}",
                where=type(self).__name__,
                expected="at least 2 steps in a batch, as advantages are normalised",
                mend="a larger n_steps or batch_size, or normalize_advantage=False",
            )

    def train(self) -> None:
        """Epochs of minibatches over the rollout that was collected last."""
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        self.descent.tie()
        shown = self.begin_update()
        limit = getattr(self, "target_kl", None)
        stats: list[dict[str, Tensor]] = []
        norms: list[Tensor] = []
        for _ in range(self.n_epochs):
            self._last_pass = 0
            for batch in minibatches(self._batch, self.batch_size, self.generator):
                loss, told = self._losses(batch, self.ent_coef, self.vf_coef)
                stats.append(told)
                self._last_pass += 1
                if limit is not None and float(told["approx_kl"]) > 1.5 * limit:
                    break
                norms.append(self.descent(loss))
            else:
                self._n_updates += 1
                continue
            self._n_updates += 1
            break
        self.descent.settle()
        self._check_finite(stats, norms)
        for name in stats[0]:
            last = stats[-self._last_pass :] if name == "approx_kl" else stats  # as Stable-Baselines3 has it
            values = torch.stack([s[name] for s in last])
            self.logger.record(f"train/{name}", float(values[-1] if name == "loss" else values.mean()))
        value, returns = (array(x).flatten() for x in self._explained)
        self.logger.record("train/explained_variance", explained_variance(value, returns))
        if hasattr(self.policy, "log_std"):
            self.logger.record("train/std", float(self.policy.log_std.detach().exp().mean()))
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")
        for name, number in shown.items():
            self.logger.record(name, number)

    def dump_logs(self, iteration: int = 0) -> None:
        """Write what the logger holds, the true returns and the streams' rewards beside Stable-Baselines3's own."""
        for name, mean in self.rewarding.logged().items():
            self.logger.record(f"reward/{name}", mean)
        self._record_true_returns()
        super().dump_logs(iteration)
