"""A plain Python function as a tool."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rewardlab.envs.text.tools.parameters import takes_session
from rewardlab.envs.text.tools.tool import Session, Tool


@dataclass
class Function(Tool):
    """A plain Python function as a tool.

    Its name and the first line of its docstring are the tool's; what it returns is shown by `str`. It runs in this
    process, as trusted as any code of yours. A first parameter annotated `Session` is given the session.

    Args:
        function: with typed parameters.

    Raises:
        BadOption: when it is described, if a parameter has no type that a call can carry.
    """

    function: Callable[..., Any]

    def __post_init__(self) -> None:
        self.name = getattr(self.function, "__name__", "")  # type: ignore[misc]

    def use(self, session: Session, *args: Any, **kwargs: Any) -> str:
        """Call it."""
        given = (session,) if takes_session(self.function) else ()
        return str(self.function(*given, *args, **kwargs))

    def target(self) -> Callable[..., Any]:
        return self.function

    def description(self) -> str:
        return (inspect.getdoc(self.function) or "").partition("\n")[0].strip()
