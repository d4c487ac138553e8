"""Chat messages, as language models take them: {"role": "user" | "assistant" | "tool", "content": ...}."""

import contextlib
import json
from collections.abc import Mapping
from typing import Any


def text_of(message: Mapping[str, Any]) -> str:
    """What a message says: its content, or the texts of its content's parts, joined; "" if it says nothing."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text") or "") for part in content or () if isinstance(part, Mapping))


def said_in(message: Mapping[str, Any]) -> str:
    """What a message of the assistant says, its calls of tools written out behind its text.

    Each call becomes <tool_call>{"name": ..., "arguments": {...}}</tool_call>; arguments that came as text are read.
    """
    calls = []
    for call in message.get("tool_calls") or ():
        function = call.get("function", call)
        arguments = function.get("arguments") or {}
        if isinstance(arguments, str):
            with contextlib.suppress(ValueError):  # the tools say what is wrong with it
                arguments = json.loads(arguments)
        written = json.dumps({"name": function.get("name", ""), "arguments": arguments}, ensure_ascii=False)
        calls.append(f"<tool_call>{written}</tool_call>")
    return "\n".join(x for x in (text_of(message), *calls) if x)
