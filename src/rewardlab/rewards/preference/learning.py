"""Reinforcement learning from preferences: collect, ask, fit, relabel, train, and so on in rounds.

    step until it is time to ask      the agent acts; what it does is remembered
    pairs ← queries(what it did)      a strategy picks what to ask about
    labels ← teacher(pairs)           a person or a simulated teacher compares
    r̂ ← fit(all comparisons)          the reward model learns
    memory of the agent ← r̂           what the agent keeps is paid anew
    train the agent on r̂

The agent is any that learns in an environment: it is handed one whose reward is the model's. On-policy agents are paid
as they act, those of rewardlab that keep steps when these are drawn, and Stable-Baselines3's replay memories anew after
each fit, so that nothing is learned from an old reward.

Source: Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep Reinforcement Learning from Human Preferences", NeurIPS
2017, Section 2.2; Lee, Smith, Abbeel, "PEBBLE: Feedback-Efficient Interactive Reinforcement Learning via Relabeling
Experience and Unsupervised Pre-training", ICML 2021, Algorithm 1 (relabelling, and what comes before the first label).
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from tqdm import tqdm

from rewardlab.core import checkpoint
from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.files import make_folder
from rewardlab.core.reward import Reward
from rewardlab.rewards.drivers.packing import pack, unpack
from rewardlab.rewards.drivers.remembering import Remembering
from rewardlab.rewards.preference.budgets import Budget, front_loaded_budget
from rewardlab.rewards.preference.queries import Queries
from rewardlab.rewards.preference.wiring import driving, paid

KIND = "preference learning"
Writer = Callable[[Any, Path], None]
Reader = Callable[[Any, Path], Any]


@dataclass(eq=False)
class PreferenceLearning:
    """An agent, a reward model, a teacher, and the rounds in which they learn from one another.

    Args:
        agent: learns; a deep agent of ours, one of Stable-Baselines3, or a tabular one. Its environment is wrapped so
            that the model pays, unless a driver around it already pays a `Remembering` of this model.
        reward_model: is fitted to comparisons, `fit(comparisons, epochs=)`, and pays.
        teacher: labels pairs [P, 2, T]: NaN where there is no answer.
        queries: picks the pairs.
        labels: how many are asked for in all.
        rounds: how often; see `budget`.
        budget: spreads labels over rounds.
        before: what the agent is paid until the first fit, such as a bonus for novelty; None for nothing.
        first: the share of all steps that passes before the first question.
        epochs: of each fit, over all comparisons, from where the model stands.
        recent: only the last so many steps are asked about, over all rows; None for all that are remembered.
        capacity: steps that are remembered, over all rows.
        seed: of the choice of queries.

    Attributes:
        comparisons: all labelled pairs [P, 2, T], None before the first.
        history: a record of each round: "steps", "asked", "answered", and the last line of the fit's log.
        remembering: what pays, and keeps what passes by.

    Raises:
        BadOption: for numbers of labels, rounds or steps that cannot be.
    """

    agent: Any
    reward_model: Any
    teacher: Callable[[Transitions], Any]
    queries: Queries
    labels: int = 700
    rounds: int = 10
    budget: Budget = front_loaded_budget
    before: Reward | None = None
    first: float = 0.1
    epochs: int = 50
    recent: int | None = None
    capacity: int = 100_000
    seed: int = 0
    comparisons: Transitions | None = field(default=None, init=False)
    history: list[dict[str, float]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        if self.labels < 1 or self.rounds < 1 or not 0 < self.first < 1 or self.epochs < 1:
            raise BadOption(
                f"labels={self.labels!r}, rounds={self.rounds!r}, first={self.first!r}, epochs={self.epochs!r}",
                where="PreferenceLearning",
                expected="labels, rounds and epochs of at least 1, and 0 < first < 1",
            )
        self.counts = self.budget(self.labels, self.rounds)  # labels of each round
        self.remembering = self._wired()
        self._rng = np.random.default_rng(self.seed)

    # -- what pays ------------------------------------------------------------------------------------------------

    def _wired(self) -> Remembering:
        """What pays the model to the agent, put around its environment if it is not there."""
        env = self.agent.get_env() if hasattr(self.agent, "get_env") else None
        if env is None:
            raise BadOption(
                f"{type(self.agent).__name__} without an environment",
                where="PreferenceLearning",
                expected="an agent that has one",
                mend="agent.set_env(env)",
            )
        found, self._driver = driving(env, self.reward_model)
        if found is None:
            found = Remembering(reward=self.reward_model, before=self.before, capacity=self.capacity)
            self.agent.set_env(paid(env, found, bare=hasattr(self.agent, "stream")))
            if hasattr(env, "seed") and self.agent.seed is not None:
                self.agent.get_env().seed(
                    self.agent.seed
                )  # what the agent had told the environment that it was made in
            _, self._driver = driving(self.agent.get_env(), self.reward_model)
        if hasattr(self.agent, "replay") and getattr(self.agent, "reward", None) is None:
            self.agent.reward = found.facing()  # of ours: steps are paid when they are drawn
        found.awake = bool(self.history)
        return found

    def _relabel(self) -> None:
        buffer = getattr(self.agent, "replay_buffer", None)
        if buffer is None or hasattr(self.agent, "replay"):
            return
        from rewardlab.rewards.drivers.replay import HindsightPaid, relabel_replay

        if not isinstance(buffer, HindsightPaid):
            relabel_replay(self.agent, self.remembering.facing())

    # -- the rounds -----------------------------------------------------------------------------------------------

    def learn(
        self,
        total_timesteps: int,
        *,
        progress_bar: bool = False,
        folder: str | Path | None = None,
        write: Writer | None = None,
        read: Reader | None = None,
    ) -> Self:
        """All rounds: so many steps in all, and the labels on the way.

        Args:
            total_timesteps: of the agent, over all rows; each stretch is at least one rollout long.
            progress_bar: show steps, labels and how well the model foretells what it has not seen.
            folder: where a run is kept after each round. What is found there goes on: a run that was killed is
                repeated with the same command and loses at most one round.
            write: `(agent, path)`, writes all that the agent's run depends on; for deep agents of rewardlab
                `agents.save_run`, with which a resumed run equals one that was never stopped.
            read: `(agent, path)`, what `write` wrote, into the agent.

        Raises:
            BadOption: for fewer steps than rounds, or a folder without `write` and `read`.
            BadCheckpoint: for a folder of another run.
        """
        if total_timesteps <= self.rounds:
            raise BadOption(
                f"total_timesteps={total_timesteps!r}", where="PreferenceLearning", expected=f"more than {self.rounds}"
            )
        if folder is not None and (write is None or read is None):
            raise BadOption(
                "a folder without write= and read=",
                where="PreferenceLearning",
                expected="how to keep the agent",
                mend="write=rewardlab.agents.save_run, read=rewardlab.agents.resume_run",
            )
        kept = None if folder is None else Path(folder)
        if kept is not None and read is not None:
            self._resume(kept, read)
        edges = total_timesteps * (self.first + (1 - self.first) * np.arange(self.rounds + 1) / self.rounds)
        with tqdm(
            total=total_timesteps, unit="step", disable=not progress_bar, file=sys.stderr, dynamic_ncols=True
        ) as bar:
            bar.update(min(self._steps, total_timesteps))
            if not self.history:
                self._train(int(edges[0]), bar)
            for k in range(len(self.history), self.rounds):
                self.round(int(self.counts[k]))
                bar.set_postfix(self._shown(), refresh=False)
                self._train(int(edges[k + 1]), bar)
                if kept is not None and write is not None:
                    self._keep(kept, write)
        return self

    @property
    def _steps(self) -> int:
        return int(self.agent.num_timesteps)

    def _train(self, until: int, bar: Any) -> None:
        """Let the agent learn until it has taken so many steps."""
        left = until - self._steps
        if left <= 0:
            return
        begun = self._steps > 0
        callback = None if bar.disable else _moving(bar)
        deep = hasattr(self.agent, "policy")  # of Stable-Baselines3's kind: it counts from 0 unless it is told not to
        more = {"reset_num_timesteps": not begun} if deep else {}
        self.agent.learn(left, callback=callback, **more)

    def round(self, labels: int) -> dict[str, float]:
        """Ask for so many labels on what was remembered, fit, and pay anew what the agent keeps.

        Returns:
            "steps", "asked", "answered", and the last line of the fit's log.
        """
        log: dict[str, float] = {"steps": float(self._steps), "asked": float(labels), "answered": 0.0}
        if labels:
            self._driver.hand_over()
            pairs = self.queries(self.remembering.episodes(self.recent), self.reward_model, labels, self._rng)
            judged = pairs.paying(pairs.reward, label=self.teacher(pairs))
            answer = array(judged.info["label"]).astype(np.float64)
            judged = _without_film(judged.rows(np.flatnonzero(np.isfinite(answer))))
            log |= {"asked": float(len(pairs)), "answered": float(len(judged))}
            self.comparisons = judged if self.comparisons is None else Transitions.concat([self.comparisons, judged])
        if self.comparisons is not None and len(self.comparisons):
            fitted = self.reward_model.fit(self.comparisons, epochs=self.epochs)
            log |= fitted[-1] if fitted else {}
            self.remembering.awake = True
            self._relabel()
        self.history.append(log)
        return log

    def _shown(self) -> dict[str, str]:
        answered = sum(r["answered"] for r in self.history)
        held = self.history[-1].get("held_out", float("nan"))
        return {"labels": f"{answered:.0f}/{self.labels}", "held_out": f"{held:.2f}"}

    # -- keeping a run --------------------------------------------------------------------------------------------

    def _keep(self, folder: Path, write: Writer) -> None:
        """The agent first, under a name of its own; then the state that names it; then what went before goes."""
        make_folder(folder)
        name = f"round-{len(self.history):04d}.agent"
        write(self.agent, folder / name)
        state = {
            "history": self.history,
            "comparisons": None if self.comparisons is None else pack(vars(self.comparisons)),
            "remembering": _plain(self.remembering.state_dict()),
            "teacher": _state(self.teacher),
            "queries": _state(self.queries),
            "rng": self._rng.bit_generator.state,
        }
        checkpoint.save(folder / "learning", KIND, {"agent": name, **self._about()}, state)
        for old in folder.glob("round-*.agent"):
            if old.name != name:
                old.unlink()

    def _resume(self, folder: Path, read: Reader) -> None:
        if not (folder / "learning").exists():
            return
        meta, state = checkpoint.load(folder / "learning", KIND)
        about = {k: v for k, v in meta.items() if k != "agent"}
        if about != self._about():
            raise BadCheckpoint(
                f"a run with {about}", where=str(folder), expected=f"{self._about()}", mend="take another folder"
            )
        read(self.agent, folder / meta["agent"])
        self.history = [dict(r) for r in state["history"]]
        packed = state["comparisons"]
        self.comparisons = None if packed is None else Transitions(**unpack(packed))
        self.remembering.load_state_dict(_unplain(state["remembering"]))
        learners: list[tuple[Any, Any]] = [(self.teacher, state["teacher"]), (self.queries, state["queries"])]
        for what, held in learners:
            if held:
                what.load_state_dict(held)
        self._rng.bit_generator.state = state["rng"]

    def _about(self) -> dict[str, Any]:
        return {"labels": self.labels, "rounds": self.rounds, "agent class": type(self.agent).__name__}


def _moving(bar: Any) -> Any:
    """A callback that moves a bar with the agent's steps."""
    from stable_baselines3.common.callbacks import BaseCallback

    class Moving(BaseCallback):
        def _on_step(self) -> bool:
            bar.update(max(0, self.num_timesteps - bar.n))
            return True

    return Moving()


def _without_film(pairs: Transitions) -> Transitions:
    """Pictures are for people: no model learns from them, and they would fill the memory."""
    return replace(pairs, info={k: v for k, v in pairs.info.items() if k != "frame"})


def _state(x: Any) -> Any:
    return x.state_dict() if hasattr(x, "state_dict") else {}


def _plain(state: Mapping[str, Any]) -> dict[str, Any]:
    return {**state, "held": {k: pack(v) for k, v in state["held"].items()}}


def _unplain(state: Mapping[str, Any]) -> dict[str, Any]:
    return {**state, "held": {k: unpack(v) for k, v in state["held"].items()}}
