"""Tools of text agents: small classes that a message may call, behind walls where they run what it says."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.text.tools.answer import answer as answer
    from rewardlab.envs.text.tools.answer import respond as respond
    from rewardlab.envs.text.tools.calculator import Calculator as Calculator
    from rewardlab.envs.text.tools.calls import Call as Call
    from rewardlab.envs.text.tools.calls import Fault as Fault
    from rewardlab.envs.text.tools.calls import read as read
    from rewardlab.envs.text.tools.database import Database as Database
    from rewardlab.envs.text.tools.function import Function as Function
    from rewardlab.envs.text.tools.key_value import KeyValue as KeyValue
    from rewardlab.envs.text.tools.key_value import Lookup as Lookup
    from rewardlab.envs.text.tools.parameters import schema as schema
    from rewardlab.envs.text.tools.parameters import usage as usage
    from rewardlab.envs.text.tools.python import Python as Python
    from rewardlab.envs.text.tools.search import Article as Article
    from rewardlab.envs.text.tools.search import Index as Index
    from rewardlab.envs.text.tools.search import Search as Search
    from rewardlab.envs.text.tools.sql import SQL as SQL
    from rewardlab.envs.text.tools.tool import Session as Session
    from rewardlab.envs.text.tools.tool import Tool as Tool
    from rewardlab.envs.text.tools.tool import ToolError as ToolError
    from rewardlab.envs.text.tools.world import Document as Document
    from rewardlab.envs.text.tools.world import world as world

__getattr__ = lazy(__name__)
