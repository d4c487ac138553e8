"""Scalars for TensorBoard, written without torch."""

import time
from collections.abc import Mapping
from pathlib import Path

from rewardlab.core.store import cannot_write


class Scalars:
    """One event file in a folder of its own; what an earlier try of the same run left there is removed.

    Args:
        folder: of this run alone.

    Raises:
        BadStore: here and in `write`, if the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.record_writer import RecordWriter

        self.path = folder / "events.out.tfevents.0.rewardlab"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("wb")
            self._records = RecordWriter(self._file)
            self._write(Event(wall_time=time.time(), file_version="brain.Event:2"))
        except OSError as e:
            raise cannot_write(self.path, e) from e

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Name -> value at `step`; on the disk when this returns, so that TensorBoard shows a running training."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        shown = [Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        try:
            self._write(Event(wall_time=time.time(), step=step, summary=Summary(value=shown)))
        except OSError as e:
            raise cannot_write(self.path, e) from e

    def _write(self, event: object) -> None:
        self._records.write(event.SerializeToString())  # type: ignore[attr-defined]
        self._file.flush()

    def __enter__(self) -> "Scalars":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
