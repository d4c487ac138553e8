"""Dialogues for verifiers, by their ids: the taskset of a task, and the configuration of what plays it."""

from typing import Any

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.exports.sheet import dialogue


def verifiers_config(task: str, *, count: int = 1000, seed: int = 0, **parameters: Any) -> Any:
    """The configuration of environment and taskset, for `vf.load_environment` and `EvalConfig(env=...)`.

    Args:
        task: an id of a dialogue in text.
        count: of seeds, at least 1.
        seed: the first of them.
        **parameters: of its rules; split="test" gives tasks that training never sees.

    Returns:
        A `DialogueEnvConfig`; its `player` is the seat of the model.

    Raises:
        BadOption: without verifiers, for what is no dialogue, and for a count below 1.
    """
    if count < 1:
        raise BadOption(f"count={count!r}", where="verifiers_config", expected="at least 1")
    dialogue(task, **parameters)[0].close()
    from rewardlab.envs.text.exports import verified

    verified.named()
    taskset = verified.DialogueConfig(id=verified.ID, dialogue=task, parameters=parameters, seed=seed, count=count)
    return verified.DialogueEnvConfig(taskset=taskset)


def verifiers_taskset(task: str, *, count: int = 1000, seed: int = 0, **parameters: Any) -> Any:
    """The tasks of a dialogue, a `vf.Taskset`; arguments and mistakes are those of `verifiers_config`."""
    config = verifiers_config(task, count=count, seed=seed, **parameters)
    from rewardlab.envs.text.exports.verified import DialogueTaskset

    return DialogueTaskset(config.taskset)
