import numpy as np
import pytest
import torch

from rewardlab.core.checkpoint import save
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.rewards.language.contrastive_encoder import SIZES, ContrastiveEncoder, Size, info_nce, split, words_of

TINY = Size((4, 8), 16, 8, 1)
WHERE = {"left": 2, "middle": 7, "right": 12}
COLOUR = {"red": (220, 40, 40), "blue": (40, 60, 220), "green": (30, 200, 60)}


def scenes(n, seed=0):
    """[n, 16, 16, 3] of a coloured block, and captions that never say "red left"."""
    rng = np.random.default_rng(seed)
    pictures, captions, truth = np.full((n, 16, 16, 3), 240, dtype=np.uint8), [], []
    for i in range(n):
        colour, where = rng.choice(list(COLOUR)), rng.choice(list(WHERE))
        x, y = WHERE[where] + rng.integers(-1, 2), rng.integers(2, 14)
        pictures[i, y - 2 : y + 2, max(x - 2, 0) : x + 2] = COLOUR[colour]
        form = "a {c} block at the {w}" if rng.random() < 0.5 else "at the {w} there is a {c} block"
        captions.append(form.format(c=colour, w=where))
        truth.append((colour, where))
    return pictures, captions, truth


@pytest.fixture(scope="module")
def taught():
    pictures, captions, _ = scenes(600)
    encoder = ContrastiveEncoder(words_of(captions), side=16, size=Size((8, 16), 32, 16, 1), dim=16, seed=1)
    losses = encoder.fit(pictures, captions, steps=120, batch=32)
    return encoder, losses


def test_the_loss_is_that_of_its_closed_form():
    rng = np.random.default_rng(0)
    x, y = (torch.nn.functional.normalize(torch.from_numpy(rng.normal(size=(4, 6))), dim=-1) for _ in "ab")
    z = (x @ y.T / 0.07).numpy()
    rows = np.log(np.exp(z).sum(1)) - np.diag(z)
    columns = np.log(np.exp(z).sum(0)) - np.diag(z)
    assert float(info_nce(x, y, torch.eye(4) > 0, 0.07)) == pytest.approx(0.5 * (rows.mean() + columns.mean()))
    # two equal captions share the weight; texts that are alike cannot be told apart, and need not be
    same = torch.tensor([[1, 1, 0], [1, 1, 0], [0, 0, 1]]) > 0
    ends = torch.eye(3, dtype=torch.float64)[[0, 0, 1]]
    assert float(info_nce(ends, ends, same, 0.01)) == pytest.approx(0.5 * 2 * np.log(2) * 2 / 3, abs=1e-9)


def test_it_learns_and_says_of_a_new_sentence_what_its_words_mean(taught):
    encoder, losses = taught
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:5])
    pictures, captions, truth = scenes(200, seed=9)
    goal = "red block left"
    assert goal not in captions
    near = encoder(pictures) @ encoder([goal])[0]
    hit = np.array([t == ("red", "left") for t in truth])
    assert near[hit].mean() > np.quantile(near[~hit], 0.9)


def test_vectors_have_length_1_and_come_in_float32(taught):
    encoder, _ = taught
    for items in (scenes(5)[0], list(scenes(5)[0]), ["a red block", "", "quite unknown"]):
        x = encoder(items)
        assert x.dtype == np.float32
        assert x.shape == (len(items), 16)
        np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(encoder(["zebra"]), encoder(["yak"]), atol=1e-6)  # both unknown
    np.testing.assert_allclose(encoder(["A RED, block!"]), encoder(["a red block"]), atol=1e-6)
    pair = encoder(["a red block", "a red block at the left there is"])
    np.testing.assert_allclose(pair[0], encoder(["a red block"])[0], atol=1e-5)  # whatever stands beside it


def test_equal_seeds_give_equal_bits_and_others_do_not():
    pictures, captions, _ = scenes(60)

    def one(seed):
        encoder = ContrastiveEncoder(words_of(captions), side=16, size=TINY, seed=seed)
        return encoder.fit(pictures, captions, steps=3, batch=8), encoder(pictures[:4])

    before = torch.random.get_rng_state()
    (a, x), (b, y), (c, _) = one(0), one(0), one(1)
    assert a == b
    np.testing.assert_array_equal(x, y)
    assert a != c
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_file_keeps_all_and_learning_goes_on_alike(tmp_path):
    pictures, captions, _ = scenes(60)
    encoder = ContrastiveEncoder(words_of(captions), side=16, size=TINY, dim=8, temperature=0.1, longest=5, lr=0.01)
    encoder.fit(pictures, captions, steps=3, batch=8)
    encoder.save(tmp_path / "encoder")
    other = ContrastiveEncoder.load(tmp_path / "encoder")
    np.testing.assert_array_equal(other(captions[:3]), encoder(captions[:3]))
    assert other.fit(pictures, captions, steps=3, batch=8) == encoder.fit(pictures, captions, steps=3, batch=8)
    for meta in ({}, {"size": 3}, {"words": ["a"], "size": {"channels": [4], "hidden": 2, "width": 3, "layers": 1}}):
        save(tmp_path / "other", "contrastive encoder", meta, encoder.state_dict())
        with pytest.raises(BadCheckpoint):
            ContrastiveEncoder.load(tmp_path / "other")
    with pytest.raises(BadCheckpoint):
        ContrastiveEncoder(["a"], side=16, size=SIZES["S"]).load_state_dict(encoder.state_dict())


def test_three_sizes_grow():
    count = [ContrastiveEncoder(["a"], size=SIZES[name]).parameters for name in "SML"]
    assert count[0] * 2 < count[1]
    assert count[1] * 2 < count[2]


def test_words():
    assert split("The pole's 2 ends, UPRIGHT!") == ["the", "pole", "s", "2", "ends", "upright"]
    assert words_of(["b a", "a c"]) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "options",
    [{"words": []}, {"side": 4}, {"temperature": 0.0}, {"size": Size((4,), 4, 3, 1)}, {"dim": 0}, {"longest": 0}],
)
def test_options_that_cannot_be_are_refused(options):
    with pytest.raises(BadOption):
        ContrastiveEncoder(**{"words": ["a"], **options})


def test_pictures_and_captions_that_do_not_fit_are_refused():
    encoder = ContrastiveEncoder(["a"], side=16, size=TINY)
    for wrong in (np.zeros((2, 8, 8, 3), np.uint8), np.zeros((2, 16, 16, 3)), np.zeros((2, 16, 16), np.uint8)):
        with pytest.raises(BadBatch, match="pictures"):
            encoder(wrong)
    with pytest.raises(BadBatch, match="captions"):
        encoder.fit(np.zeros((2, 16, 16, 3), np.uint8), ["a"])
