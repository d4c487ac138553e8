"""Contrastive encoder: a small CLIP, a network for pictures and one for texts that share a space.

    L = ½ (CE(z, targets) + CE(zᵀ, targets)),    z_ij = E(picture_i) · E(text_j) / τ

It is taught by pictures and their captions: what belongs together comes to lie near, all else in the batch far. Equal
captions are all right (the targets share the weight), which is ours: those of a grammar repeat. What it then says of a
sentence that was never a caption comes from the words. Equal seeds give equal bits on one machine.

Source: Radford, Kim, Hallacy, Ramesh, Goh, Agarwal et al., "Learning Transferable Visual Models From Natural Language
Supervision", ICML 2021, Section 2.3 and Figure 3.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rewardlab.core import checkpoint, nets
from rewardlab.core.arrays import array
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption


@dataclass(frozen=True)
class Size:
    """How large an encoder is.

    Attributes:
        channels: of the convolutions, each of which halves the picture.
        hidden: width between convolutions and space.
        width: of the text transformer.
        layers: of the text transformer.
    """

    channels: tuple[int, ...]
    hidden: int
    width: int
    layers: int


SIZES = {
    "S": Size((4, 8), 16, 16, 1),
    "M": Size((8, 16, 16), 64, 32, 1),
    "L": Size((16, 32, 64), 128, 64, 2),
}
_HEADS = 2


class _Block(nn.Module):
    """Attention and a perceptron, each after a norm and beside the way through."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before, self.after = nn.LayerNorm(width), nn.LayerNorm(width)
        self.ask, self.give = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.think = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x: Tensor, there: Tensor) -> Tensor:  # [B, T, width], [B, T] bool
        B, T, width = x.shape
        q, k, v = self.ask(self.before(x)).reshape(B, T, 3, _HEADS, width // _HEADS).permute(2, 0, 3, 1, 4)
        score = (q @ k.transpose(-1, -2)) / (width // _HEADS) ** 0.5
        weight = score.masked_fill(~there[:, None, None], -torch.inf).softmax(-1)
        x = x + self.give((weight @ v).transpose(1, 2).reshape(B, T, width))
        return x + self.think(self.after(x))


class _Texts(nn.Module):
    """Words [B, T], 0 where there is none, to vectors [B, D]: the mean over the words after some blocks."""

    def __init__(self, words: int, size: Size, dim: int, longest: int) -> None:
        super().__init__()
        self.word = nn.Embedding(words, size.width)
        self.place = nn.Parameter(0.02 * torch.randn(longest, size.width))
        self.blocks = nn.ModuleList(_Block(size.width) for _ in range(size.layers))
        self.norm, self.out = nn.LayerNorm(size.width), nn.Linear(size.width, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        there = tokens > 0
        x = self.word(tokens) + self.place[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x, there)
        x = self.norm(x) * there[..., None]
        return self.out(x.sum(1) / there.sum(1, keepdim=True).clamp(min=1))


class ContrastiveEncoder:
    """A small CLIP; called with texts or with pictures [B, H, W, 3] uint8, it gives unit vectors [B, D] float32.

    Args:
        words: the vocabulary; other words count as one that is unknown. `words_of` reads it off captions.
        side: pixels of the pictures, which are square; at least 8.
        size: how large; the three of `SIZES` are meant for pictures of 32 to 64 pixels.
        dim: D.
        temperature: τ.
        longest: words of a text; further ones are cut.
        lr: step size of Adam.
        seed: of the weights and the order of the pictures.

    Raises:
        BadOption: for no words, or sizes and numbers that cannot be.
    """

    def __init__(
        self,
        words: Iterable[str],
        *,
        side: int = 48,
        size: Size = SIZES["M"],
        dim: int = 64,
        temperature: float = 0.07,
        longest: int = 24,
        lr: float = 2e-3,
        seed: int = 0,
    ) -> None:
        self.words = tuple(dict.fromkeys(words))
        if not self.words:
            raise BadOption("no words", where="ContrastiveEncoder", expected="a vocabulary", mend="words_of(captions)")
        if side < 8 or dim < 1 or longest < 1 or not temperature > 0 or size.width % _HEADS or not size.channels:
            raise BadOption(
                f"side={side}, dim={dim}, longest={longest}, temperature={temperature}, size={size}",
                where="ContrastiveEncoder",
                expected="side >= 8, dim and longest >= 1, temperature > 0, an even width, some channels",
            )
        self.side, self.size, self.dim = side, size, dim
        self.temperature, self.longest, self.seed, self.trained = temperature, longest, seed, 0
        self._number = {word: i + 2 for i, word in enumerate(self.words)}  # 0 is nothing, 1 an unknown word
        pictures = nets.cnn((side, side, 3), dim, size.channels, seed=nets.child_seed(seed, 0), hidden=size.hidden)
        with nets.seeded(nets.child_seed(seed, 1)):
            texts = _Texts(len(self.words) + 2, size, dim, longest)
        self._net = nn.ModuleDict({"pictures": pictures, "texts": texts})
        self._fit = nets.Fit(self._net, lr, clip=1.0, weight_decay=0.01, name="ContrastiveEncoder")

    @property
    def parameters(self) -> int:
        """How many numbers it learns."""
        return sum(p.numel() for p in self._net.parameters())

    def __call__(self, items: Any) -> np.ndarray:
        """Unit vectors [B, D] of texts, or of pictures [B, side, side, 3] uint8.

        Raises:
            BadBatch: for pictures of another shape or type.
        """
        with torch.no_grad():
            if len(items) and isinstance(items[0], str):
                return array(self._of_texts(self._tokens(items)))
            return array(self._of_pictures(self._checked(items)))

    def fit(self, pictures: np.ndarray, captions: Sequence[str], *, steps: int = 200, batch: int = 64) -> list[float]:
        """Learn from pictures [N, side, side, 3] uint8 and their captions, from where it stands: the losses [steps].

        Raises:
            BadBatch: for pictures of another shape or type, or another number of captions.
        """
        x = self._checked(pictures)
        if len(captions) != len(x) or len(x) < 2:
            raise BadBatch(
                f"{len(captions)} captions", where="ContrastiveEncoder.fit", expected=f"{len(x)}, at least 2"
            )
        tokens = self._tokens(captions)
        number = {text: i for i, text in enumerate(dict.fromkeys(captions))}
        which = torch.tensor([number[text] for text in captions])
        rng = np.random.default_rng(nets.child_seed(self.seed, 2, self.trained))
        losses = []
        for _ in range(steps):
            rows = torch.from_numpy(rng.choice(len(x), min(batch, len(x)), replace=False))
            same = which[rows][:, None] == which[rows]
            loss = info_nce(self._of_pictures(x[rows]), self._of_texts(tokens[rows]), same, self.temperature)
            losses.append(self._fit(loss)["loss"])
        self.trained += 1
        return losses

    def _of_pictures(self, x: Tensor) -> Tensor:
        out: Tensor = nn.functional.normalize(self._net["pictures"](x.to(torch.float32) / 127.5 - 1.0), dim=-1)
        return out

    def _of_texts(self, tokens: Tensor) -> Tensor:
        out: Tensor = nn.functional.normalize(self._net["texts"](tokens), dim=-1)
        return out

    def _checked(self, pictures: Any) -> Tensor:
        x = array(pictures)
        if x.ndim != 4 or x.shape[1:] != (self.side, self.side, 3) or x.dtype != np.uint8:
            raise BadBatch(
                f"pictures of shape {x.shape} and dtype {x.dtype}",
                where="ContrastiveEncoder",
                expected=f"[B, {self.side}, {self.side}, 3] of uint8",
            )
        return torch.from_numpy(np.ascontiguousarray(x))

    def _tokens(self, texts: Sequence[str]) -> Tensor:
        out = torch.zeros(len(texts), self.longest, dtype=torch.int64)
        for i, text in enumerate(texts):
            numbers = [self._number.get(word, 1) for word in split(text)][: self.longest] or [1]
            out[i, : len(numbers)] = torch.tensor(numbers, dtype=torch.int64)
        return out

    def state_dict(self) -> dict[str, Any]:
        """Weights, moments and how often it was taught."""
        return {"fit": self._fit.state_dict(), "trained": self.trained}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict` of an encoder with the same options.

        Raises:
            BadCheckpoint: if it is none.
        """
        check_keys(state, ("fit", "trained"), where="ContrastiveEncoder")
        self._fit.load_state_dict(state["fit"])
        self.trained = int(state["trained"])

    def save(self, path: str | Path) -> None:
        """Write everything to a file."""
        meta = {
            "words": list(self.words),
            "side": self.side,
            "size": {**vars(self.size), "channels": list(self.size.channels)},
            "dim": self.dim,
            "temperature": self.temperature,
            "longest": self.longest,
            "lr": self._fit.lr,
            "seed": self.seed,
        }
        checkpoint.save(path, "contrastive encoder", meta, self.state_dict())

    @staticmethod
    def load(path: str | Path) -> "ContrastiveEncoder":
        """The encoder that `save` wrote.

        Raises:
            BadCheckpoint: for another file, or one that was changed.
        """
        meta, state = checkpoint.load(path, "contrastive encoder")
        try:
            size = Size(**{**meta["size"], "channels": tuple(meta["size"]["channels"])})
            encoder = ContrastiveEncoder(**{**meta, "size": size})
        except (KeyError, TypeError, BadOption) as e:
            raise BadCheckpoint(str(e), where=str(path), expected="what ContrastiveEncoder.save wrote") from None
        encoder.load_state_dict(state)
        return encoder


def info_nce(pictures: Tensor, texts: Tensor, same: Tensor, temperature: float) -> Tensor:
    """The loss L of unit vectors [B, D] of pictures and of their texts.

    Args:
        pictures, texts: row i of each belong together.
        same: [B, B] bool, which texts are equal; the diagonal at least.
        temperature: τ.
    """
    z = pictures @ texts.T / temperature
    target = same.to(z.dtype)
    target = target / target.sum(-1, keepdim=True)
    return 0.5 * (nn.functional.cross_entropy(z, target) + nn.functional.cross_entropy(z.T, target))


def split(text: str) -> list[str]:
    """The words of a text in small letters."""
    return re.findall(r"[a-z0-9]+", text.lower())


def words_of(texts: Iterable[str]) -> list[str]:
    """The vocabulary of some texts, sorted."""
    return sorted({word for text in texts for word in split(text)})
