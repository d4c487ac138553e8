"""What would make a host wait for its device, or send it numbers, counted where there is only a CPU."""

import contextlib

import torch
from torch.utils._python_dispatch import TorchDispatchMode

WAITS = ("_local_scalar_dense", "nonzero", "equal", "is_nonzero")
FROM_HOST = ((torch, "as_tensor"), (torch, "tensor"), (torch, "from_numpy"))
TO_HOST = tuple((torch.Tensor, name) for name in ("numpy", "tolist", "item", "cpu", "__array__"))


class Asked(TorchDispatchMode):
    """Counts what would make a host wait for its device."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func.__name__.split(".")[0] in WAITS:
            self.names.append(func.__name__)
        return func(*args, **(kwargs or {}))


@contextlib.contextmanager
def carried():
    """The names of what moves numbers between NumPy and torch inside."""
    names, own = [], {(place, name): getattr(place, name) for place, name in (*FROM_HOST, *TO_HOST)}

    def counted(place, name):
        def call(*args, **kwargs):
            if place is torch.Tensor or not isinstance(args[0], torch.Tensor):
                names.append(name)
            return own[place, name](*args, **kwargs)

        return call

    for place, name in own:
        setattr(place, name, counted(place, name))
    try:
        yield names
    finally:
        for (place, name), function in own.items():
            setattr(place, name, function)
