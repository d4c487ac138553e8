"""Role `probe`: put on each layer alone, as far as this machine lets it, and say which held."""

import os
from collections.abc import Callable

from rewardlab.core.sandbox.jail import enter, identity, landlock, limits, namespaces, seccomp


def probe(parent: int) -> dict[str, str]:
    """Layer -> "" if it is on, or why not. Irreversible: for a child that ends then."""

    def separated() -> None:
        if not namespaces.separate():
            raise OSError(1, "refused")

    def stepped_down() -> None:
        identity.step_down(readable=readable)
        identity.harden(parent)

    readable = enter.libraries()
    layers: dict[str, Callable[[], object]] = {
        "namespaces": separated,
        "limits": lambda: limits.apply(limits.Bounds(), threads=False),
        "identity": stepped_down,
        "landlock": lambda: landlock.restrict(readable),
        "seccomp": lambda: seccomp.install(seccomp.Policy()),
        "walls": lambda: enter.verify(os.getppid()),
    }
    return {name: _tried(put_on) for name, put_on in layers.items()}


def _tried(put_on: Callable[[], object]) -> str:
    try:
        put_on()
    except (OSError, ValueError) as e:
        return str(e.args[-1]) or type(e).__name__
    return ""
