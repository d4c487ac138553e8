"""Keys and values: notes that the agent keeps during a conversation, and a store that it may only read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rewardlab.core.errors import nearest
from rewardlab.envs.text.tools.tool import Session, Tool, ToolError, shown

LONGEST_KEY = 100
LISTED = 50  # keys of one answer


@dataclass
class KeyValue(Tool):
    """Keep notes: set, get and delete values by key, list the keys.

    Its memory is a dict of texts.

    Args:
        keys: how many there may be.
        characters: of one value, at most.
    """

    keys: int = 100
    characters: int = 2000

    name = "notes"

    def use(
        self, session: Session, action: Literal["get", "set", "delete", "list"], key: str = "", value: str | None = None
    ) -> str:
        """Do one thing.

        Args:
            action: what to do
            key: of the note; for list, only keys that begin like it
            value: for set
        """
        held: dict[str, str] = session.memory or {}
        if action == "list":
            return listed(held, key)
        if not key or len(key) > LONGEST_KEY:
            raise ToolError(f"{action} needs a key of 1 to {LONGEST_KEY} characters")
        if action == "set":
            if value is None:
                raise ToolError("set needs a value")
            if len(value) > self.characters:
                raise ToolError(f"the value has {len(value)} characters; at most {self.characters} are allowed")
            if key not in held and len(held) >= self.keys:
                raise ToolError(f"there are {len(held)} keys already, and no room for more: delete one")
            session.memory = {**held, key: value}
            return "done"
        if action == "get":
            return found(held, key)
        found(held, key)
        session.memory = {k: v for k, v in held.items() if k != key}
        return "done"


def _itself(data: Any) -> Mapping[str, Any]:
    return data


@dataclass
class Lookup(Tool):
    """Look up the value of a key; a key that ends in * lists the keys that begin so.

    Args:
        store: what of the task's data is the store; by default the data is one.
    """

    store: Callable[[Any], Mapping[str, Any]] = _itself

    name = "lookup"

    def use(self, session: Session, key: str) -> str:
        """One value.

        Args:
            key: as it is spelled in the store
        """
        held = self.store(session.data)
        return listed(held, key[:-1]) if key.endswith("*") else found(held, key)


def found(held: Mapping[str, Any], key: str) -> str:
    """The value of a key, as text.

    Raises:
        ToolError: naming the nearest keys, if there is none.
    """
    if key not in held:
        hint = nearest(key[:64], held) if held else "there are none yet"
        raise ToolError(f"no key '{shown(key, 40)}'; {hint}")
    return str(held[key])


def listed(held: Mapping[str, Any], beginning: str) -> str:
    """The keys that begin so, in their order of spelling."""
    names = sorted(k for k in held if k.startswith(beginning))
    more = f"\n... and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return "\n".join(names[:LISTED]) + more if names else "no keys"
