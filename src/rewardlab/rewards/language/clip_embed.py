"""CLIP embed: a CLIP of Hugging Face as an encoder of texts and pictures. Needs the extra `rewardlab[text]`.

    E(picture) = W_I f_I(resized, normalised pixels),    E(text) = W_T f_T(tokens)

The pictures are made as large as the model wants them with a cubic filter, and normalised by the mean and deviation of
the pictures that CLIP was taught by. No file of the model that says how is needed.

Source: Radford, Kim, Hallacy, Ramesh, Goh, Agarwal et al., "Learning Transferable Visual Models From Natural Language
Supervision", ICML 2021, Section 2.4.
"""

import importlib.util
from typing import Any

import numpy as np

from rewardlab.core.arrays import array
from rewardlab.core.errors import BadBatch, BadOption

MEAN = (0.48145466, 0.4578275, 0.40821073)
DEVIATION = (0.26862954, 0.26130258, 0.27577711)


class ClipEmbed:
    """An `Embed` of texts and of pictures [B, H, W, 3] uint8 by one CLIP.

    Args:
        model: a `transformers.CLIPModel`, or the name or folder of one.
        tokenizer: its tokenizer; None loads that of the name.
        batch: how many go through the model together.
        device: where it runs; None leaves it where it is.

    Raises:
        BadOption: for a batch below 1, a model without its tokenizer, or without transformers.
    """

    def __init__(self, model: Any, tokenizer: Any = None, *, batch: int = 64, device: Any = None) -> None:
        if batch < 1:
            raise BadOption(f"batch={batch!r}", where="ClipEmbed", expected="1 or more")
        if isinstance(model, str):
            if importlib.util.find_spec("transformers") is None:
                raise BadOption(
                    "transformers is not installed",
                    where="ClipEmbed",
                    expected="the extra",
                    mend='pip install "rewardlab[text]"',
                )
            import transformers

            tokenizer = tokenizer or transformers.AutoTokenizer.from_pretrained(model)
            model = transformers.CLIPModel.from_pretrained(model)
        if tokenizer is None:
            raise BadOption("a model without its tokenizer", where="ClipEmbed", expected="tokenizer=")
        self.model = (model if device is None else model.to(device)).eval()
        self.tokenizer, self.batch = tokenizer, batch

    def __call__(self, items: Any) -> np.ndarray:
        """Vectors [B, D] float32 of texts, or of pictures [B, H, W, 3] uint8.

        Raises:
            BadBatch: for pictures of another shape or type.
        """
        import torch

        parts = []
        with torch.no_grad():
            for at in range(0, len(items), self.batch):
                some = items[at : at + self.batch]
                out = self._texts(list(some)) if isinstance(some[0], str) else self._pictures(array(some))
                out = getattr(out, "pooler_output", out)  # newer versions wrap what they return
                parts.append(array(out.float()))
        return np.concatenate(parts) if parts else np.zeros((0, self.model.config.projection_dim), np.float32)

    def _texts(self, texts: list[str]) -> Any:
        longest = self.model.config.text_config.max_position_embeddings
        told = self.tokenizer(texts, padding=True, truncation=True, max_length=longest, return_tensors="pt")
        keys = ("input_ids", "attention_mask")
        return self.model.get_text_features(**{key: told[key].to(self.model.device) for key in keys})

    def _pictures(self, pictures: np.ndarray) -> Any:
        import torch

        if pictures.ndim != 4 or pictures.shape[-1] != 3 or pictures.dtype != np.uint8:
            raise BadBatch(
                f"pictures of shape {pictures.shape} and dtype {pictures.dtype}",
                where="ClipEmbed",
                expected="[B, height, width, 3] of uint8",
            )
        side = self.model.config.vision_config.image_size
        x = torch.from_numpy(np.ascontiguousarray(pictures)).to(self.model.device).permute(0, 3, 1, 2).float() / 255
        if x.shape[-2:] != (side, side):
            x = torch.nn.functional.interpolate(
                x, (side, side), mode="bicubic", align_corners=False, antialias=True
            ).clamp(0, 1)
        mean, deviation = (torch.tensor(v, device=x.device)[:, None, None] for v in (MEAN, DEVIATION))
        return self.model.get_image_features(pixel_values=(x - mean) / deviation)
