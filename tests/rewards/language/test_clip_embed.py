import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards.language.clip_embed import DEVIATION, MEAN, ClipEmbed
from rewardlab.rewards.language.vlm_rm import VlmReward


@pytest.fixture(scope="module")
def parts():
    """A tiny CLIP with random weights, and a tokenizer of a few words."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import CLIPConfig, CLIPModel, PreTrainedTokenizerFast

    words = ["<pad>", "<unk>", "<end>", "a", "red", "green", "room"]
    inner = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", unk_token="<unk>", eos_token="<end>")
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = CLIPConfig(
        text_config={**small, "vocab_size": 7, "max_position_embeddings": 6, "eos_token_id": 2, "pad_token_id": 0},
        vision_config={**small, "image_size": 8, "patch_size": 4},
        projection_dim=12,
    )
    torch.manual_seed(0)
    return CLIPModel(config), tokenizer


def pictures(n, side=8, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, side, side, 3)).astype(np.uint8)


def test_pictures_are_what_the_model_itself_says_of_normalised_pixels(parts):
    model, _ = parts
    x = pictures(5)
    found = ClipEmbed(*parts)(x)
    assert found.shape == (5, 12)
    assert found.dtype == np.float32
    pixels = (torch.from_numpy(x).permute(0, 3, 1, 2) / 255 - torch.tensor(MEAN)[:, None, None]) / torch.tensor(
        DEVIATION
    )[:, None, None]
    with torch.no_grad():
        direct = model.visual_projection(model.vision_model(pixel_values=pixels).pooler_output)
    np.testing.assert_allclose(found, direct.numpy(), atol=1e-5)


def test_texts_are_what_the_model_itself_says_whatever_stands_beside_them(parts):
    model, tokenizer = parts
    texts = ["a red room", "green", "a room a room a room a room"]
    found = ClipEmbed(*parts)(texts)
    assert found.shape == (3, 12)
    for row, text in zip(found, texts, strict=True):
        ids = torch.tensor([tokenizer(text)["input_ids"][:6]])
        with torch.no_grad():
            direct = model.text_projection(model.text_model(input_ids=ids).pooler_output)
        for x in (row, ClipEmbed(*parts)([text])[0]):
            np.testing.assert_allclose(x, direct[0].numpy(), atol=1e-5)
    assert np.abs(found[0] - found[1]).max() > 1e-3


def test_batches_and_sizes_do_not_matter(parts):
    embed = ClipEmbed(*parts, batch=2)
    np.testing.assert_allclose(embed(pictures(5)), ClipEmbed(*parts)(pictures(5)), atol=1e-5)
    plain = np.full((1, 30, 20, 3), 77, dtype=np.uint8)  # of one colour: the same at each size
    np.testing.assert_allclose(embed(plain), embed(np.full((1, 8, 8, 3), 77, dtype=np.uint8)), atol=1e-4)
    assert embed([]).shape == (0, 12)


def test_it_serves_the_reward(parts):
    from rewardlab.core.batch import Transitions

    x, flags = pictures(4), np.zeros(4, dtype=bool)
    batch = Transitions(x, flags * 0, np.zeros(4), x, flags, flags, {"frame": x})
    pay = VlmReward(ClipEmbed(*parts), "a red room", "a room", 0.5)(batch)
    assert pay.shape == (4,)
    assert (pay <= 1).all()
    assert len(np.unique(pay)) == 4


def test_what_it_cannot_do_is_refused(parts):
    with pytest.raises(BadOption, match="batch"):
        ClipEmbed(*parts, batch=0)
    with pytest.raises(BadOption, match="tokenizer"):
        ClipEmbed(parts[0])
    with pytest.raises(BadBatch, match="pictures"):
        ClipEmbed(*parts)(pictures(2).astype(float))
