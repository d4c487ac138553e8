"""How often codes were seen: once and for all, or in the running episode of each row.

`Visits` keeps a hash table for each of N lanes; all that is asked of it is answered for whole batches. `Counts` is one
lane that lasts, `EpisodeVisits` has a lane per row and forgets it where an episode begins. All have a bound: a lane
that has seen `most` codes takes in no more.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.hashing import Key, codes, values
from rewardlab.core.statistics import ranks

_ROOM = 64  # places of a new lane


class Visits:
    """Counts of codes in N lanes.

    Args:
        lanes: N.
        most: the largest number of different codes in a lane, >= 1.
        where: whose they are, for messages.

    Attributes:
        held: [N] how many different codes each lane has seen.

    Raises:
        BadOption: for a `most` that is no integer >= 1.
    """

    def __init__(self, lanes: int, most: int, *, where: str) -> None:
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise BadOption(f"most={most!r}", where=where, expected="an integer >= 1")
        self.most, self.where = most, where
        self._open(lanes, _ROOM)

    def _open(self, lanes: int, room: int) -> None:
        self.lanes, self.room = lanes, room
        self.held = np.zeros(lanes, dtype=np.int64)
        self._code = np.zeros(lanes * room, dtype=np.int64)  # 0: a free place
        self._count = np.zeros(lanes * room, dtype=np.int64)

    def _find(self, code: np.ndarray, lane: Array) -> np.ndarray:
        """Where each code [B] stands in its lane, or else the place that is free for it."""
        last = self.room - 1
        first, step = lane * self.room, code & last
        place = first + step
        there = self._code[place]
        todo = np.flatnonzero((there != code) & (there != 0))
        while len(todo):  # at most half of a lane is taken, so that this ends soon
            step[todo] = (step[todo] + 1) & last
            place[todo] = (first if np.ndim(first) == 0 else first[todo]) + step[todo]
            there = self._code[place[todo]]
            todo = todo[(there != code[todo]) & (there != 0)]
        return place

    def seen(self, code: np.ndarray, lane: Array) -> np.ndarray:
        """How often each code [B] was seen in its lane (one for all, or [B]); 0 for code 0."""
        place = self._find(code, lane)
        return np.where((self._code[place] == code) & (code != 0), self._count[place], 0)

    def add(self, code: np.ndarray, lane: np.ndarray, times: Array = 1) -> None:
        """See each code [B] `times` more in its lane [B]; no code twice in a lane. Code 0 is left out."""
        times = np.broadcast_to(np.asarray(times, dtype=np.int64), code.shape)
        real = code != 0
        if not real.all():
            code, lane, times = code[real], lane[real], times[real]
        place = self._find(code, lane)
        known = self._code[place] == code
        self._count[place[known]] += times[known]
        if not known.all():
            self._insert(code[~known], lane[~known], times[~known])

    def _insert(self, code: np.ndarray, lane: np.ndarray, times: np.ndarray) -> None:
        """Take in codes that are not there yet, as far as there is room for them."""
        fits = self.held[lane] + ranks(lane) < self.most
        code, lane, times = code[fits], lane[fits], times[fits]
        np.add.at(self.held, lane, 1)
        largest = int(self.held.max(initial=0))
        if 2 * largest > self.room:
            taken = np.flatnonzero(self._code)
            old = self._code[taken], taken // self.room, self._count[taken]
            held = self.held
            self._open(self.lanes, 1 << (2 * largest - 1).bit_length())
            self.held = held
            self._place(*old)
        self._place(code, lane, times)

    def _place(self, code: np.ndarray, lane: np.ndarray, times: np.ndarray) -> None:
        while len(code):
            place = self._find(code, lane)
            self._code[place] = code  # of several that want one place the last gets it
            won = self._code[place] == code
            self._count[place[won]] = times[won]
            code, lane, times = code[~won], lane[~won], times[~won]

    def forget(self, begun: np.ndarray) -> None:
        """Empty the lanes of `begun` [N] bool; another N than before empties all."""
        if len(begun) != self.lanes:
            self._open(len(begun), _ROOM)
            return
        self._code.reshape(self.lanes, self.room)[begun] = 0
        self.held[begun] = 0

    def state_dict(self) -> dict[str, Any]:
        """Codes and counts, [C, N] each: the largest code of a lane first, zeros behind."""
        code, count = (x.reshape(self.lanes, self.room) for x in (self._code, self._count))
        count = np.where(code != 0, count, 0)  # what stands in a free place is old
        order = np.argsort(-code, axis=1, kind="stable")
        both = zip(_KEYS, (code, count), strict=True)
        return {k: np.ascontiguousarray(np.take_along_axis(x, order, 1).T) for k, x in both}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`, with its number of lanes.

        Raises:
            BadCheckpoint: if it is not one of such counts.
        """
        check_keys(state, _KEYS, where=self.where)
        code, count = values(state["codes"]), values(state["counts"])
        if code.shape != count.shape or code.ndim != 2 or (code < 0).any():
            raise BadCheckpoint(f"codes of shape {code.shape}", where=self.where, expected="codes and counts [C, N]")
        held = (code != 0).sum(0)
        self._open(code.shape[1], max(_ROOM, 1 << max(2 * int(held.max(initial=0)) - 1, 0).bit_length()))
        self.held = held.astype(np.int64)
        place, lane = np.nonzero(code)
        self._place(code[place, lane], lane, count[place, lane])


