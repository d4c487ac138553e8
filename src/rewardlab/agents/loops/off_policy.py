"""The off-policy loop: steps of N rows into a replay memory of tensors, updates on what is drawn from it.

A method chooses actions and learns from a batch; constructor, callbacks, logger and files are those of
Stable-Baselines3's `OffPolicyAlgorithm`, in front of which `OffPolicy` stands.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.type_aliases import RolloutReturn, TrainFreq, TrainFrequencyUnit
from stable_baselines3.common.utils import should_collect_more_steps
from torch import Tensor, nn

from rewardlab.agents.loops.deep import Deep
from rewardlab.agents.loops.locals import Step
from rewardlab.agents.loops.noise import Noise, for_rows, redraw
from rewardlab.agents.loops.replay import Replay
from rewardlab.agents.loops.stored import Stored, check_kept
from rewardlab.agents.loops.stream import Moved, check_observations
from rewardlab.core import checkpoint
from rewardlab.core.arrays import Tree, array, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.nets import seeded
from rewardlab.core.reward import Reward

_STEADY = (nn.Linear, nn.ReLU, nn.Tanh, nn.ELU, nn.SiLU, nn.GELU, nn.Flatten, nn.Sequential, nn.ModuleList, nn.Conv2d)


def moody(network: nn.Module) -> bool:
    """Whether a network may act otherwise than it learns, as with dropout: nobody knows of parts of users' making."""
    kinds = {type(m) for m in network.modules()}
    return any(k not in _STEADY and not k.__module__.startswith("stable_baselines3.") for k in kinds)


