"""The reward language: programs for one step, read as text and compiled to array operations over a batch.

No line of a program is ever run as Python. `source` reads and measures the text, `trace` follows it with symbols in
place of numbers, `graph` collects the array operations, `emit` writes them down, `program` calls them.
"""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.core.sandbox.language.program import RewardProgram as RewardProgram
    from rewardlab.core.sandbox.language.program import compile_program as compile_program
    from rewardlab.core.sandbox.language.signature import Leaf as Leaf
    from rewardlab.core.sandbox.language.signature import Signature as Signature

__getattr__ = lazy(__name__)
