"""Role `probe`: put on each layer alone, as far as this machine lets it, and say which held."""

from collections.abc import Callable

from rewardlab.core.sandbox.jail import enter, landlock, limits, namespaces, seccomp


def probe(parent: int) -> dict[str, str]:
    """Layer -> "" if it is on, or why not. Irreversible: for a child that ends then."""

    def separated() -> None:
        if not namespaces.separate():
            raise OSError(1, "refused")

    nothing = enter.Confinement()
    layers: dict[str, Callable[[], object]] = {
        "namespaces": separated,
        "limits": lambda: limits.apply(nothing.bounds, threads=False),
        "identity": lambda: enter.step_down(nothing, parent),
        "landlock": lambda: landlock.restrict(enter.libraries()),
        "seccomp": lambda: seccomp.install(seccomp.Policy()),
        "walls": lambda: enter.verify(parent),
    }
    return {name: _tried(name, how) for name, how in layers.items()}


def _tried(name: str, how: Callable[[], object]) -> str:
    try:
        enter.put_on({}, name, how)
    except enter.Missing as e:
        return e.why or "refused"
    return ""
