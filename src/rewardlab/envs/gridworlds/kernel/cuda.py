"""N grids side by side on a CUDA device, stepped in place by the same scalar functions as on the CPU.

What is seen, paid and ended stays on the device and is shared with torch without a copy; levels come from the host, and
nothing else has to travel between the two. Every bit is that of `batch.Batch`.
"""

import importlib.util
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array, tensor
from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.batch import wide_fields
from rewardlab.envs.gridworlds.kernel.codes import FIELDS
from rewardlab.envs.gridworlds.kernel.levels import Levels
from rewardlab.envs.gridworlds.kernel.view import PAD


class CudaBatch:
    """N grids of one task on a CUDA device.

    Args:
        const: from `batch.constants`.
        n: environments.
        device: a CUDA device as torch names it; None or "cuda" for the current one.
        where: who asks, for messages.

    Attributes:
        reward: [n] float64 on the device.
        ended: [n] bool on the device: by the rules of the task.
        cut: [n] bool on the device: the task's own time is up.
        field: [n, FIELDS + obstacles] int32 on the device.

    Raises:
        BadOption: without a CUDA device, the package numba-cuda or a build of torch with CUDA, or for another device.
    """

    def __init__(self, const: np.ndarray, n: int, *, device: Any = None, where: str = "CudaBatch") -> None:
        self.const, self.n, self.device = const, n, _checked(device, where)
        self.view = int(const[codes.C_VIEW])
        size, lines, self._words = (int(const[i]) for i in (codes.C_SIZE, codes.C_LINES, codes.C_WORDS))
        boxes, told = bool(const[codes.C_INSIDE]), const[codes.C_RULE] == codes.INSTRUCTION
        # One element more than needed: a shifted load may look behind the last line, and no memory is empty.
        self._lines = self._zeros(n * lines + 1, dtype="int64")
        self._bytes = {
            name: self._zeros(n * size * there + 1, dtype="uint8")
            for name, there in (("inside", boxes), ("tags", told), ("places", told))
        }
        self._width = {"inside": size * boxes, "tags": size * told, "places": size * told}
        self.field = self._zeros(n, FIELDS + int(const[codes.C_BALLS]), dtype="int32")
        self._wide = self._zeros(n, wide_fields(const), dtype="int64")
        self._picture = self._zeros(n * self._words, dtype="int64")
        self._all = self._zeros(n, dtype="bool").fill_(True)
        with self._here():
            kept = (self._lines, self._lines, *self._bytes.values(), self.field, self._wide)
            kinds = (np.uint64, np.uint8, np.uint8, np.uint8, np.uint8, np.int32, np.uint64)
            moved = tensor(const, device=self.device)
            self._kept = (_shared(moved), *(_shared(x, kind) for x, kind in zip(kept, kinds, strict=True)))
        self.fresh()

    def _zeros(self, *shape: int, dtype: str) -> Array:
        import torch

        return torch.zeros(shape, dtype=getattr(torch, dtype), device=self.device)

    def _here(self) -> AbstractContextManager:
        """The device is the current one of this thread."""
        from numba import cuda

        return nullcontext() if self.device.type == "cpu" else cuda.gpus[self.device.index]

    def _launch(self, kernel: Any, rows: int, *args: Any) -> None:
        """Run a kernel behind what torch has begun on its current stream; nobody waits for it."""
        import torch
        from numba import cuda

        from rewardlab.envs.gridworlds.kernel.cuda_drivers import launch

        with self._here():
            stream: Any = 0 if self.device.type == "cpu" else torch.cuda.current_stream(self.device).cuda_stream
            launch(kernel, rows, cuda.external_stream(stream) if stream else 0, *args)

    def fresh(self, *, keep: bool = False) -> None:
        """New memory for pictures, rewards and endings: what was handed out stays as it is.

        Args:
            keep: with the pictures that are there.
        """
        import torch

        n = self.n
        self._picture = self._picture.clone() if keep else torch.empty_like(self._picture)
        self.reward = torch.empty(n, dtype=torch.float64, device=self.device)
        self.ended, self.cut = torch.empty_like(self._all), torch.empty_like(self._all)
        with self._here():
            self._seen = (_shared(self._picture, np.uint64), _shared(self._picture, np.uint8))
            self._outcome = (_shared(self.reward), _shared(self.ended), _shared(self.cut))

    @property
    def image(self) -> Array:
        """[n, view, view, 3] uint8 on the device: what each agent sees, in the memory that the kernel writes."""
        import torch

        v = self.view
        return self._picture.view(torch.uint8).as_strided((self.n, v, v, 3), (8 * self._words, 3 * v, 3, 1))

    def step(self, actions: Array, active: Array | None = None) -> None:
        """One step of the active rows; how many have ended is not counted, since the host would wait for it.

        Args:
            actions: [n] integers, all within the action space; a tensor on the device is not copied.
            active: [n] bool, None for all.
        """
        from rewardlab.envs.gridworlds.kernel.cuda_drivers import step_kernel

        actions = tensor(actions, device=self.device).long().contiguous()
        active = self._all if active is None else tensor(active, device=self.device).contiguous()
        with self._here():
            given = (_shared(actions), _shared(active))
        self._launch(step_kernel, self.n, *given, *self._kept, *self._seen, *self._outcome)

    def begin(self, rows: np.ndarray, levels: Levels, which: np.ndarray) -> None:
        """Put level which[i] into row rows[i]; both [k] int64. The k levels alone travel to the device."""
        from rewardlab.envs.gridworlds.kernel.cuda_drivers import begin_kernel

        if len(rows) == 0:
            return
        own = (levels.cells, levels.inside, levels.tags, levels.field, levels.wide.view(np.int64))
        sent = [tensor(np.ascontiguousarray(x[which]), device=self.device) for x in own]
        kinds = (np.uint8, np.uint8, np.uint8, np.int32, np.uint64)
        to, number = (tensor(x, device=self.device) for x in (np.asarray(rows), np.arange(len(rows))))
        with self._here():
            given = (_shared(to), _shared(number))
            new = [_shared(x, kind) for x, kind in zip(sent, kinds, strict=True)]
        self._launch(begin_kernel, len(rows), *given, *self._kept, *self._seen, *new)

    def columns(self) -> dict[str, Array]:
        """The info columns of all rows on the device, see `columns.Fill`."""
        from rewardlab.envs.gridworlds.kernel.columns import PLACES
        from rewardlab.envs.gridworlds.kernel.cuda_drivers import tell_kernel

        n = self.n
        places, flags = self._zeros(len(PLACES), n, 2, dtype="int64"), self._zeros(2, n, dtype="bool")
        progress = self._zeros(n, dtype="float64")
        with self._here():
            given = (_shared(places), _shared(flags), _shared(progress))
        self._launch(tell_kernel, n, self._kept[0], self._kept[6], *given)
        named = dict(zip(PLACES, places, strict=True))
        return {**named, "carrying_key": flags[0], "door_open": flags[1], "progress": progress}

    def grids(self) -> Array:
        """[n, width, height] uint8 codes of all cells, on the device."""
        import torch

        width, height = int(self.const[codes.C_WIDTH]), int(self.const[codes.C_HEIGHT])
        lines = self._lines[:-1].view(torch.uint8).reshape(self.n, -1)
        columns = lines[:, : 8 * width * int(self.const[codes.C_COLUMN])].reshape(self.n, width, -1)
        return columns[:, :, PAD : PAD + height] & 0x7F

    def parts(self) -> dict[str, Array]:
        """All that the next steps depend on, as views of the device's memory; uint64 words stand as int64."""
        n = self.n
        several = {k: x[: n * self._width[k]].reshape(n, self._width[k]) for k, x in self._bytes.items()}
        return {"lines": self._lines[:-1].reshape(n, -1), "field": self.field, "wide": self._wide, **several}

    def part(self, key: str) -> np.ndarray:
        """One of the parts as a copy on the host, in the kind of number that `Batch` keeps it in."""
        copy = array(self.parts()[key]).copy()
        return copy.view(np.uint64) if copy.dtype == np.int64 else copy

    def get_state(self) -> dict[str, np.ndarray]:
        """Copies on the host of all that the next steps depend on: what `Batch.get_state` gives in this state."""
        return {key: self.part(key) for key in self.parts()}

    def set_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Go to a state, of this class or of `Batch`, and see it."""
        from rewardlab.envs.gridworlds.kernel.cuda_drivers import look_kernel

        for key, mine in self.parts().items():
            given = np.ascontiguousarray(state[key])
            mine.copy_(tensor(given.view(np.int64) if given.dtype == np.uint64 else given))
        const, lines, cells = self._kept[:3]
        self._launch(look_kernel, self.n, const, lines, cells, self._kept[6], *self._seen)

    def __getstate__(self) -> dict[str, Any]:
        return {"const": self.const, "n": self.n, "device": str(self.device), "state": self.get_state()}

    def __setstate__(self, saved: dict[str, Any]) -> None:
        self.__init__(saved["const"], saved["n"], device=saved["device"])  # type: ignore[misc]
        self.set_state(saved["state"])


def _shared(x: Array, kind: Any = None) -> Any:
    """The memory of a tensor as a kernel takes it, its bytes read as another kind of number."""
    import torch
    from numba import cuda

    if kind is not None:
        x = x.view(getattr(torch, np.dtype(kind).name))
    if x.is_cuda:
        return cuda.as_cuda_array(x)
    from numba.cuda.simulator.cudadrv.devicearray import FakeCUDAArray

    return FakeCUDAArray(x.numpy())


def _checked(device: Any, where: str) -> Any:
    """The torch device with its number, if kernels can run there."""
    import torch

    told = f"device={'cuda' if device is None else str(device)!r}"
    if importlib.util.find_spec("numba_cuda") is None:
        raise BadOption(
            told, where=where, expected="the package numba-cuda beside it", mend='pip install "rewardlab[gpu]"'
        )
    from numba import cuda

    from rewardlab.envs.gridworlds.kernel.cuda_drivers import SIMULATED

    if SIMULATED:
        return torch.device("cpu")
    try:
        asked = torch.device("cuda" if device is None else device)
    except (RuntimeError, TypeError) as e:
        raise BadOption(told, where=where, expected='a CUDA device: "cuda", "cuda:1"', mend=str(e)) from None
    if asked.type != "cuda":
        raise BadOption(told, where=where, expected='a CUDA device: "cuda", "cuda:1"', mend='device="cuda"')
    lacks = [
        name
        for name, there in (
            ("a CUDA device with its driver", cuda.is_available()),
            ("a build of torch with CUDA", torch.cuda.is_available()),
        )
        if not there
    ]
    count = torch.cuda.device_count()
    if lacks or (asked.index or 0) >= count:
        raise BadOption(
            told,
            where=where,
            expected=" and ".join(lacks) or f"a device number below {count}",
            mend='leave device out for the CPU; on a machine with a GPU: pip install "rewardlab[gpu]"',
        )
    return torch.device("cuda", torch.cuda.current_device() if asked.index is None else asked.index)
