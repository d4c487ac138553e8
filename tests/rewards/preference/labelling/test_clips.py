"""Sheets of frames: every pixel comes back, where the formula says it stands."""

import io

import numpy as np
import pytest
from label_server import film
from PIL import Image

from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.labelling.clips import Clip, animated, check_frames, filmstrip, frames_of


@pytest.mark.parametrize(("t", "h", "w"), [(1, 5, 7), (4, 6, 6), (7, 3, 40), (25, 32, 16), (3, 1, 1)])
def test_each_frame_stands_where_the_formula_says(t, h, w):
    frames = film(1, t, height=h, width=w)[0, 0]
    data, columns = filmstrip(frames)
    sheet = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    for i in range(t):
        x, y = (i % columns) * w, i // columns * h
        assert (sheet[y : y + h, x : x + w] == frames[i]).all()
    assert 1 <= columns <= t and sheet.shape[1] == columns * w
    assert (frames_of(data, Clip(1, "", t, w, h, columns)) == frames).all()


def test_an_animation_has_the_frames_and_the_rate():
    frames = film(1, 5, height=8, width=8)[0, 0]
    with Image.open(io.BytesIO(animated(frames, frames_per_second=4))) as image:
        assert image.n_frames == 5
        for i in range(5):
            image.seek(i)
            image.load()
            assert image.info["duration"] == 250
            assert (np.asarray(image.convert("RGB")) == frames[i]).all()


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((3, 4, 4, 3)),
        np.zeros((4, 4, 3), dtype=np.uint8),
        np.zeros((3, 4, 4, 4), dtype=np.uint8),
        np.zeros((0, 4, 4, 3), dtype=np.uint8),
        np.zeros((3, 0, 4, 3), dtype=np.uint8),
        None,
        "film",
    ],
)
def test_what_is_no_picture_is_refused(frames):
    with pytest.raises(BadOption, match="frames"):
        check_frames(frames)


def test_too_many_pixels_and_no_rate_are_refused():
    with pytest.raises(BadOption, match="a clip"):
        filmstrip(np.broadcast_to(np.uint8(0), (200, 600, 600, 3)))
    with pytest.raises(BadOption, match="frames_per_second"):
        animated(film(1)[0, 0], frames_per_second=0)


def test_the_name_of_a_clip_holds_number_and_tag():
    assert Clip(7, "ab12", 1, 1, 1, 1).name == "7-ab12"
