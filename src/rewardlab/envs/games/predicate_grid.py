"""Predicate grid: small worlds in which a goal is a formula about who is near, holds, sees or stands where.

    r_p = 1 in each step after which the goal of player p holds,    goal = ⋁ ⋀ predicate(subject, object)

One or two players on 9 × 9 cells with walls, coloured floors and four objects that can be carried. Every episode draws
one of a pool of numbered tasks; those of "test" are held out. With two players goals may agree, conflict, or ignore
each other; three tasks made by hand are old games: tag, hide and seek, capture the flag.

Source: Open Ended Learning Team, Stooke, Mahajan, Barros, et al., "Open-Ended Learning Leads to Generally Capable
Agents", 2021, Section 3 (XLand; here in two dimensions on a grid).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.games import grid
from rewardlab.envs.games import predicate_tasks as universe
from rewardlab.envs.games import predicates as logic
from rewardlab.envs.games.predicate_tasks import CELLS, COLOURS, OBJECTS, SIDE
from rewardlab.envs.lookup import Tables, device_of
from rewardlab.envs.picture import INK, Colour
from rewardlab.envs.world import Card, Columns, Rules, State

GRAB = 5
_THINGS = ("red ball", "blue cube", "green cone", "black star")
_FLOORS = ("orange floor", "purple floor", "cyan floor")
_TINTS: tuple[Colour, ...] = ((250, 214, 170), (222, 206, 240), (190, 232, 236))
_COLOURS: tuple[Colour, ...] = ((200, 60, 60), (60, 90, 200), (60, 150, 80), (40, 46, 58))


@dataclass
class PredicateGrid(Rules):
    """One or two players with goals in predicates.

    Args:
        players: 1 or 2; the action of one is Discrete(6), that of two MultiDiscrete([6, 6]).
        tasks: "train" or "test" for drawn ones, or for two players "tag", "hide" or "capture".
        count: how many drawn tasks are in the pool, numbers 0 .. count-1; the held-out set has 100.
        task: the one task of all episodes, by its number; None to draw one of the pool for each episode.

    Raises:
        BadOption: for a number out of range, or a set of tasks that does not exist for so many players.
    """

    players: int = 1
    tasks: str = "train"
    count: int = 64
    task: int | None = None

    torch: ClassVar[bool] = True
    max_episode_steps: ClassVar[int | None] = 100
    keys = {"up": 0, "right": 1, "down": 2, "left": 3, "space": GRAB}

    def __post_init__(self) -> None:
        where = "PredicateGrid"
        if self.players not in (1, 2):
            raise BadOption(f"players={self.players!r}", where=where, expected="1 or 2")
        if self.count < 1:
            raise BadOption(f"count={self.count!r}", where=where, expected="at least 1")
        if self.tasks in universe.SPLITS:
            if self.task is not None and not (isinstance(self.task, (int, np.integer)) and self.task >= 0):
                raise BadOption(f"task={self.task!r}", where=where, expected="None, or a number of at least 0")
            numbers = range(self.count) if self.task is None else [int(self.task)]
            pool = [universe.drawn(self.tasks, k, self.players) for k in numbers]
        else:
            pool, numbers = [universe.probe(self.tasks)], [0]
            if self.players != 2:
                raise BadOption(f"tasks={self.tasks!r} for 1 player", where=where, expected="players=2")
        self.numbers = np.array(list(numbers))
        self.walls = np.stack([t.wall for t in pool])  # [K, 81]
        self.floors = np.stack([t.floor for t in pool])
        self.goals = np.stack([t.goals for t in pool])  # [K, P, options, literals, 3]
        e = universe.entities(self.players)
        # goals as bits: which predicate, which subject, which object, for each literal
        shape = self.goals.shape[:-1]
        bits = [self.goals[..., k, None] == np.arange(size) for k, size in enumerate((6, e, e))]
        self._asked = np.concatenate(bits, axis=-1).reshape(shape[0], -1).astype(np.int8)
        still = np.zeros((len(pool), 1 + COLOURS + OBJECTS + self.players, CELLS), dtype=np.int8)
        still[:, 0] = self.walls
        still[:, 1 : 1 + COLOURS] = self.floors[:, None] == np.arange(COLOURS)[:, None]
        self._tables = Tables(
            first=np.stack([t.cell for t in pool]),  # [K, P + 4]
            seen=logic.visible(self.walls, universe.between()),  # [K, 81, 81]
            target=grid.neighbours(SIDE, SIDE),
            walls=self.walls,
            floors=self.floors,
            goals=self.goals,
            numbers=self.numbers,
            asked=self._asked,
            still=still,
            thing=np.arange(OBJECTS),
            player=np.arange(self.players)[:, None],
        )
        self.action_space = spaces.Discrete(6) if self.players == 1 else spaces.MultiDiscrete([6, 6])
        self.observation_space = spaces.Dict(
            {
                "goal": spaces.MultiBinary(self._asked.shape[1]),
                "held": spaces.MultiBinary(self.players * OBJECTS),
                "map": spaces.MultiBinary([still.shape[1], SIDE, SIDE]),
            }
        )

    # -- rules -------------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        xp, world = rng.xp, rng.integers(len(self.numbers))
        holder = xp.full((n, OBJECTS), -1, dtype=xp.int64, device=rng.device)
        return {"world": world, "cell": self._tables(rng.device)["first"][world], "holder": holder}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp = rng.xp
        after, actions = state, xp.reshape(action, (len(action), -1))
        for player in range(self.players):
            after = self._act(after, player, actions[:, player])
        met = self.met(after)
        reward = xp.astype(met, xp.float64)
        columns = {"reward_vector": reward, "holds": met, "held": xp.asarray(after["holder"], copy=True)}
        return after, xp.asarray(reward[:, 0], copy=True), xp.zeros_like(met[:, 0]), columns

    def _act(self, state: State, player: int, action: Array) -> State:
        """One player's part of a step: it walks where no wall and no other is, or takes or leaves an object."""
        xp, t = namespace(action), self._tables.beside(action)
        world, holder = state["world"], state["holder"]
        cell = xp.asarray(state["cell"], copy=True)
        here = state["cell"][:, player]
        grabs = action == GRAB
        to = t["target"][here, xp.where(grabs, grid.WAIT, action)]
        free = ~t["walls"][world, to]
        for other in range(self.players):
            if other != player:
                free = free & (to != cell[:, other])
        here = xp.where(free, to, here)
        cell[:, player] = here
        mine = holder == player  # [n, objects]
        lies = (holder < 0) & (cell[:, self.players :] == here[:, None])
        full, found = xp.any(mine, axis=1), xp.any(lies, axis=1)
        takes, leaves = grabs & ~full & found, grabs & full & ~found  # one object to a cell
        first = xp.argmax(xp.astype(lies, xp.int64), axis=1)
        holder = xp.where(takes[:, None] & (t["thing"] == first[:, None]), player, holder)
        holder = xp.where(leaves[:, None] & mine, -1, holder)
        cell[:, self.players :] = xp.where(holder == player, here[:, None], cell[:, self.players :])
        return {"world": world, "cell": cell, "holder": holder}

    def met(self, state: State) -> Array:
        """[n, P] bool: whose goal holds."""
        world, t = state["world"], self._tables.beside(state["world"])
        known = logic.facts(
            state["cell"],
            state["holder"],
            t["seen"][world],
            t["floors"][world],
            players=self.players,
            width=SIDE,
            colours=COLOURS,
        )
        return logic.holds(t["goals"][world], known)

    def inform(self, state: State) -> Columns:
        return {"task": self._tables.beside(state["world"])["numbers"][state["world"]]}

    def look(self, state: State) -> Tree:
        world, t = state["world"], self._tables.beside(state["world"])
        xp, n = namespace(world), len(world)
        planes = t["still"][world]
        row = xp.arange(n, device=device_of(world))
        for thing in range(OBJECTS):
            planes[row, 1 + COLOURS + thing, state["cell"][:, self.players + thing]] = 1
        for player in range(self.players):
            planes[row, 1 + COLOURS + OBJECTS + player, state["cell"][:, player]] = 1
        held = state["holder"][:, None] == t["player"]
        return {
            "goal": t["asked"][world],
            "held": xp.astype(xp.reshape(held, (n, -1)), xp.int8),
            "map": xp.reshape(planes, (n, -1, SIDE, SIDE)),
        }

    # -- shown -------------------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """What the entities are called, by number."""
        return [f"player {p}" for p in range(self.players)] + list(_THINGS) + list(_FLOORS)

    def asked(self, state: State, i: int) -> list[str]:
        """The goals of row i in words, one for each player."""
        return [logic.spoken(goal, self.names()) for goal in self.goals[state["world"][i]]]

    def draw(self, state: State, i: int) -> np.ndarray:
        world = int(state["world"][i])
        board = grid.Board(self.walls[world].reshape(SIDE, SIDE), side=44)
        for cell, colour in enumerate(self.floors[world]):
            if colour >= 0 and not self.walls[world, cell]:
                board.tile(cell, _TINTS[colour])
        met = self.met({k: v[i : i + 1] for k, v in state.items()})[0]
        for player in range(self.players):
            board.player(int(state["cell"][i, player]), player)
            if met[player]:
                board.ring(*board.middle(int(state["cell"][i, player])), board.side * 0.42, 3, (240, 190, 40))
        for thing in range(OBJECTS):
            x, y = board.middle(int(state["cell"][i, self.players + thing]))
            shift = 0.24 if state["holder"][i, thing] >= 0 else 0.0
            board.disc(x + shift * board.side, y + shift * board.side, board.side * 0.18, INK)
            board.disc(x + shift * board.side, y + shift * board.side, board.side * 0.16, _COLOURS[thing])
        return board.image()

    def text(self, state: State, i: int) -> str:
        world = int(state["world"][i])
        marks = np.full(CELLS, ".")
        for colour, letter in enumerate("opc"):
            marks[self.floors[world] == colour] = letter
        marks[self.walls[world]] = "#"
        for thing, letter in enumerate("RBGK"):
            marks[state["cell"][i, self.players + thing]] = letter
        for player in range(self.players):
            marks[state["cell"][i, player]] = str(player)
        lines = ["".join(line) for line in marks.reshape(SIDE, SIDE)]
        for player, goal in enumerate(self.asked(state, i)):
            hands = [_THINGS[t] for t in np.flatnonzero(state["holder"][i] == player)]
            lines.append(f"player {player} holds {hands[0] if hands else 'nothing'}; goal: {goal}")
        return "\n".join(lines)

    def card(self) -> Card:
        p, steps = self.players, int(self.max_episode_steps or 0)
        e = universe.entities(p)
        pool = f"{len(self.numbers)} task{'s' * (len(self.numbers) > 1)} of {self.tasks!r}"
        moves = f"{grid.MOVES}, 4 wait, 5 take the object of this cell or leave the one that is held"
        return Card(
            summary=f"A 9 x 9 world with 4 objects, {COLOURS} floors and {p} player{'s' * (p > 1)}; {pool}.",
            observation={
                "map": f"[{1 + COLOURS + OBJECTS + p}, 9, 9] bits: wall, {COLOURS} floors, {OBJECTS} objects, players",
                "held": f"[{p * OBJECTS}] bits: which object each player holds",
                "goal": f"[{self._asked.shape[1]}] bits: for each player, option and literal the predicate (6), the "
                f"subject ({e}) and the object ({e}); all 0 where there is no literal",
            },
            action={"action": moves} if p == 1 else {"[0]": f"of player 0, who acts first: {moves}", "[1]": "likewise"},
            reward=f"1 in each of {steps} steps after which the goal of player 0 holds",
            info={
                "reward_vector": f"[{p}] 1 for each player whose goal holds after the step",
                "holds": f"[{p}] bool, the same",
                "held": f"[{OBJECTS}] who holds each object, -1 for nobody",
                "task": "the number of the task",
            },
            source="Open Ended Learning Team, Open-Ended Learning Leads to Generally Capable Agents, 2021",
        )
