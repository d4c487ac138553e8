"""What a callback of Stable-Baselines3 finds in `locals`: made when it is asked for, and not before."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any


class Locals(dict[str, Any]):
    """A dict whose values may be recipes: called at the first look in a step, kept until the next step.

    Callbacks that read nothing cost nothing; one that reads `infos` pays for the dicts of that step alone.
    """

    def __init__(self, fixed: Mapping[str, Any]) -> None:
        super().__init__(fixed)
        self._recipes: dict[str, Callable[[], Any]] = {}

    def now(self, **recipes: Callable[[], Any]) -> None:
        """A new step: these are the recipes, and what the last step's made is forgotten."""
        for name in self._recipes:
            super().pop(name, None)
        self._recipes = recipes

    def __missing__(self, name: str) -> Any:
        self[name] = value = self._recipes[name]()
        return value

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._recipes

    def get(self, name: str, default: Any = None) -> Any:
        """The value of `name`, or `default`."""
        try:
            return self[name]
        except KeyError:
            return default

    def __iter__(self) -> Iterator[str]:
        return iter([*super().__iter__(), *(k for k in self._recipes if not super(Locals, self).__contains__(k))])

    def keys(self) -> Any:
        """All names, made or not."""
        return list(self)

    def items(self) -> Any:
        """All names and values; makes what was not made."""
        return [(k, self[k]) for k in self]