_KEYS = ("codes", "counts")


class Counts:
    """Counts of codes that last.

    Args:
        most: the largest number of different codes.
        where: whose they are, for messages.
    """

    def __init__(self, most: int, *, where: str) -> None:
        self._visits = Visits(1, most, where=where)

    def __len__(self) -> int:
        return int(self._visits.held[0])

    def seen(self, code: np.ndarray) -> np.ndarray:
        """How often each code [B] was added, float64; infinity for a new one that there is no room for.

        Infinity, so that a bonus that falls with the count pays nothing where counting has ended.
        """
        seen = self._visits.seen(code, 0).astype(np.float64)
        return np.where(seen == 0, np.inf, seen) if len(self) >= self._visits.most else seen

    def add(self, code: np.ndarray) -> np.ndarray:
        """Count each code [B]; returns the places in `code` where new ones stand for the first time."""
        each, first, times = np.unique(code, return_index=True, return_counts=True)
        room = self._visits.most - len(self)
        new = first[(self._visits.seen(each, 0) == 0) & (each != 0)][:room]
        self._visits.add(each, np.zeros(len(each), dtype=np.int64), times)
        return new

    def state_dict(self) -> dict[str, Any]:
        """Codes and counts [C]."""
        n = len(self)
        return {k: x[:n, 0].copy() for k, x in self._visits.state_dict().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: if it is not one of such counts.
        """
        check_keys(state, _KEYS, where=self._visits.where)
        self._visits.load_state_dict({k: np.asarray(x)[..., None] for k, x in state.items()})


class EpisodeVisits:
    """The states that each of N rows has seen in its running episode, the one in which it began included.

    Args:
        key: what of an observation tells states apart; all of it if not given.
        most: the largest number of different states of one episode.
        where: whose memory it is, for messages.
        cap: counts that need not be told apart from larger ones are shown as this, so that tables stay small.
    """

    def __init__(self, key: Key | None, most: int, *, where: str, cap: int | None = None) -> None:
        self.key, self.where, self.cap = key, where, cap
        self._visits = Visits(0, most, where=where)

    def reset(self, begun: Array) -> None:
        """Forget the episodes of these rows, [N] bool; another N than before begins in all rows."""
        self._visits.forget(array(begun))

    def reached(self, batch: Transitions) -> np.ndarray:
        """Enter the states that one step reached: how often each row was there in this episode, now included.

        Returns:
            [N] float64; infinity for a new state that there is no room for, NaN for one that holds a NaN.

        Raises:
            BadBatch: if the batch is no single step of the rows that were reset.
        """
        rows = batch.shape
        if len(rows) != 1:
            raise BadBatch(
                f"a batch with leading axes {rows}",
                where=self.where,
                expected="one step of N rows: the pay depends on earlier steps",
                mend="pay recorded steps [T, N] with recorded(batch) or relabel",
            )
        if not self._visits.lanes:
            self._visits.forget(np.ones(rows, dtype=bool))
        if self._visits.lanes != len(batch):
            raise BadBatch(
                f"{len(batch)} rows",
                where=self.where,
                expected=f"{self._visits.lanes} rows, as many as were reset",
                mend="call reset(begun) with one flag per row when the number of rows changes",
            )
        first = np.flatnonzero(self._visits.held == 0)
        if len(first):
            self._visits.add(codes(batch.obs, rows, self.key)[first], first)
        code, lane = codes(batch.next_obs, rows, self.key), np.arange(len(batch))
        self._visits.add(code, lane)
        seen = self._visits.seen(code, lane).astype(np.float64)
        seen[seen == 0] = np.inf
        seen[code == 0] = np.nan
        return seen

    def state_dict(self) -> dict[str, Any]:
        """Codes and counts [C, N], {} before the first step."""
        if not self._visits.lanes:
            return {}
        state = self._visits.state_dict()
        return state if self.cap is None else {**state, "counts": np.minimum(state["counts"], self.cap)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: if it is not one of such a memory.
        """
        if state:
            self._visits.load_state_dict(state)
        else:
            self._visits.forget(np.zeros(0, dtype=bool))
