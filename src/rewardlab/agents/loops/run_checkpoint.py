"""Checkpoints while an agent learns, and the same command again after a kill."""

import re
import signal
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from rewardlab.agents.loops.runs import KIND, resume_run, save_run
from rewardlab.core import checkpoint
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.files import make_folder

NAME = re.compile(r"run-(\d{12})\.ckpt")
EXIT = {signal.SIGTERM: 143, signal.SIGINT: 130}


class RunCheckpoint(BaseCallback):
    """Writes the whole run every so many steps, where a rollout begins, and keeps the last few files.

    SIGTERM and SIGINT are answered where the next rollout begins: with a last checkpoint and the exit codes 143 and
    130. A second signal does at once what it does otherwise.

    Args:
        path: a folder of its own.
        every: steps between two files, at least 1; written at the first rollout that begins after them.
        keep: files to keep, at least 1.
        fresh_episodes: as in `save_run`.

    Raises:
        BadOption: for a number below 1.
        BadStore: if the folder cannot be written.
    """

    def __init__(self, path: str | Path, every: int, keep: int = 3, *, fresh_episodes: bool = False) -> None:
        super().__init__()
        for name, value in (("every", every), ("keep", keep)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise BadOption(f"{name}={value!r}", where="RunCheckpoint", expected="an integer of at least 1")
        self.path, self.every, self.keep, self.fresh_episodes = Path(path), every, keep, fresh_episodes
        self._last = 0
        self._stopped: int | None = None
        self._before: dict[int, Any] = {}

    def _on_training_start(self) -> None:
        make_folder(self.path)
        for left in self.path.glob(".run-*.tmp"):  # of a writer that was killed
            with suppress(OSError):
                left.unlink()
        self._last, self._stopped = self.model.num_timesteps, None
        if threading.current_thread() is threading.main_thread():
            self._before = {s: signal.signal(s, self._stop) for s in EXIT}

    def _stop(self, number: int, frame: Any) -> None:
        self._stopped = number
        self._give_back()

    def _give_back(self) -> None:
        """The signals to those who had them before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _on_rollout_start(self) -> None:
        steps = self.model.num_timesteps
        due = steps - self._last >= self.every
        if due or (self._stopped is not None and steps > self._last):
            self._write()
        if self._stopped is not None:
            raise SystemExit(EXIT[signal.Signals(self._stopped)])

    def _on_step(self) -> bool:
        return True

    def _on_training_end(self) -> None:
        self._give_back()
        if self.model.num_timesteps > self._last:
            self._write()
        if self._stopped is not None:
            raise SystemExit(EXIT[signal.Signals(self._stopped)])

    def _write(self) -> None:
        self._last = self.model.num_timesteps
        file = self.path / f"run-{self._last:012d}.ckpt"
        save_run(self.model, file, fresh_episodes=self.fresh_episodes)
        self.model._last_good = str(file)  # type: ignore[attr-defined]
        for old in _files(self.path)[self.keep :]:
            with suppress(OSError):
                old.unlink()


def last_good(path: str | Path) -> Path | None:
    """The newest file of a `RunCheckpoint` that is whole, with a warning for each that is not; None for none."""
    for file in _files(Path(path)):
        try:
            checkpoint.load(file, KIND)
        except BadCheckpoint as e:
            warnings.warn(f"{e}; the one before it is taken", stacklevel=2)
            continue
        return file
    return None


def continue_run(
    make: Callable[[], Any],
    total_timesteps: int,
    path: str | Path,
    *,
    every: int,
    keep: int = 3,
    callback: Any = None,
    fresh_episodes: bool = False,
    **learn: Any,
) -> Any:
    """Learn up to `total_timesteps`, from the last good checkpoint where there is one: the same call after every kill.

    Args:
        make: makes the agent, the same at every call.
        total_timesteps: where the run ends.
        path: the folder of the checkpoints.
        every: steps between two of them.
        keep: how many are kept.
        callback: further callbacks; they begin anew.
        fresh_episodes: as in `save_run`.
        **learn: further arguments of `learn`.

    Returns:
        The agent.

    Raises:
        BadCheckpoint: if there are files and none of them is good, or they are another agent's.
    """
    agent, found = make(), last_good(path)
    if found is None and _files(Path(path)):
        raise BadCheckpoint("no checkpoint here is whole", where=str(path), mend="empty the folder to begin anew")
    if found is not None:
        agent = resume_run(agent, found, fresh_episodes=fresh_episodes)
    left = total_timesteps - agent.num_timesteps
    if left > 0:
        writer = RunCheckpoint(path, every, keep, fresh_episodes=fresh_episodes)
        others = [] if callback is None else list(callback) if isinstance(callback, (list, tuple)) else [callback]
        agent.learn(left, callback=[writer, *others], reset_num_timesteps=found is None, **learn)
    return agent


def _files(folder: Path) -> list[Path]:
    """The checkpoints of a folder, the newest first."""
    return sorted((p for p in folder.glob("run-*.ckpt") if NAME.fullmatch(p.name)), reverse=True)