class OffPolicy(Deep, OffPolicyAlgorithm):
    """An `OffPolicyAlgorithm` whose data stay on the device.

    Args:
        *args: those of Stable-Baselines3's class.
        reward: pays each step when it is drawn from the memory, not when it is taken: what a learning reward pays never
            goes stale. None for what the environment paid. One that learns does so from each step as it is taken.
        columns: of `info` that the reward reads; they are kept with the steps.
        value_loss: how values are shown and learned; None for Stable-Baselines3's.
        compile: "off", "default" or "cudagraphs", for what is called in every update.
        **kwargs: those of Stable-Baselines3's class; `optimize_memory_usage` changes nothing.

    Raises:
        BadOption: for what no agent can learn with, or a replay buffer of another kind.
        BadSpace: for spaces that the method cannot work with.
    """

    replay: Replay
    noise: Noise | None = None

    def __init__(
        self,
        *args: Any,
        reward: Reward | None = None,
        columns: tuple[str, ...] = (),
        value_loss: Any = None,
        compile: str = "off",
        _init_setup_model: bool = True,
        **kwargs: Any,
    ) -> None:
        self.reward, self.columns, self.value_loss = reward, tuple(columns), value_loss
        self.compile = self._checked_compile(compile)
        check_kept(reward, kwargs.get("replay_buffer_class"), type(self).__name__)
        self._check(args, kwargs)
        if kwargs.get("policy_kwargs"):  # Stable-Baselines3 writes into it
            kwargs["policy_kwargs"] = dict(kwargs["policy_kwargs"])
        with self._our_errors():
            super().__init__(*args, _init_setup_model=False, **kwargs)  # type: ignore[misc, call-arg]
        if _init_setup_model:
            self._setup_model()

    def _setup_model(self) -> None:
        self.set_random_seed(self.seed)
        chained = self.n_steps > 1
        self.replay = Replay(self.buffer_size, max(self.n_envs or 1, 1), self.device, chained=chained)
        self.replay_buffer = self.replay  # type: ignore[assignment]
        steps, self.n_steps = self.n_steps, 1  # their buffers for several steps take no Dict; ours has them built in
        self.optimize_memory_usage = False
        with seeded(self._weights_seed):
            super()._setup_model()
        self.n_steps = steps
        self.set_random_seed(self.seed)
        self.stored = Stored(self)

    def _setup_learn(self, *args: Any, **kwargs: Any) -> Any:
        before = getattr(self, "episodes", None)
        made = super()._setup_learn(*args, **kwargs)
        self._moody = moody(self.policy)
        if self.n_envs > 1 and self.train_freq.unit is not TrainFrequencyUnit.STEP:  # type: ignore[union-attr]
            raise BadOption(
                f"train_freq in episodes of {self.n_envs} rows", where=type(self).__name__, expected="steps"
            )
        if self.episodes is not before:  # new episodes: no step follows on what was kept before
            self.replay.cut(self.n_envs)
            self.stored.begin(self.n_envs)
        if self.episodes is not before or getattr(self.noise, "given", None) is not self.action_noise:
            self.noise = self._made_noise()
        return made

    def _made_noise(self) -> Noise | None:
        if self.action_noise is None or not isinstance(self.action_space, spaces.Box):
            return None
        self.action_noise = for_rows(self.action_noise, self.n_envs)
        return Noise(self.action_noise, self.generator)

    def save_replay_buffer(self, path: Any) -> None:
        """Write the kept steps: a checkpoint without pickle."""
        checkpoint.save(path, "replay", {}, self.replay.state_dict())

    def load_replay_buffer(self, path: Any, truncate_last_traj: bool = True) -> None:
        """Read what `save_replay_buffer` wrote; with `truncate_last_traj`, no step follows on the last ones."""
        self.replay.load_state_dict(checkpoint.load(path, "replay")[1])
        if truncate_last_traj:
            self.replay.cut(self.n_envs)

    # -- what a method writes ------------------------------------------------------------------------------------

    def explore(self, obs: Tree, mask: Tensor | None) -> Tensor:
        """Actions [N, *action] to learn by; those of a Box between −1 and 1."""
        raise NotImplementedError

    def learn_from(self, batch: Transitions, discount: Tensor, *, move_targets: bool) -> dict[str, Tensor]:
        """One step on B transitions; what to log, as scalars.

        Args:
            batch: drawn from the memory; the actions of a Box between −1 and 1, rewards of several steps summed.
            discount: [B] of the value of the successor, 0 where the episode has terminated.
            move_targets: whether the target networks follow afterwards.
        """
        raise NotImplementedError

    def optimizers(self) -> list[torch.optim.Optimizer]:
        """Whose learning rate follows the schedule."""
        return [self.policy.optimizer]

    # -- acting --------------------------------------------------------------------------------------------------

    def _drawn(self) -> Tensor:
        """Actions drawn evenly, as long as nothing has been learned."""
        shape, space = (self.n_envs, *(self.action_space.shape or ())), self.action_space
        if isinstance(space, spaces.Discrete):
            if self._mask is not None:
                return torch.multinomial(self._mask.float(), 1, generator=self.generator)[:, 0]
            return torch.randint(int(space.n), shape, generator=self.generator, device=self.device)
        return torch.rand(shape, generator=self.generator, device=self.device) * 2 - 1

    def _sent(self, action: Tensor) -> Tensor:
        """Actions as the environment may have them."""
        if isinstance(self.action_space, spaces.Discrete):
            first = int(self.action_space.start)
            return action + first if first else action
        low, high = self._bounds
        action = action.view(-1, *low.shape)  # actions of several axes are learned flat
        return low + 0.5 * (action + 1.0) * (high - low)

    @torch.no_grad()
    def _decide(self, learning_starts: int) -> Tensor:
        warm = self.num_timesteps >= learning_starts or (self.use_sde and self.use_sde_at_warmup)
        action = self.explore(self._obs, self._mask) if warm else self._drawn()
        action = action.flatten(1) if action.dim() > 1 else action
        if self.noise is not None:
            action = (action + self.noise()).clamp(-1, 1)
        return action

    def collect_rollouts(  # type: ignore[override]
        self,
        env: Any,
        callback: BaseCallback,
        train_freq: TrainFreq,
        replay_buffer: Any,
        action_noise: Any = None,
        learning_starts: int = 0,
        log_interval: int | None = None,
    ) -> RolloutReturn:
        """Steps until it is time to learn."""
        if self._moody:
            self.policy.set_training_mode(False)
        callback.on_rollout_start()  # before any draw: here a run may be written down
        if self.use_sde:
            redraw(self.actor, self.generator, self.n_envs)
        steps = episodes = 0
        while should_collect_more_steps(train_freq, steps, episodes):
            if self.use_sde and self.sde_sample_freq > 0 and steps % self.sde_sample_freq == 0:
                redraw(self.actor, self.generator, self.n_envs)
            obs, action = self._obs, self._decide(learning_starts)
            sent = self._sent(action)
            moved = self.stream.step(sent)
            self.num_timesteps += self.n_envs
            steps += 1
            self.stored.add(obs, action, moved)
            self._follow(moved)
            if self.noise is not None:
                self.noise.ended(moved.done)
            self._record_parts(moved)
            self._tell(Step(self, moved, obs, action, sent, steps - 1))
            if not callback.on_step():
                return RolloutReturn(steps * self.n_envs, episodes, continue_training=False)
            self._update_current_progress_remaining(self.num_timesteps, self._total_timesteps)
            self._on_step()
            for _ in range(self._ended(moved)):
                episodes += 1
                self._episode_num += 1
                if log_interval is not None and self._episode_num % log_interval == 0:
                    self.dump_logs()
        callback.on_rollout_end()
        return RolloutReturn(steps * self.n_envs, episodes, continue_training=True)

    def _ended(self, moved: Moved) -> int:
        """How many episodes have ended; their records are kept."""
        if moved.ended is None:
            self._waiting = [*getattr(self, "_waiting", []), (moved.reward, moved.done)]
            if len(self._waiting) < 64:  # the device is asked now and then, not at every step
                return 0
            reward, done = (torch.stack(x) for x in zip(*self._waiting, strict=True))
            self._waiting = []
            records = self.episodes.add_rollout(reward, done)
        else:
            records = self.stored.earned_by(self.episodes.add(moved), moved.ended)
        self._remember(records)
        return len(records)

    def _record_parts(self, moved: Moved) -> None:
        """Log what a driver says that each part has paid; means until the logger writes."""
        parts = moved.info.get("reward_parts") if isinstance(moved.info, Mapping) else None
        if not parts:
            return
        for name, pay in {**parts, "task": moved.info["task_reward"], "paid": moved.reward}.items():
            if not name.startswith("_"):
                self.logger.record_mean(f"reward/{name}", float(pay.mean()))

    # -- learning ------------------------------------------------------------------------------------------------

    def draw(self, size: int) -> tuple[Transitions, Tensor]:
        """B steps of the memory, paid as the reward pays now, and the discounts [B] of what follows."""
        return self.stored.sample(size)

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """So many updates."""
        if self._moody:
            self.policy.set_training_mode(True)
        self._update_learning_rate(self.optimizers())
        stats = []
        for k in range(gradient_steps):
            batch, discount = self.draw(batch_size)
            stats.append(self.learn_from(batch, discount, move_targets=self._moves_targets(k)))
        self._n_updates += gradient_steps
        self._updated(stats)

    def _moves_targets(self, k: int) -> bool:
        """Whether the targets follow after update k of this round."""
        return k % getattr(self, "target_update_interval", 1) == 0

    def _updated(self, stats: list[dict[str, Tensor]]) -> None:
        names = list(stats[-1]) if stats else []
        if names:
            table = array(torch.stack([s[n] for s in stats for n in names])).reshape(len(stats), -1)
            if not np.isfinite(table).all():
                kept = tree_map(lambda x: x[: self.replay.size], self.replay.held["obs"])
                for shown in (self._obs, kept):
                    check_observations(shown, type(self).__name__, f" by step {self.num_timesteps}")
                self._check_finite([{**s, "loss": torch.stack(list(s.values())).sum()} for s in stats], [])
            for name, mean in zip(names, table.mean(0), strict=True):
                self.logger.record(f"train/{name}", float(mean))
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")

    def dump_logs(self) -> None:
        """Write what the logger holds, the true returns beside Stable-Baselines3's own."""
        self._record_true_returns()
        if self.stored.paid is not None:
            self.logger.record(f"reward/{self.reward.name}", float(self.stored.paid))  # type: ignore[union-attr]
        super().dump_logs()

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "stored", "_waiting", "noise"]
