"""A dialogue as an environment of TRL: its tools are methods, and `say` speaks to the partner.

TRL makes one object for each completion, calls `reset` with the row of the data set, shows the methods to the model as
tools, and calls those that the model calls. What the model says without a call ends its completion; the reward function
`trl_environment_reward` hears it as the last message, and pays what the whole conversation earned.
"""

import inspect
import json
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

from rewardlab.core.chat import text_of
from rewardlab.core.errors import BadOption, ResetNeeded
from rewardlab.envs.text.exports.sheet import begin, dialogue, paid, toolbox
from rewardlab.envs.text.exports.trl_rows import added, log
from rewardlab.envs.text.tools.calls import CLOSE, OPEN
from rewardlab.envs.text.tools.parameters import Parameter, parameters
from rewardlab.envs.text.tools.tool import Tool
from rewardlab.envs.text.transcripts import messages

OVER = "The conversation is over."
TYPES: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool}


class TrlDialogue:
    """One conversation; `trl_environment` makes the class of a task. Every public method is a tool for the model.

    Attributes:
        task: the id.
        parameters: of its rules.
        reward: earned so far.
        parts: of it, by name.
        done: the conversation is over.
        success: the task is done.
    """

    task: ClassVar[str]
    parameters: ClassVar[dict[str, Any]]

    def __init__(self) -> None:
        self._env, self._rules = dialogue(self.task, **self.parameters)
        self._forget()

    def reset(self, seed: int | None = None, prompt: Any = None, **row: Any) -> str | None:
        """Begin the conversation of a row.

        Args:
            seed: of the task.
            prompt: chat messages.
            **row: other columns, which are not read.

        Returns:
            The partner's first message, or None where the prompt ends with it already.

        Raises:
            BadOption: for a row without a seed: completions of one prompt must have one task.
        """
        if seed is None:
            raise BadOption(
                "a row without a seed",
                where=self.task,
                expected="the column seed in the data set",
                mend=f"Dataset.from_list(trl_rows({self.task!r}, 1000))",
            )
        begin(self._env, int(seed))
        self._forget()
        self.done = False
        first = messages(self._env)[0]["content"]
        return None if prompt and text_of(prompt[-1]).endswith(first) else first

    def _forget(self) -> None:
        self.reward, self.parts = 0.0, dict[str, float]()
        self.success, self.done = False, True

    def _play(self, said: str) -> str:
        """The reply to a message."""
        if self.done:
            raise ResetNeeded(OVER)
        _, reward, terminated, truncated, info = self._env.step(self._rules.fit(said))
        self.reward += float(reward)
        self.parts = added(self.parts, paid(float(reward), info))
        self.success, self.done = bool(info.get("success", False)), bool(terminated or truncated)
        return messages(self._env)[-1]["content"] or (OVER if self.done else "")

    def _end(self, completion: Any) -> None:
        """Hear what was said last without a call, if the conversation still goes on."""
        last = completion[-1] if completion and not isinstance(completion, str) else {}
        text = completion if isinstance(completion, str) else text_of(last)
        spoken = isinstance(completion, str) or (last.get("role") == "assistant" and not last.get("tool_calls"))
        if spoken and text and not self.done:
            self._play(text)
        self.done = True


def trl_environment(task: str, **parameters: Any) -> type[TrlDialogue]:
    """The class for `GRPOTrainer(environment_factory=...)`; its data set is that of `trl_rows`.

    Methods are the task's tools, with typed signatures and docstrings from which TRL makes the schemas, and
    `say(message)`. A call after the end raises, which TRL shows to the model as an error.

    Args:
        task: an id of a dialogue in text.
        **parameters: of its rules.

    Raises:
        BadOption: for what is no dialogue, and for a tool whose name an environment needs for itself.
    """
    env, rules = dialogue(task, **parameters)
    env.close()
    tools = toolbox(rules).tools
    for tool in tools:
        if tool.name in ("say", "reset", "get_reward") or tool.name.startswith("_"):
            raise BadOption(f"a tool named {tool.name!r}", where=task, expected="another name: this one is taken")
    about = "; ".join(f"{k}: {v}" for k, v in rules.card().action.items())
    return type(
        "".join(c for c in task.rpartition("/")[2] if c.isalnum()),
        (TrlDialogue,),
        {
            "__doc__": rules.card().summary,
            "__module__": __name__,
            "task": task,
            "parameters": parameters,
            "say": _say(about),
            **{tool.name: _method(tool) for tool in tools},
        },
    )


def trl_environment_reward(
    prompts: Sequence[Any],
    completions: Sequence[Any],
    completion_ids: Any = None,
    environments: Sequence[Any] | None = None,
    log_metric: Callable[[str, float], None] | None = None,
    **columns: Any,
) -> list[float]:
    """What each conversation earned: the reward function that goes with `trl_environment`.

    What a completion says after its last call is heard as its last message. Parts are logged as `reward/NAME`, and the
    share of successes as `success`.

    Args:
        prompts: B of them.
        completions: B lists of chat messages.
        completion_ids: not read.
        environments: B environments, which TRL gives.
        log_metric: TRL's.
        **columns: not read.

    Raises:
        BadOption: without environments of ours.
    """
    if environments is None or any(not isinstance(e, TrlDialogue) for e in environments):
        raise BadOption(
            "no dialogues among the environments",
            where="trl_environment_reward",
            expected="a trainer with an environment_factory",
            mend="GRPOTrainer(environment_factory=trl_environment(TASK), reward_funcs=trl_environment_reward)",
        )
    for environment, completion in zip(environments, completions, strict=True):
        environment._end(completion)
    log(log_metric, [(e.parts, e.success) for e in environments])
    return [e.reward for e in environments]


def _say(about: str) -> Callable[..., str]:
    def say(self: TrlDialogue, message: str) -> str:
        return self._play(message)

    return _dressed(say, "Say something to your partner.", [Parameter("message", "string", True, None, about)])


def _method(tool: Tool) -> Callable[..., str]:
    """A method that calls a tool as a message would."""
    known = parameters(tool)
    names = [p.name for p in known]

    def call(self: TrlDialogue, *args: Any, **arguments: Any) -> str:
        given = {**dict(zip(names, args, strict=False)), **arguments}
        return self._play(OPEN + json.dumps({"name": tool.name, "arguments": given}) + CLOSE)

    call.__name__ = tool.name
    return _dressed(call, tool.description(), known)


def _dressed(method: Any, about: str, known: Sequence[Parameter]) -> Any:
    """A method with the signature, the annotations and the docstring of a tool."""
    hints = {p.name: _hint(p) for p in known}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    given = [inspect.Parameter("self", kind)]
    for p in known:
        default = inspect.Parameter.empty if p.required else p.default
        given.append(inspect.Parameter(p.name, kind, default=default, annotation=hints[p.name]))
    method.__qualname__ = method.__name__
    method.__signature__ = inspect.Signature(given, return_annotation=str)
    method.__annotations__ = {**hints, "return": str}
    lines = [f"    {p.name}: {' '.join((p.about or p.name).split())}" for p in known]
    told = ["", "Args:", *lines] if lines else []
    method.__doc__ = "\n".join([about, *told, "", "Returns:", "    The answer."])
    return method


def _hint(p: Parameter) -> Any:
    """The type of an argument."""
    hint = Literal[p.choices] if p.choices else TYPES[p.kind]  # type: ignore[valid-type]
    return hint | None if not p.required and p.default is None else hint
