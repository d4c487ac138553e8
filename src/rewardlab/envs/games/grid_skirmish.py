"""Grid skirmish: a team that sees little, and tells each other what it sees, against a team that plays by a script.

    r = damage dealt / health of all enemies − damage taken / health of the own team, + 1 for a victory

Units on a square field: melee (tough, reach 1) and ranged (frail, reach 3). In a step all attacks fall at once, then
who still stands walks, the own team first. Each unit sees within a radius; then tables of what is known go round over
several hops between units within earshot. Distances are those of a king in chess.

Source: Li, Zhao, Pajarinen, "Cooperative Multi-Agent Planning with Adaptive Skill Synthesis", 2025 (decentralised units
with messages); Ellis, Cook, Moalla, et al., "SMACv2: An Improved Benchmark for Cooperative Multi-Agent Reinforcement
Learning", NeurIPS 2023 (random mixes of units and random places; the field is ours).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.games import grid
from rewardlab.envs.games.messages import News, nothing, told, witnessed
from rewardlab.envs.lookup import Tables, device_of
from rewardlab.envs.picture import GOLD, GREEN
from rewardlab.envs.world import Card, Columns, Rules, State

MELEE, RANGED = 0, 1
HEALTH, DAMAGE, REACH = np.array([12, 8]), np.array([3, 2]), np.array([1, 3])
ATTACK = 5  # the action that attacks enemy 0; the next ones attack the others
_FEATURES = 6
_NEVER = 10_000


@dataclass
class GridSkirmish(Rules):
    """A team against a scripted one.

    Args:
        team: units of the own team, 1 to 10.
        enemies: units of the other team, 1 to 10.
        side: cells of a side of the field, at least 8.
        radius: how far a unit sees.
        earshot: how far its messages reach, the dead neither tell nor hear.
        hops: rounds of messages in each step; 0 for none.
        mirrored: whether both teams have the same mix of units, where they are as many; else each draws its own.

    Raises:
        BadOption: for a number out of range.
    """

    team: int = 3
    enemies: int = 3
    side: int = 12
    radius: int = 3
    earshot: int = 4
    hops: int = 3
    mirrored: bool = True

    torch: ClassVar[bool] = True
    max_episode_steps: ClassVar[int | None] = 100

    def __post_init__(self) -> None:
        limits = {"team": (1, 10), "enemies": (1, 10), "side": (8, 64), "radius": (0, 64), "earshot": (0, 64)}
        for name, (low, high) in {**limits, "hops": (0, 64)}.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadOption(f"{name}={value!r}", where="GridSkirmish", expected=f"{low} to {high}")
        self.units = self.team + self.enemies
        row, column = np.divmod(np.arange(self.side**2), self.side)
        self._place = np.stack([row, column], axis=1)  # [cells, 2]
        self._tables = Tables(
            target=grid.neighbours(self.side, self.side),
            place=self._place,
            camp=np.flatnonzero(column < 3),  # the own team's; the enemies' lies opposite
            health=HEALTH, damage=DAMAGE, reach=REACH, unit=np.arange(self.units),
        )  # fmt: skip
        self._mine = np.arange(self.units) < self.team
        self.action_space = spaces.MultiDiscrete([ATTACK + self.enemies] * self.team)
        self.observation_space = spaces.Box(-1.0, 1.0, (self.team, 2 + _FEATURES * self.units), np.float32)

    # -- rules -------------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        xp, t = rng.xp, self._tables(rng.device)
        camp = t["camp"]
        own = camp[rng.permutation(len(camp))[:, : self.team]]
        other = self.side**2 - 1 - camp[rng.permutation(len(camp))[:, : self.enemies]]
        kind = rng.integers(2, (self.units,))
        if self.mirrored and self.team == self.enemies:
            kind = xp.concat([kind[:, : self.team]] * 2, axis=1)
        state = {
            "cell": xp.concat([own, other], axis=1),  # [n, units], the own team first
            "health": t["health"][kind],
            "kind": kind,
            "step": xp.zeros(n, dtype=xp.int64, device=rng.device),
        }
        return self._informed(state, nothing(n, self.team, self.units, 2, like=kind))

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, t, team = rng.xp, self._tables(rng.device), self.team
        row = xp.arange(len(action), device=rng.device)[:, None]
        fits = self.available(state)[row, t["unit"][:team], action]
        whole = xp.concat([xp.where(fits, action, grid.WAIT), self.script(state, own=False)], axis=1)
        health = self._fought(state, whole)
        lost = state["health"] - health
        dealt, taken = xp.sum(lost[:, team:], axis=1), xp.sum(lost[:, :team], axis=1)
        after = {**state, "health": health, "cell": self._walked(state, whole, health > 0), "step": state["step"] + 1}
        stands, rival = xp.any(health[:, :team] > 0, axis=1), xp.any(health[:, team:] > 0, axis=1)
        won = stands & ~rival
        full = t["health"][state["kind"]]
        real = [xp.astype(x, xp.float64) for x in (dealt, taken)]
        reward = real[0] / xp.sum(full[:, team:], axis=1) - real[1] / xp.sum(full[:, :team], axis=1) + won
        after = self._informed(after, News(state["time"], state["facts"]))
        columns = {
            "damage_dealt": dealt,
            "damage_taken": taken,
            "illegal": ~fits & (state["health"][:, :team] > 0),
            "success": won,
        }
        return after, reward, ~(stands & rival), columns

    def _fought(self, state: State, action: Array) -> Array:
        """[n, units] health after all attacks have fallen at once."""
        xp, t = namespace(action), self._tables.beside(action)
        health = state["health"]
        for unit in range(self.units):
            victim = action[:, unit] - ATTACK + (self.team if self._mine[unit] else 0)
            hit = (action[:, unit] >= ATTACK)[:, None] & (t["unit"] == victim[:, None])
            health = health - xp.where(hit, t["damage"][state["kind"][:, unit]][:, None], 0)
        return xp.where(health > 0, health, 0)

    def _walked(self, state: State, action: Array, lives: Array) -> Array:
        """[n, units] cells after all who live have walked, one after the other; the dead are in nobody's way."""
        xp, t = namespace(action), self._tables.beside(action)
        cell = xp.asarray(state["cell"], copy=True)
        for unit in range(self.units):
            walks = action[:, unit] < grid.WAIT
            here = cell[:, unit]
            to = t["target"][here, xp.where(walks, action[:, unit], grid.WAIT)]
            taken = xp.any(lives & (cell == to[:, None]) & (t["unit"] != unit), axis=1)
            cell[:, unit] = xp.where(lives[:, unit] & walks & ~taken, to, here)
        return cell

    def _apart(self, state: State) -> Array:
        """[n, units, units] distances of a king."""
        xp, row = namespace(state["cell"]), state["cell"] // self.side
        column = state["cell"] - row * self.side
        return xp.maximum(xp.abs(row[:, :, None] - row[:, None]), xp.abs(column[:, :, None] - column[:, None]))

    def _informed(self, state: State, news: News) -> State:
        """The state after everybody has looked around and messages have gone their rounds."""
        xp = namespace(state["cell"])
        apart, lives = self._apart(state)[:, : self.team], state["health"][:, : self.team] > 0
        truth = xp.stack([state["cell"], state["health"]], axis=2)
        news = witnessed(news, (apart <= self.radius) & lives[:, :, None], truth, state["step"])
        links = (apart[:, :, : self.team] <= self.earshot) & lives[:, :, None] & lives[:, None]
        news = told(news, links, hops=self.hops)
        return {**state, "time": news.time, "facts": news.facts}

    def available(self, state: State) -> Array:
        """[n, team, 5 + enemies] bool: to wait; for the living to walk on the field, and to attack within reach."""
        xp, t = namespace(state["cell"]), self._tables.beside(state["cell"])
        health, cell = state["health"], state["cell"][:, : self.team]
        lives = health[:, : self.team] > 0
        reach = t["reach"][state["kind"][:, : self.team]]
        near = self._apart(state)[:, : self.team, self.team :] <= reach[:, :, None]
        attacks = near & (health[:, None, self.team :] > 0)
        walks = t["target"][cell] != cell[..., None]
        whole = xp.concat([walks, attacks], axis=2) & lives[..., None]
        whole[..., grid.WAIT] = True
        return whole

    def script(self, state: State, *, own: bool, weakest: bool = False) -> Array:
        """[n, units of the team] actions of units that see the whole field.

        A unit attacks the nearest enemy within reach (of equals the weakest, then the first), else it walks towards
        the nearest one, along the longer way first, and around who stands in the way.

        Args:
            state: of n rows.
            own: for the own team, or for the enemies.
            weakest: attack the weakest within reach, and of equals the nearest: fire that is focused.
        """
        xp, t = namespace(state["cell"]), self._tables.beside(state["cell"])
        halves = slice(0, self.team), slice(self.team, self.units)
        ours, theirs = halves if own else halves[::-1]
        health, place = state["health"], t["place"][state["cell"]]
        apart = self._apart(state)[:, ours, theirs]  # [n, ours, theirs]
        there = health[:, None, theirs] > 0
        rank = health[:, None, theirs] * 100 + apart if weakest else apart * 100 + health[:, None, theirs]
        near = there & (apart <= t["reach"][state["kind"][:, ours]][..., None])
        victim = xp.argmin(xp.where(near, rank, _NEVER), axis=2)
        goal = theirs.start + xp.argmin(xp.where(there, apart, _NEVER), axis=2)  # [n, ours]
        row = xp.arange(len(goal), device=device_of(goal))[:, None]
        gap = place[row, goal] - place[:, ours]  # rows and columns to go
        down, right = gap[..., 0], gap[..., 1]
        upright, across = xp.where(down > 0, 2, 0), xp.where(right > 0, 1, 3)
        longer = xp.abs(down) >= xp.abs(right)
        first, second = xp.where(longer, upright, across), xp.where(longer, across, upright)
        to = t["target"][state["cell"][:, ours], first]
        blocked = xp.any((health[:, None] > 0) & (state["cell"][:, None] == to[..., None]), axis=2)
        walk = xp.where(~blocked, first, xp.where((down != 0) & (right != 0), second, grid.WAIT))
        action = xp.where(xp.any(near, axis=2), ATTACK + victim, walk)
        return xp.where((health[:, ours] > 0) & xp.any(there, axis=2), action, grid.WAIT)

    # -- what is known -----------------------------------------------------------------------------------------------

    def inform(self, state: State) -> Columns:
        return {
            "available": self.available(state),
            "known": namespace(state["time"]).asarray(state["time"], copy=True),
            "alive": state["health"] > 0,
        }

    def look(self, state: State) -> Tree:
        n, time = len(state["step"]), state["time"]
        xp, t = namespace(time), self._tables.beside(time)

        def real(x: Array) -> Any:
            return xp.astype(x, xp.float64)

        known = time >= 0
        place = t["place"][state["cell"][:, : self.team]]  # [n, team, 2]
        away = real(t["place"][state["facts"][..., 0]] - place[:, :, None]) / (self.side - 1)
        share = real(state["facts"][..., 1]) / t["health"][state["kind"]][:, None]
        age = state["step"][:, None, None] - time
        age = real(xp.where(age > 100, 100, age)) / 100
        ranged = xp.broadcast_to(real(state["kind"])[:, None], time.shape)
        table = xp.zeros((*time.shape, _FEATURES), dtype=xp.float32, device=device_of(time))
        for k, feature in enumerate((real(known), away[..., 0], away[..., 1], share, age, ranged)):
            table[..., k] = xp.where(known, feature, 0.0)
        own = xp.astype(2.0 * real(place) / (self.side - 1) - 1.0, xp.float32)
        return xp.concat([own, xp.reshape(table, (n, self.team, -1))], axis=2)

    # -- shown -------------------------------------------------------------------------------------------------------

    def draw(self, state: State, i: int) -> np.ndarray:
        board = grid.Board(np.zeros((self.side, self.side), dtype=bool), side=max(480 // self.side, 12))
        side = board.side
        for unit in range(self.units):
            health, kind = int(state["health"][i, unit]), int(state["kind"][i, unit])
            if not health:
                continue
            x, y = board.middle(int(state["cell"][i, unit]))
            colour = grid.PLAYERS[1] if self._mine[unit] else grid.PLAYERS[0]
            if kind == MELEE:
                board.box(x - side * 0.32, y - side * 0.32, side * 0.64, side * 0.64, colour)
            else:
                board.disc(x, y, side * 0.34, colour)
            if not self._mine[unit] and (state["time"][i, :, unit] == state["step"][i]).any():
                board.ring(x, y, side * 0.42, 2, GOLD)  # somebody of the own team knows it is there
            board.box(x - side * 0.4, y - side * 0.48, side * 0.8 * health / HEALTH[kind], side * 0.1, GREEN)
        return board.image()

    def text(self, state: State, i: int) -> str:
        marks = np.full(self.side**2, ".")
        for unit in range(self.units):
            if state["health"][i, unit] > 0:
                number = unit if self._mine[unit] else unit - self.team
                marks[state["cell"][i, unit]] = str(number) if self._mine[unit] else chr(ord("a") + number)
        names = ("melee", "ranged")
        lines = ["".join(line) for line in marks.reshape(self.side, self.side)]
        for title, units in (("team", range(self.team)), ("enemies", range(self.team, self.units))):
            said = [f"{names[state['kind'][i, u]]} {state['health'][i, u]}" for u in units]
            lines.append(f"{title}: {', '.join(said)}")
        return "\n".join(lines)

    def card(self) -> Card:
        a, e, u = self.team, self.enemies, self.units
        return Card(
            summary=f"{a} against {e} units on {self.side} x {self.side} cells, view {self.radius}, {self.hops} rounds "
            f"of messages over distances up to {self.earshot}.",
            observation={
                f"[{a}, 0:2]": "row and column of each own unit, -1..1",
                f"[{a}, 2:]": f"for each of {u} units, the own ones first, {_FEATURES} numbers, all 0 if unknown: "
                "known, rows and columns away (shares of the field, -1..1), health 0..1, age of the news (1 for 100 "
                "steps), 1 for ranged",
            },
            action={f"[{k}]": f"of unit {k}: {grid.MOVES}, 4 wait, {ATTACK} + j attack enemy j" for k in range(a)},
            reward="share of the enemies' health that was taken, minus that of the own team, plus 1 for a victory",
            info={
                "damage_dealt": "health that the enemies lost in this step",
                "damage_taken": "health that the own team lost in this step",
                "illegal": f"[{a}] bool, a living unit that attacked out of reach or walked off the field; it waited",
                "success": "True on a victory: no enemy stands, and somebody of the own team does",
                "available": f"[{a}, {ATTACK + e}] bool, which actions are possible",
                "known": f"[{a}, {u}] the step in which each unit's news of each unit was seen, -1 for none",
                "alive": f"[{u}] bool, the own team first",
            },
            source="Li, Zhao, Pajarinen, Cooperative Multi-Agent Planning with Adaptive Skill Synthesis, 2025",
        )
