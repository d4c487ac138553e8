import base64
import io
import re

import numpy as np
import pytest
from labelled_by_people import worth
from PIL import Image, ImageSequence

from rewardlab.core.errors import BadOption, UnknownName
from rewardlab.rewards.preference.labelling import LabelStore
from rewardlab.rewards.preference.labelling.notebook import Sitting, beside


@pytest.fixture
def store(tmp_path):
    with LabelStore(tmp_path, repeats=0.0) as found:
        pairs, frames = worth(5)
        found.add(pairs, frames=frames, task="The dot <b> is to go right.")
        yield found


def said(store):
    batch, _ = store.labelled()
    return dict(zip(batch.info["query"].tolist(), batch.info["label"].tolist(), strict=True))


def test_calls_are_answers(store):
    sitting = Sitting(store, "ada")
    assert sitting.label("left").label("Right").label("e").query.number == 4
    assert sitting.undo().query.number == 3
    sitting.label("l").label("skip").label("equal")
    assert said(store) == {1: 1.0, 2: 0.0, 3: 1.0, 5: 0.5}
    assert sitting.query is None and "5 of 5" in repr(sitting) and "Nothing" in sitting._repr_html_()
    with pytest.raises(BadOption, match="no pair is shown"):
        sitting.label("left")


def test_typed_answers_are_the_same(store):
    words, shown, asked = iter(["left", "what", " R ", "u", "equal", "quit"]), [], []
    sitting = Sitting(store, "ada")
    now = sitting.ask(
        display=lambda s: shown.append(s.query.number), read=lambda line: asked.append(line) or next(words)
    )
    assert now == {"done": 2, "total": 5} and said(store) == {1: 1.0, 2: 0.5}
    assert shown == [1, 2, 3, 2, 3] and len(asked) == 6


def test_a_cell_shows_both_clips_on_one_clock(store):
    sitting = Sitting(store, "ada", frames_per_second=5.0)
    page = sitting._repr_html_()
    assert "The dot &lt;b&gt; is" in page and "<script" not in page
    data = base64.b64decode(re.search(r"base64,([^\"]*)", page)[1])
    with Image.open(io.BytesIO(data)) as image:
        got = np.stack([np.asarray(f.convert("RGB")) for f in ImageSequence.Iterator(image)])
        assert image.info["duration"] == 200 and image.info["loop"] == 0
    frames = worth(5)[1]
    assert (got[:, :, :16] == frames[0, 0]).all() and (got[:, :, -16:] == frames[0, 1]).all()


def test_the_shorter_clip_rests_on_its_last_frame():
    first, second = np.arange(4, dtype=np.uint8), np.arange(10, 12, dtype=np.uint8)
    grown = [np.broadcast_to(x[:, None, None, None], (len(x), h, 2, 3)) for x, h in ((first, 3), (second, 5))]
    film = beside(*grown)
    assert film.shape == (4, 5, 16, 3)
    assert (film[:, 0, 0, 0] == first).all() and film[:, 0, -1, 0].tolist() == [10, 11, 11, 11]
    assert (film[:, 3:, :2] == 255).all() and (film[:, :, 2:14] == 255).all()


def test_the_time_of_an_answer_is_that_since_the_pair_was_shown(store):
    now = iter([0.0, 3.0, 3.0])
    Sitting(store, "ada", clock=lambda: next(now)).label("left")
    assert store.statistics()["ada"]["median_seconds"] == 3.0


def test_mistakes_say_what_is_right(store):
    with pytest.raises(UnknownName, match="did you mean 'left'"):
        Sitting(store, "ada").label("lefft")
    with pytest.raises(BadOption, match="frames_per_second"):
        Sitting(store, "ada", frames_per_second=0.0)
    with pytest.raises(BadOption, match="no notebook here"):
        Sitting(store, "ada").ask(read=lambda _: "quit")
