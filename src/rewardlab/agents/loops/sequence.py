"""The sequence loop: play groups of dialogues, have them paid, and descend an objective on their tokens.

    per iteration:  P tasks × G copies  →  Group [P, G, T]  →  epochs × minibatches of  mean_p objective(group)_p

Tokens of the partner are masked. `num_timesteps` counts turns: calls of `env.step`, as everywhere.

Source: Shao et al., "DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models", 2024,
Algorithm 1 (groups of responses); Jiang et al., "VerlTool: Towards Holistic Agentic Reinforcement Learning with Tool
Use", 2025, Section 3 (turns, masks).
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from rewardlab.agents.loops.callbacks import Callback, listen, progress
from rewardlab.agents.loops.tokens.agent import Loss, Reference, TokenAgent, read
from rewardlab.agents.loops.tokens.checks import counts, whole_number
from rewardlab.agents.loops.tokens.copies import copies
from rewardlab.agents.loops.tokens.critic import TokenCritic
from rewardlab.agents.loops.tokens.dialogues import Play, asynchronous, synchronous
from rewardlab.agents.loops.tokens.groups import task_seeds, tasks
from rewardlab.agents.loops.tokens.paying import Paying, paid
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.loops.tokens.rollouts import Rollouts, told
from rewardlab.agents.loops.tokens.row import fitted
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadOption


class SequenceAgent(TokenAgent):
    """A token policy that learns from groups of dialogues.

    Args:
        env: an id, a function that makes an environment, or one, of which copies are made; actions are texts.
        policy: what learns.
        objective: `Group -> [P]`, e.g. of `agents.policy_gradient`; None for an agent that only acts.
        groups: P, tasks per iteration.
        group_size: G, dialogues per task; they share its start.
        epochs: passes over an iteration's dialogues.
        minibatches: parts of a pass, each of about P / minibatches tasks.
        learning_rate: of Adam.
        max_grad_norm: the largest norm of a gradient; None for no limit.
        weight_decay: decoupled.
        select: `Group -> Group`, which tasks are learned from; info columns go along.
        reference: what `ref_logp` is: "initial" the policy as it is now; a `TokenPolicy`, which the objective may move;
            None the policy that sampled, so `ref_logp = old_logp`.
        critic: values of tokens that are learned along: the group gets the columns `advantage`, `value` and `target`.
        reward: None the environment's; a `core.reward.Reward`, which pays each dialogue as one step; or a function
            `Rollouts -> [P, G]`.
        tasks: seeds of the tasks, drawn from without repetition; None for a new seed each time.
        turns, max_tokens, temperature, top_p, fit, workers: see `Play`.
        wait: False for dialogues that do not wait for one another's environments; the tokens are the same, and are
            scored once more.
        micro_batch, recompute: see `TokenPolicy.fill`.
        transcripts: a file to which each dialogue is appended as a line of JSON.
        tensorboard_log, verbose: as in Stable-Baselines3.
        seed: of tasks and noise.

    Attributes:
        iterations: groups of dialogues played.
        rollouts: the last ones.
        told: what was logged last.

    Raises:
        BadOption: for values outside their ranges.
        BadSpace: for environments without texts.
    """

    def __init__(
        self,
        env: Any,
        policy: TokenPolicy,
        objective: Loss | None,
        *,
        groups: int = 8,
        group_size: int = 8,
        epochs: int = 1,
        minibatches: int = 1,
        learning_rate: float = 1e-3,
        max_grad_norm: float | None = 1.0,
        weight_decay: float = 0.0,
        select: Callable[[Group], Group] | None = None,
        reference: Reference = "initial",
        critic: TokenCritic | None = None,
        reward: Paying | None = None,
        tasks: Sequence[int] | None = None,
        turns: int = 8,
        max_tokens: int = 64,
        temperature: float = 1.0,
        top_p: float = 1.0,
        fit: Callable[[str], str] | None = None,
        workers: int = 0,
        wait: bool = True,
        micro_batch: int | None = None,
        recompute: bool = False,
        transcripts: str | Path | None = None,
        tensorboard_log: str | None = None,
        verbose: int = 0,
        seed: int = 0,
    ) -> None:
        super().__init__(
            policy,
            objective,
            learning_rate=learning_rate,
            max_grad_norm=max_grad_norm,
            weight_decay=weight_decay,
            reference=reference,
            temperature=temperature,
            max_tokens=max_tokens,
            micro_batch=micro_batch,
            recompute=recompute,
            seed=seed,
        )
        counts(self._name, groups=groups, group_size=group_size, epochs=epochs, minibatches=minibatches)
        if tasks is not None and len(tasks) < groups:
            raise BadOption(f"{len(tasks)} tasks", where=self._name, expected=f"at least groups={groups}")
        self.groups, self.group_size, self.epochs, self.minibatches = groups, group_size, epochs, minibatches
        self.select, self.reward, self.wait = select, reward, wait
        self.tasks = None if tasks is None else list(map(int, tasks))
        self.play = Play(turns, max_tokens, temperature, top_p, fit, workers)
        self.transcripts, self.tensorboard_log, self.verbose = transcripts, tensorboard_log, verbose
        self.env = env
        self.envs = [] if env is None else copies(env, groups * group_size)
        self.critic = critic
        if critic is not None:
            critic.join(policy, micro_batch=micro_batch, recompute=recompute)
        self.iterations = 0
        self.rollouts: Rollouts | None = None
        self.told: dict[str, float] = {}

    def learn(
        self,
        total_timesteps: int,
        callback: Callback | None = None,
        progress_bar: bool = False,
        tb_log_name: str = "sequence",
    ) -> Self:
        """Learn from at least `total_timesteps` more turns; the last iteration is not cut.

        Args:
            total_timesteps: at least 0.
            callback: called after each iteration with `self`, `rollouts`, `group`, `rewards` [P·G], `dones` and
                `total_timesteps`; ends training by returning False. Or a callback of Stable-Baselines3.
            progress_bar: show one.
            tb_log_name: of the folder in `tensorboard_log`.

        Raises:
            BadOption: without an environment or an objective, or for a bad number or callback.
            BadReward: if a reward is not finite.
            Diverged: if a loss is not finite; nothing was stepped by it.
        """
        total_timesteps = whole_number(total_timesteps, where=self._name)
        if not self.envs or self.objective is None:
            what = "objective" if self.envs else "environment"
            raise BadOption(f"no {what} to learn with", where=self._name, mend=f"load(path, env, {what}=...)")
        if self._logger is None:
            from stable_baselines3.common.utils import configure_logger

            self.set_logger(configure_logger(self.verbose, self.tensorboard_log, tb_log_name))
        until = self.num_timesteps + total_timesteps
        call, end = listen(callback, self, total_timesteps)
        with progress(progress_bar, total_timesteps) as bar:
            while self.num_timesteps < until:
                before = time.perf_counter()
                group = self.collect()
                played = time.perf_counter()
                train = self.improve(group)
                self._log(train, played - before, time.perf_counter() - before)
                assert self.rollouts is not None
                if bar is not None:
                    bar.update(int(self.rollouts.turns.sum()))
                if call is not None:
                    pay = self.rollouts.reward.flatten().cpu().numpy()
                    now = {"self": self, "rollouts": self.rollouts, "group": group, "rewards": pay}
                    go_on = call({**now, "dones": np.ones(len(pay), bool), "total_timesteps": total_timesteps})
                    if go_on is not None and not go_on:
                        break
        end()
        return self

    def collect(self) -> Group:
        """Play and pay the dialogues of one iteration."""
        seeds = task_seeds(self.tasks, self.groups, seed=self.seed, iteration=self.iterations)
        self.rollouts, self._parts = self.played(self.envs, seeds, self.seed + (self.iterations << 32))
        self.iterations += 1
        if self.transcripts is not None:
            with Path(self.transcripts).open("a", encoding="utf-8") as file:
                for record in self.rollouts.records():
                    file.write(json.dumps({"iteration": self.iterations, **record}) + "\n")
        return self.judged(self.rollouts)

    def played(self, envs: Sequence[Any], seeds: Sequence[int], noise: int) -> tuple[Rollouts, dict[str, float]]:
        """Dialogues of the policy in some environments, paid, and the mean of each part of their pay.

        Args:
            envs: `group_size` copies of each task.
            seeds: of the tasks.
            noise: seed of what the policy draws.
        """
        made = (synchronous if self.wait else asynchronous)(self.policy, envs, seeds, self.play, seed=noise)
        if not self.wait:  # who was batched with whom is chance, and so was the rounding of the log-probabilities
            made = replace(made, old_logp=self.scores(self.policy, made.tokens, made.mask, made.window))
        self.num_timesteps += int(made.turns.sum())
        return paid(made, self.reward)

    def judged(self, rollouts: Rollouts) -> Group:
        """What is learned from: with the reference's log-probabilities, and the critic's columns if there is one."""
        reference = None
        if self.reference is not None:
            reference = self.scores(self.reference, rollouts.tokens, rollouts.mask, rollouts.window)
        group = rollouts.group(reference)
        return group if self.critic is None else self.critic.judged(group, rollouts.truncated)

    def improve(self, group: Group) -> dict[str, float]:
        """Epochs of minibatches of a group; means of what was told."""
        chosen = group if self.select is None else self.select(group)
        count, steps = len(chosen.reward), list[dict[str, float]]()
        order = np.random.default_rng([self.seed, self.iterations])
        for _ in range(self.epochs if count else 0):
            for part in np.array_split(order.permutation(count), min(self.minibatches, count)):
                now = tasks(chosen, part)
                steps.append({**({} if self.critic is None else self.critic.descend(now)), **self.descend(now)})
        means = {k: float(np.mean([t[k] for t in steps])) for k in (steps[0] if steps else {})}
        return {**means, "tasks": float(count)}

    def _log(self, train: dict[str, float], playing: float, whole: float) -> None:
        assert self.rollouts is not None
        turns, tokens = int(self.rollouts.turns.sum()), float(self.rollouts.mask.sum())
        self.told = {
            **told(self.rollouts),
            **{f"reward/{k}": v for k, v in self._parts.items()},
            **{f"train/{k}": v for k, v in train.items()},
            "train/n_updates": self.updates,
            "time/iterations": self.iterations,
            "time/total_timesteps": self.num_timesteps,
            "time/fps": turns / max(whole, 1e-9),
            "time/tokens_per_second": tokens / max(playing, 1e-9),
        }
        for name, value in self.told.items():
            self.logger.record(name, value)
        self.logger.dump(self.num_timesteps)

    def close(self) -> None:
        """Close the environments."""
        for env in self.envs:
            env.close()

    def said(self, text: str) -> str:
        if self.play.fit is not None:
            return self.play.fit(text)
        return fitted(text, self.envs[0].action_space) if self.envs else text  # type: ignore[arg-type]

    def options(self) -> dict[str, Any]:
        play = {k: v for k, v in vars(self.play).items() if k != "fit"}
        own = {k: getattr(self, k) for k in ("groups", "group_size", "epochs", "minibatches", "tasks", "wait")}
        critic = None if self.critic is None else self.critic.options()
        return {**super().options(), **play, **own, "critic": critic}

    def state_dict(self) -> dict[str, Any]:
        parts = {k: getattr(getattr(self, k), "state_dict", None) for k in ("reward", "critic")}
        held = {k: None if states is None else states() for k, states in parts.items()}
        return {**super().state_dict(), "iterations": self.iterations, **held}

    def load_state_dict(self, state: Any) -> None:
        super().load_state_dict(state)
        self.iterations = int(state["iterations"])
        loading = getattr(self.reward, "load_state_dict", None)
        if state["reward"] is not None and loading is not None:
            loading(state["reward"])
        if self.critic is not None:
            self.critic.load_state_dict(state["critic"] or {})

    @classmethod
    def load(
        cls,
        path: str | Path,
        env: Any = None,
        *,
        objective: Loss | None = None,
        reference: Reference = None,
        device: Any = None,
        **code: Any,
    ) -> Self:
        """The agent that `save` wrote; with the same environment, objective and other code it goes on to the bit.

        Args:
            path: the file.
            env, objective: to go on learning; None for an agent that acts. New dialogues begin.
            reference: where it was a policy of its own; an initial one is in the file.
            device: where it runs.
            code: `select`, `reward`, `fit`, `transcripts`, `tensorboard_log`, `verbose`.

        Raises:
            BadCheckpoint: if the file is damaged, or another agent's.
        """
        policy, options, state = read(path, cls.__name__, device=device)
        if reference is None and policy.lora is not None and state["adapters_off"]:
            reference = "initial"
        critic = TokenCritic.made(options.pop("critic", None), policy)
        made = cls(env, policy, objective, reference=reference, critic=critic, **options, **code)
        made.load_state_dict(state)
        return made
