"""Dialogues of P tasks, G copies each, played by a token policy: in step, or without waiting for one another.

    in step:  Σ_t max_i l_it        without waiting:  max_i Σ_t l_it        for tools that take l_it seconds

Both give the same tokens for the same seeds, as each row has its own environment and its own noise.

Source: Jiang et al., "VerlTool: Towards Holistic Agentic Reinforcement Learning with Tool Use", 2025, Section 3
(tokens of the partner are masked; trajectories do not wait for one another).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import Any

import gymnasium as gym
from gymnasium import spaces

from rewardlab.agents.loops.tokens.checks import counts
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.loops.tokens.rollouts import Rollouts, gathered
from rewardlab.agents.loops.tokens.row import Row, fitted
from rewardlab.core.errors import BadOption, BadSpace
from rewardlab.core.nets import child_seed


@dataclass(frozen=True)
class Play:
    """How dialogues are played.

    Args:
        turns: answers of a dialogue, at most.
        max_tokens: of one answer.
        temperature, top_p: of sampling; see `TokenPolicy.generate`.
        fit: makes an action of any text; None for `fitted`: foreign characters escaped, cut to the space's length.
        workers: threads in which environments step; 0 for this one.
    """

    turns: int = 8
    max_tokens: int = 64
    temperature: float = 1.0
    top_p: float = 1.0
    fit: Callable[[str], str] | None = None
    workers: int = 0

    def __post_init__(self) -> None:
        counts("Play", turns=self.turns)
        counts("Play", workers=self.workers, least=0)

    def sample(self, policy: TokenPolicy, rows: Sequence[Row]) -> None:
        """The next answer of each row; the policy reads what is new in it since its last one."""
        read = [row.read for row in rows]
        for row in rows:
            row.read = None
        made = policy.generate(
            [row.prompt() for row in rows],
            max_tokens=self.max_tokens,
            seeds=[row.noise for row in rows],
            drawn=[row.drawn for row in rows],
            temperature=self.temperature,
            top_p=self.top_p,
            read=read,
        )
        for row, (tokens, logp), now in zip(rows, made.rows(), made.read, strict=True):
            row.speak(tokens, logp)
            row.read = now


def synchronous(
    policy: TokenPolicy, envs: Sequence[gym.Env], seeds: Sequence[int], play: Play, *, seed: int = 0
) -> Rollouts:
    """All dialogues take each turn together.

    Args:
        policy: who speaks.
        envs: P·G environments with texts as actions, the G copies of a task one after the other.
        seeds: [P], each of G copies.
        play: the limits.
        seed: of the policy's noise.

    Raises:
        BadOption: for numbers that do not fit each other or the policy.
        BadSpace: for environments without texts.
    """
    rows = _rows(policy, envs, seeds, play, seed)
    if play.workers:
        with ThreadPoolExecutor(play.workers) as pool:
            return _in_step(policy, rows, play, lambda rows, f: list(pool.map(f, rows)), seeds)
    return _in_step(policy, rows, play, lambda rows, f: list(map(f, rows)), seeds)


def _in_step(policy: TokenPolicy, rows: list[Row], play: Play, each: Callable[..., Any], seeds: Any) -> Rollouts:
    each(rows, Row.start)
    while live := [row for row in rows if not row.over]:
        play.sample(policy, live)
        each(live, Row.step)
    return gathered(rows, seeds, policy)


def asynchronous(
    policy: TokenPolicy, envs: Sequence[gym.Env], seeds: Sequence[int], play: Play, *, seed: int = 0
) -> Rollouts:
    """Whoever has been answered speaks next: a slow tool holds up its own dialogue alone.

    Environments step in `play.workers` threads, as many as there are rows if it is 0. Arguments, errors and result are
    those of `synchronous`.
    """
    rows = _rows(policy, envs, seeds, play, seed)
    with ThreadPoolExecutor(play.workers or len(rows)) as pool:
        running: set[Future[Row]] = {pool.submit(_started, row) for row in rows}
        try:
            while running:
                answered, running = wait(running, return_when=FIRST_COMPLETED)
                # in the order of the rows, so that a batch does not depend on which thread was first
                ready = sorted((f.result() for f in answered), key=lambda r: r.noise)
                live = [row for row in ready if not row.over]
                if live:
                    play.sample(policy, live)
                    running |= {pool.submit(row.step) for row in live}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return gathered(rows, seeds, policy)


def _started(row: Row) -> Row:
    row.start()
    return row


def _rows(policy: TokenPolicy, envs: Sequence[gym.Env], seeds: Sequence[int], play: Play, seed: int) -> list[Row]:
    copies = len(envs) // max(1, len(seeds))
    if not len(seeds) or not copies or copies * len(seeds) != len(envs):
        raise BadOption(f"{len(envs)} environments for {len(seeds)} seeds", where="dialogues", expected="P·G for P")
    policy.check(max_tokens=play.max_tokens, temperature=play.temperature, top_p=play.top_p)
    frame = len(policy.vocabulary.opening()) + len(policy.vocabulary.begin())
    if policy.context - play.max_tokens <= frame:
        raise BadOption(
            f"max_tokens={play.max_tokens}", where="dialogues", expected=f"less than {policy.context - frame}"
        )
    rows = []
    for i, env in enumerate(envs):
        space = env.action_space
        if not isinstance(space, spaces.Text):
            raise BadSpace(f"actions in {space}", where="dialogues", expected="Text")
        fit = play.fit or partial(fitted, space=space)
        p, g = divmod(i, copies)
        noise = child_seed(seed, int(seeds[p]), g)
        limits = (play.turns, play.max_tokens, policy.context)
        rows.append(Row(env, int(seeds[p]), noise, policy.vocabulary, *limits, fit))
    return rows
