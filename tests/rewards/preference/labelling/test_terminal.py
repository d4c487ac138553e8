import numpy as np
import pytest
from labelled_by_people import worth

from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.labelling import LabelStore, terminal
from rewardlab.rewards.preference.labelling.blocks import full, letters


class Played:
    """A screen whose annotator presses what a script says; "tick" lets the time of a frame pass."""

    def __init__(self, *script, columns=60, rows=20):
        self.script, self.columns, self.rows = list(script), columns, rows
        self.seen, self.now = [], 100.0

    def size(self):
        return self.columns, self.rows

    def show(self, picture, below):
        self.seen.append((picture, below))

    def key(self, wait=None):
        word = self.script.pop(0) if self.script else None
        if word == "tick":
            assert wait is not None, "nothing plays: it would wait for ever"
            self.now += wait
            return ""
        self.now += 0.25
        return word


@pytest.fixture
def store(tmp_path):
    with LabelStore(tmp_path, repeats=0.0) as found:
        pairs, frames = worth(8)
        found.add(pairs, frames=frames, task="The dot is to go right.")
        yield found


def said(store):
    batch, _ = store.labelled()
    return dict(zip(batch.info["query"].tolist(), batch.info["label"].tolist(), strict=True))


def test_what_is_pressed_is_what_is_stored(store):
    screen = Played("left", "right", "down", "s", "1", "2", "0", "e")
    assert terminal.label(store, "ada", screen) == 8
    assert said(store) == {1: 1.0, 2: 0.0, 3: 0.5, 5: 1.0, 6: 0.0, 7: 0.5, 8: 0.5}
    assert store.statistics()["ada"]["skips"] == 1
    assert "Nothing to label right now: 8 of 8" in screen.seen[-1][1]


def test_an_undone_answer_is_replaced(store):
    screen = Played("left", "u", "right", "u", "u", "backspace", "left", "q")
    assert terminal.label(store, "ada", screen) == 1
    assert said(store) == {1: 1.0}
    assert any("back to the pair before" in below for _, below in screen.seen)
    assert any("nothing to undo" in below for _, below in screen.seen)


def test_the_clips_play_on_one_clock_stop_and_step(store):
    screen = Played("tick", "tick", "space", ".", ",", ",", "space", "tick", "+", "-", "-", "q")
    assert terminal.label(store, "ada", screen, frames_per_second=4.0) == 0
    frames = [int(below.split("frame ")[1].split()[0]) for _, below in screen.seen]
    assert frames == [1, 2, 3, 3, 4, 3, 2, 2, 3, 3, 3, 3]
    paused = ["paused" in below for _, below in screen.seen]
    assert paused == [False] * 3 + [True] * 4 + [False] * 5
    assert "2x" in screen.seen[9][1] and "0.5x" in screen.seen[11][1]


def test_the_picture_is_that_of_the_clips(store):
    screen = Played("tick", "q")
    terminal.label(store, "ada", screen, paint=letters)
    frames = worth(8)[1]
    for t, (picture, below) in enumerate(screen.seen[:2]):
        sides = [letters(frames[0, g, t], 28, 13) for g in (0, 1)]
        assert picture.split("\n") == [f"{a}   {b}" for a, b in zip(*sides, strict=True)]
        assert "The dot is to go right." in below


def test_clips_of_two_lengths_and_sizes_stand_side_by_side(tmp_path):
    with LabelStore(tmp_path) as store:
        pairs, _ = worth(1)
        pairs.info["mask"] = np.arange(6) < np.array([[[6], [2]]])
        store.add(pairs, frames=[(np.zeros((6, 8, 32, 3), np.uint8), np.zeros((6, 32, 8, 3), np.uint8))])
        screen = Played(*["tick"] * 7, "left")
        assert terminal.label(store, "ada", screen, paint=full) == 1
        assert len({tuple(map(terminal._width, p.split("\n"))) for p, _ in screen.seen[:7]}) == 1
        assert len(set(map(terminal._width, screen.seen[0][0].split("\n")))) == 1
        assert "frame 6 of 6" in screen.seen[5][1] and "frame 1 of 6" in screen.seen[6][1]


def test_the_time_of_an_answer_is_that_before_the_screen(store):
    screen = Played("tick", "tick", "left")
    terminal.label(store, "ada", screen, frames_per_second=2.0, clock=lambda: screen.now)
    assert store.statistics()["ada"]["median_seconds"] == pytest.approx(2 * 0.5 + 0.25)


def test_a_pair_that_was_answered_elsewhere_is_left_alone(store):
    class Quicker(Played):
        def key(self, wait=None):
            if len(self.script) == 2:
                store.answer(1, "ada", 0.0, key="of-the-other-window")
            return super().key(wait)

    screen = Quicker("left", "right")
    assert terminal.label(store, "ada", screen) == 1
    assert said(store) == {1: 0.0, 2: 0.0}
    assert "answered elsewhere" in screen.seen[1][1]


def test_new_pairs_appear_by_themselves(tmp_path):
    with LabelStore(tmp_path) as store:

        class Trained(Played):
            def key(self, wait=None):
                if len(self.script) == 2:
                    pairs, frames = worth(1)
                    store.add(pairs, frames=frames)
                return super().key(wait)

        assert terminal.label(store, "ada", Trained("tick", "tick", "left")) == 1
        assert said(store) == {1: 1.0}


def test_a_rate_of_nothing_is_refused(store):
    with pytest.raises(BadOption, match="frames_per_second"):
        terminal.label(store, "ada", Played(), frames_per_second=0)
