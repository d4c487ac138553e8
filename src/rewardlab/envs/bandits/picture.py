"""Pictures of bandits: bars and marks for what arms have paid and are worth, or for what responses would pay."""

import numpy as np

from rewardlab.envs.picture import BLUE, FAINT, GOLD, INK, RED, Picture, measure

HEIGHT, WIDTH = 340, 480
LEFT, RIGHT, TOP, BOTTOM = 16, 16, 44, 86  # margins


def arms(title: str, counts: np.ndarray, seen: np.ndarray, means: np.ndarray, *, low: float, high: float) -> np.ndarray:
    """A frame [340, 480, 3].

    Args:
        title: one line above.
        counts: [K] pulls of each arm.
        seen: [K] mean pay of each arm.
        means: [K] true mean of each arm; the best one is marked in gold.
        low: pay at the lower end of the axis, at most 0.
        high: pay at its upper end.
    """
    k = len(counts)
    wide = (WIDTH - LEFT - RIGHT) / k
    picture = Picture(HEIGHT, WIDTH)
    picture.write(title, LEFT, 14)

    def row(pay: float) -> float:
        share = (np.clip(pay, low, high) - low) / (high - low)
        return float(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP))

    for arm in range(k):
        x = LEFT + arm * wide
        zero, y = row(0.0), row(seen[arm])
        picture.box(x + wide * 0.12, TOP, wide * 0.76, HEIGHT - BOTTOM - TOP, (236, 237, 234))
        if counts[arm]:
            picture.box(x + wide * 0.12, min(zero, y), wide * 0.76, abs(zero - y), BLUE)
        mark = GOLD if arm == int(means.argmax()) else RED
        picture.line(x + wide * 0.1, row(means[arm]), x + wide * 0.9, row(means[arm]), 4, mark)
        if measure(str(arm)) < wide:
            picture.write(str(arm), x + wide / 2, HEIGHT - BOTTOM + 8, middle=True)
        if measure(str(int(counts[arm]))) < wide:
            picture.write(str(int(counts[arm])), x + wide / 2, HEIGHT - BOTTOM + 28, FAINT, middle=True)
    picture.line(LEFT, row(0.0), WIDTH - RIGHT, row(0.0), 1.5, INK)
    x = LEFT
    for colour, words in ((BLUE, "mean pay"), (RED, "true mean"), (GOLD, "best arm"), (FAINT, "pulls")):
        picture.box(x, HEIGHT - 26, 12, 12, colour)
        picture.write(words, x + 16, HEIGHT - 27)
        x += 16 + measure(words) + 10
    return picture.image()


def answers(title: str, pay: np.ndarray, reference: np.ndarray, given: int) -> np.ndarray:
    """A frame [340, 480, 3] of the responses to one prompt.

    Args:
        title: one line above.
        pay: [K] what each response pays, a mark; the best one is gold.
        reference: [K] how often the reference gives it, a bar from below.
        given: the response that was given, a blue column behind; -1 for none.
    """
    k = len(pay)
    wide = (WIDTH - LEFT - RIGHT) / k
    tall = HEIGHT - BOTTOM - TOP
    low, high = float(pay.min()), float(pay.max())
    picture = Picture(HEIGHT, WIDTH)
    picture.write(title, LEFT, 14)
    for y in range(k):
        x = LEFT + y * wide
        bar = tall * 0.5 * float(reference[y]) / float(reference.max())
        picture.box(x, TOP, wide, tall, BLUE if y == given else (236, 237, 234))
        picture.box(x + wide * 0.25, HEIGHT - BOTTOM - bar, wide * 0.5, bar, FAINT)
        share = (float(pay[y]) - low) / (high - low) if high > low else 0.5
        row = HEIGHT - BOTTOM - 4 - share * (tall - 8)
        picture.line(x, row, x + wide, row, 4, GOLD if pay[y] == high else RED)
        if measure(str(y)) < wide:
            picture.write(str(y), x + wide / 2, HEIGHT - BOTTOM + 8, middle=True)
    x = LEFT
    for colour, words in ((BLUE, "given"), (RED, "pay"), (GOLD, "best"), (FAINT, "reference")):
        picture.box(x, HEIGHT - 26, 12, 12, colour)
        picture.write(words, x + 16, HEIGHT - 27)
        x += 16 + measure(words) + 10
    return picture.image()
