"""What a loop calls after each step: a function, or a callback of Stable-Baselines3; and its progress bar."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, runtime_checkable

from rewardlab.agents.loops.rollout import Step
from rewardlab.core.errors import BadOption


@runtime_checkable
class Events(Protocol):
    """The shape of Stable-Baselines3's callbacks, as far as a loop calls them."""

    def init_callback(self, model: Any) -> None:
        """Once, with the agent."""
        ...

    def on_training_start(self, locals_: dict[str, Any], globals_: dict[str, Any]) -> None:
        """Before the first step."""
        ...

    def update_locals(self, locals_: dict[str, Any]) -> None:
        """Before each `on_step`."""
        ...

    def on_step(self) -> bool:
        """After each step; False ends training."""
        ...

    def on_training_end(self) -> None:
        """After the last step."""
        ...


Callback = Callable[[dict[str, Any]], bool | None] | Events


def listen(
    callback: Callback | None, agent: Any, total: int
) -> tuple[Callable[[dict[str, Any]], bool | None] | None, Callable[[], None]]:
    """What to call after each step (None: nothing) and what at the end.

    Raises:
        BadOption: for something that cannot be called.
    """
    if isinstance(callback, Events):
        events = callback
        events.init_callback(agent)
        events.on_training_start({"self": agent, "total_timesteps": total}, {})

        def call(now: dict[str, Any]) -> bool:
            events.update_locals(now)
            return events.on_step()

        return call, events.on_training_end
    if callback is not None and not callable(callback):
        raise BadOption(
            f"callback={type(callback).__name__}",
            where=type(agent).__name__,
            expected="a function of one dict, or a callback of Stable-Baselines3",
            mend="CallbackList([...]) for several",
        )
    return callback, lambda: None


def told(agent: Any, step: Step, total: int) -> dict[str, Any]:
    """What a callback is given after a step."""
    return {
        "self": agent,
        "step": step,
        "obs": step.obs,
        "actions": step.action,
        "rewards": step.reward,
        "new_obs": step.shown,
        "dones": step.done,
        "info": step.info,
        "total_timesteps": total,
    }


def progress(wanted: bool, total: int) -> AbstractContextManager[Any]:
    """A progress bar of `total` transitions, or None in its place."""
    if not wanted:
        return nullcontext()
    from tqdm import tqdm

    return tqdm(total=total, unit="step")
