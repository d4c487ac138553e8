"""Lazy tables of contents: a package names its members once, and each is imported when it is first used.

`import rewardlab` must stay cheap although the package holds hundreds of methods, some of which need torch or MuJoCo.
A package writes its members as ordinary imports under `if TYPE_CHECKING:`, where every tool understands them, and sets
`__getattr__ = lazy(__name__)`. Then `dir` and the tab key show them, and its subpackages, before anything is imported.
"""

import ast
import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from rewardlab.core.errors import nearest


def contents(path: str | Path) -> dict[str, str]:
    """Public name -> module, read from the `if TYPE_CHECKING:` block of a package's `__init__.py`."""
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    blocks = [n for n in tree.body if isinstance(n, ast.If) and getattr(n.test, "id", "") == "TYPE_CHECKING"]
    imports = [n for block in blocks for n in block.body if isinstance(n, ast.ImportFrom) and n.module]
    return {a.asname or a.name: str(n.module) for n in imports for a in n.names}


def lazy(package: str) -> Callable[[str], Any]:
    """The `__getattr__` of `package`: imports the module that defines a name when the name is first asked for.

    Also gives the package its `__dir__`: members, subpackages, and what is defined in it.
    """
    module = sys.modules[package]
    table: dict[str, str] = {}

    def members() -> dict[str, str]:
        if not table:
            table.update(contents(str(module.__file__)))
            module.__dict__["__all__"] = sorted(table)
        return table

    def __dir__() -> list[str]:
        own = {k for k, v in vars(module).items() if k.startswith("__") or getattr(v, "__module__", "") == package}
        return sorted({*own, *members(), *_subpackages(module)})

    def __getattr__(name: str) -> Any:
        if name == "__all__":
            return sorted(members())
        if name in members():
            value = _imported(table[name], name, of=package)
        elif name in _subpackages(module):
            value = importlib.import_module(f"{package}.{name}")
        else:
            raise AttributeError(f"{package} has no {name!r}: {nearest(name, table)}")
        module.__dict__[name] = value
        return value

    class Contents(type(module)):  # type: ignore[misc]
        """A package in which a member is found although a file is called like it."""

        def __setattr__(self, name: str, value: Any) -> None:
            # The import system hangs `starc.py` into its package under the name of the function that it defines.
            if not (isinstance(value, ModuleType) and members().get(name) == value.__name__):
                super().__setattr__(name, value)

    module.__dict__["__dir__"] = __dir__
    module.__class__ = Contents
    return __getattr__


def _subpackages(module: Any) -> list[str]:
    paths = vars(module).get("__path__", [])  # a module without a folder has none
    return [m.name for m in pkgutil.iter_modules(paths) if m.ispkg and not m.name.startswith("_")]


def _imported(home: str, name: str, *, of: str) -> Any:
    """`from home import name` for package `of`: a member of a module, or a module itself."""
    if home == of:  # its attributes are what is being asked for: only a module can be meant
        return importlib.import_module(f"{home}.{name}")
    source = importlib.import_module(home)
    try:
        return getattr(source, name)
    except AttributeError:
        if not hasattr(source, "__path__") or importlib.util.find_spec(f"{home}.{name}") is None:
            raise
        return importlib.import_module(f"{home}.{name}")
