"""The answer to a call: the tool's, or what is wrong, always short and always printable."""

from collections.abc import Iterable, Mapping
from typing import Any

from rewardlab.core.errors import RewardlabError, SandboxUnavailable
from rewardlab.envs.text.tools.calls import Call
from rewardlab.envs.text.tools.parameters import fitted
from rewardlab.envs.text.tools.tool import OUTPUT, Session, Tool, ToolError, shown


def answer(tool: Tool, session: Session, arguments: Mapping[str, Any], *, output: int = OUTPUT) -> str:
    """What a tool says to a call: at most `output` characters, all visible. Never raises for what the call does.

    Raises:
        SandboxUnavailable: if a wall is missing on this machine, which is no fault of the agent: nothing was run.
    """
    before = session.memory
    try:
        return shown(str(tool.use(session, **fitted(tool, arguments))), output)
    except SandboxUnavailable:
        raise
    except Exception as e:
        session.memory = before
        return shown(f"error: {_reason(e)}", output)


def _reason(error: Exception) -> str:
    """Errors of values speak for themselves; others may name paths of this machine, and are only named."""
    if isinstance(error, RewardlabError):
        return error.what
    if isinstance(error, ToolError):
        return str(error)
    speaking = isinstance(error, (ArithmeticError, LookupError, TypeError, ValueError)) and str(error)
    return f"{type(error).__name__}: {error}" if speaking else type(error).__name__


def respond(call: Call, tools: Iterable[Tool], session: Session, *, output: int = OUTPUT) -> str:
    """The answer to a call that `read` gave, from the tool of its name."""
    tool = next(t for t in tools if t.name == call.name)
    return answer(tool, session, call.arguments, output=output)
