"""Scenes for rewards from pictures and sentences: states, their pictures and captions, a predicate, and a planner.

    V(s) = max_a γ V(s') + R(s')    on a table, or on a lattice of positions and speeds between whose points V is linear

Captions come from a grammar that names what is seen in several orders and leaves parts out; none is ever the sentence
of the goal or that of the baseline. The planner stands for a policy that was trained to the end.

Source: Rocamonde, Montesinos, Nava, Perez, Lindner, "Vision-Language Models are Zero-Shot Reward Models for
Reinforcement Learning", ICLR 2024, Sections 4.1 and 4.2 (the classic controls and their sentences are in their spirit).
"""

from collections.abc import Callable

import numpy as np

SIDE = 48
_PAPER, _DARK, _BLUE, _RED, _GREEN = (
    np.array(c, dtype=np.float32) for c in ((247, 247, 243), (60, 66, 78), (52, 101, 164), (210, 60, 50), (70, 150, 80))
)
Pay = Callable[[np.ndarray], np.ndarray]
"""States [B, k] that were reached to pay [B]."""


def _canvas(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Empty pictures [n, SIDE, SIDE, 3], and x and y of the pixels, y down."""
    middle = np.arange(SIDE) + 0.5
    x, y = np.meshgrid(middle, middle)
    return np.broadcast_to(_PAPER, (n, SIDE, SIDE, 3)).copy(), x, y


def _paint(canvas: np.ndarray, distance: np.ndarray, colour: np.ndarray) -> None:
    """Colour what lies inside: distances [n, SIDE, SIDE] in pixels from an edge, smooth over one pixel."""
    cover = np.clip(0.5 - distance, 0, 1).astype(np.float32)[..., None]
    canvas += cover * (colour - canvas)


def _segment(x: np.ndarray, y: np.ndarray, a: np.ndarray, b: np.ndarray, width: float) -> np.ndarray:
    """Distances [n, SIDE, SIDE] from lines between a and b [n, 2] of that width."""
    way = b - a
    px, py = x - a[:, 0, None, None], y - a[:, 1, None, None]
    wx, wy = way[:, 0, None, None], way[:, 1, None, None]
    share = np.clip((px * wx + py * wy) / np.maximum(wx * wx + wy * wy, 1e-12), 0, 1)
    return np.hypot(px - share * wx, py - share * wy) - width / 2


class CartPole:
    """A cart [position −2.4..2.4, angle −0.6..0.6 rad]; the pole should stand upright."""

    goal, baseline = "the pole is upright", "a pole on a cart"
    name = "cart and pole"

    @staticmethod
    def states(n: int, rng: np.random.Generator) -> np.ndarray:
        """[n, 2], every third nearly upright."""
        angle = rng.uniform(-0.6, 0.6, n)
        angle[::3] = rng.uniform(-0.08, 0.08, len(angle[::3]))
        return np.stack([rng.uniform(-2.4, 2.4, n), angle], axis=1)

    @staticmethod
    def label(x: np.ndarray) -> np.ndarray:
        """[n] 1 where the pole is within 0.06 rad."""
        return 1.0 * (np.abs(x[:, 1]) < 0.06)

    @staticmethod
    def draw(state: np.ndarray) -> np.ndarray:
        """[n, SIDE, SIDE, 3] uint8."""
        canvas, x, y = _canvas(len(state))
        foot = np.stack([24 + 8 * state[:, 0], np.full(len(state), 34.0)], axis=1)
        tip = foot + 22 * np.stack([np.sin(state[:, 1]), -np.cos(state[:, 1])], axis=1)
        wide = foot + np.array([-4.0, 2.0]), foot + np.array([4.0, 2.0])
        _paint(canvas, _segment(x, y, *wide, 6.0), _DARK)
        _paint(canvas, _segment(x, y, foot, tip, 3.0), _RED)
        return np.rint(canvas).astype(np.uint8)

    @staticmethod
    def captions(x: np.ndarray, rng: np.random.Generator) -> list[str]:
        """One for each state."""
        out = []
        for place, angle in x:
            side = "left" if angle < 0 else "right"
            lean = "upright" if abs(angle) < 0.06 else f"leaning a little {side}"
            lean = f"leaning far {side}" if abs(angle) > 0.25 else lean
            where = "at the left" if place < -0.8 else "at the right" if place > 0.8 else "in the middle"
            forms = (
                f"a cart {where} with a pole {lean}",
                f"{lean} is the pole and the cart is {where}",
                f"the pole on the cart {where} is {lean}",
                f"a cart {where}",
                f"a pole {lean}",
            )
            out.append(forms[rng.integers(len(forms))])
        return out


class MountainCar:
    """A car between hills [position −1.2..0.6, speed −0.07..0.07]; it should be at the flag."""

    goal, baseline = "the car is at the flag", "a car between hills"
    name = "mountain car"

    @staticmethod
    def states(n: int, rng: np.random.Generator) -> np.ndarray:
        """[n, 2], every third near the flag."""
        place = rng.uniform(-1.2, 0.6, n)
        place[::3] = rng.uniform(0.3, 0.6, len(place[::3]))
        return np.stack([place, rng.uniform(-0.07, 0.07, n)], axis=1)

    @staticmethod
    def label(x: np.ndarray) -> np.ndarray:
        """[n] 1 from 0.45 on."""
        return 1.0 * (x[:, 0] >= 0.45)

    @staticmethod
    def draw(state: np.ndarray) -> np.ndarray:
        """[n, SIDE, SIDE, 3] uint8."""
        canvas, x, y = _canvas(len(state))

        def across(place: np.ndarray) -> np.ndarray:
            return 3 + 42 * (place + 1.2) / 1.8

        def height(place: np.ndarray) -> np.ndarray:
            return 30 - 10 * np.sin(3 * place)

        hill = height((x - 3) / 42 * 1.8 - 1.2)
        _paint(canvas, np.broadcast_to(hill - y, canvas.shape[:3]), _GREEN)
        flag = np.array([[across(np.array(0.5)), height(np.array(0.5))]])
        _paint(canvas, _segment(x, y, flag, flag + np.array([0.0, -12.0]), 1.5), _DARK)
        _paint(canvas, _segment(x, y, flag + np.array([1.0, -10.0]), flag + np.array([4.0, -10.0]), 4.0), _RED)
        car = np.stack([across(state[:, 0]), height(state[:, 0]) - 3], axis=1)
        _paint(canvas, _segment(x, y, car, car, 6.0), _BLUE)
        return np.rint(canvas).astype(np.uint8)

    @staticmethod
    def captions(x: np.ndarray, rng: np.random.Generator) -> list[str]:
        """One for each state."""
        out = []
        for place in x[:, 0]:
            where = "on the left hill" if place < -0.8 else "in the valley" if place < -0.2 else "on the right slope"
            where = "close to the flag" if place > 0.3 else where
            where = "at the flag" if place >= 0.45 else where
            forms = (
                f"a blue car {where}",
                f"{where} there is a car",
                f"{where} stands the blue car",
                f"one car {where}",
            )
            out.append(forms[rng.integers(len(forms))])
        return out

    @staticmethod
    def success(pay: Pay, seed: int, *, gamma: float = 0.99, repeat: int = 4) -> float:
        """The share of 40 starts from which the planner's car is at the flag after 200 steps; nothing ends before."""
        place, speed = np.linspace(-1.2, 0.6, 61), np.linspace(-0.07, 0.07, 41)
        grid = np.stack(np.meshgrid(place, speed, indexing="ij"), -1).reshape(-1, 2)
        after = [_drive(grid, np.full(len(grid), a), repeat) for a in (-1, 0, 1)]
        corners = [_corners(x, place, speed) for x in after]
        R = np.interp(grid[:, 0], place, pay(np.stack([place, 0 * place], axis=1)))  # what is seen is the position
        reward = [(weight * R[index]).sum(0) for index, weight in corners]
        V = np.zeros(len(grid))
        for _ in range(250):
            Q = [
                r + gamma**repeat * (weight * V[index]).sum(0)
                for r, (index, weight) in zip(reward, corners, strict=True)
            ]
            V = np.max(Q, axis=0)
        rng = np.random.default_rng(seed)
        x = np.stack([rng.uniform(-0.6, -0.4, 40), np.zeros(40)], axis=1)
        for _ in range(200 // repeat):
            choice = []
            for a in (-1, 0, 1):
                index, weight = _corners(_drive(x, np.full(len(x), a), repeat), place, speed)
                choice.append((weight * (R + gamma**repeat * V)[index]).sum(0))
            x = _drive(x, np.argmax(choice, axis=0) - 1, repeat)
        return float((x[:, 0] >= 0.45).mean())


def _drive(x: np.ndarray, action: np.ndarray, repeat: int) -> np.ndarray:
    """The car of Gymnasium's MountainCar, without an end: states [n, 2] after some steps of actions [n], −1 to 1."""
    place, speed = x[:, 0], x[:, 1]
    for _ in range(repeat):
        speed = np.clip(speed + 0.001 * action - 0.0025 * np.cos(3 * place), -0.07, 0.07)
        place = np.clip(place + speed, -1.2, 0.6)
        speed = np.where((place <= -1.2) & (speed < 0), 0.0, speed)
    return np.stack([place, speed], axis=1)


def _corners(x: np.ndarray, place: np.ndarray, speed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The four lattice points [4, n] around states [n, 2] and their weights [4, n]."""
    i, a = _between(x[:, 0], place)
    j, b = _between(x[:, 1], speed)
    index = np.stack(
        [i * len(speed) + j, i * len(speed) + j + 1, (i + 1) * len(speed) + j, (i + 1) * len(speed) + j + 1]
    )
    return index, np.stack([(1 - a) * (1 - b), (1 - a) * b, a * (1 - b), a * b])


def _between(x: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    k = np.clip(np.searchsorted(line, x, side="right") - 1, 0, len(line) - 2)
    return k, np.clip((x - line[k]) / (line[k + 1] - line[k]), 0, 1)


class Room:
    """A room of 6 x 6 cells [agent x, y, box x, y, ball x, y]; the agent should be beside the red box."""

    goal, baseline = "the agent is beside the red box", "an agent in a room"
    name = "room"
    cells = 6

    @staticmethod
    def states(n: int, rng: np.random.Generator) -> np.ndarray:
        """[n, 6], in every third the agent is within a cell of the box."""
        x = rng.integers(0, Room.cells, (n, 6))
        near = x[::3, 2:4] + np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])[rng.integers(0, 5, len(x[::3]))]
        x[::3, :2] = np.clip(near, 0, Room.cells - 1)
        return x.astype(float)

    @staticmethod
    def label(x: np.ndarray) -> np.ndarray:
        """[n] 1 within one move of the box."""
        return 1.0 * (np.abs(x[:, :2] - x[:, 2:4]).sum(1) <= 1)

    @staticmethod
    def draw(state: np.ndarray) -> np.ndarray:
        """[n, SIDE, SIDE, 3] uint8."""
        canvas, x, y = _canvas(len(state))
        size = SIDE / Room.cells
        agent, box, ball = ((state[:, k : k + 2] + 0.5) * size for k in (0, 2, 4))
        across, down = (np.abs(v - box[:, k, None, None]) - 3.5 for k, v in enumerate((x, y)))
        _paint(canvas, np.maximum(across, down), _RED)
        _paint(canvas, _segment(x, y, ball, ball, 6.0), _GREEN)
        _paint(canvas, _segment(x, y, agent, agent, 5.0), _BLUE)
        return np.rint(canvas).astype(np.uint8)

    @staticmethod
    def captions(x: np.ndarray, rng: np.random.Generator) -> list[str]:
        """One for each state."""
        out = []
        for row in x:
            parts = []
            for k, name in ((2, "red box"), (4, "green ball")):
                gap = np.abs(row[:2] - row[k : k + 2]).sum()
                how = "beside" if gap <= 1 else "near" if gap <= 3 else "far from"
                parts.append(f"{how} the {name}")
            where = "upper" if row[1] < 2 else "lower" if row[1] > 3 else "middle"
            forms = (
                f"the agent is {parts[0]} and {parts[1]}",
                f"the agent is {parts[1]} and {parts[0]}",
                f"{parts[0]} there is an agent",
                f"an agent {parts[0]}",
                f"an agent {parts[1]} in the {where} part of the room",
            )
            out.append(forms[rng.integers(len(forms))])
        return out

    @staticmethod
    def success(pay: Pay, seed: int, *, gamma: float = 0.9) -> float:
        """The share of places from which the planner's agent is beside the box after 30 moves, over three rooms."""
        rng, done = np.random.default_rng(seed), []
        side = np.arange(Room.cells)
        here = np.stack(np.meshgrid(side, side, indexing="ij"), -1).reshape(-1, 2)
        ways = np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])
        after = np.clip(here[:, None] + ways, 0, Room.cells - 1) @ [Room.cells, 1]  # [36, 5]
        for _ in range(3):
            things = rng.choice(Room.cells**2, 2, replace=False)
            states = np.concatenate([here, np.repeat(here[things].reshape(1, 4), len(here), 0)], axis=1).astype(float)
            R, V = pay(states), np.zeros(len(here))
            for _ in range(150):
                V = (R[after] + gamma * V[after]).max(1)
            at = np.arange(len(here))
            for _ in range(30):
                at = after[at, (R[after] + gamma * V[after]).argmax(1)[at]]
            done.append(Room.label(states)[at].mean())
        return float(np.mean(done))
