"""Dialogues: turns with a scripted partner, in numbers for small policies and in text for language models."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.text.dialogue import Dialogue as Dialogue
    from rewardlab.envs.text.dialogue import Example as Example
    from rewardlab.envs.text.dialogue import Spoken as Spoken
    from rewardlab.envs.text.guess_number import GuessNumber as GuessNumber
    from rewardlab.envs.text.guess_number import GuessNumberText as GuessNumberText

__getattr__ = lazy(__name__)
