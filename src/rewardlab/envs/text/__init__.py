"""Dialogues: turns with a scripted partner, in numbers for small policies and in text for language models."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.text.arith_chain import ArithChain as ArithChain
    from rewardlab.envs.text.attribute_duel import AttributeDuel as AttributeDuel
    from rewardlab.envs.text.attribute_rewrite import AttributeRewrite as AttributeRewrite
    from rewardlab.envs.text.attribute_text import AttributeText as AttributeText
    from rewardlab.envs.text.countdown import Countdown as Countdown
    from rewardlab.envs.text.critique_loop import CritiqueLoop as CritiqueLoop
    from rewardlab.envs.text.demonstrations import demonstrations as demonstrations
    from rewardlab.envs.text.dialogue import Dialogue as Dialogue
    from rewardlab.envs.text.dialogue import Heard as Heard
    from rewardlab.envs.text.fact_hint import FactHint as FactHint
    from rewardlab.envs.text.fact_summary import FactSummary as FactSummary
    from rewardlab.envs.text.grammar_text import GrammarText as GrammarText
    from rewardlab.envs.text.guess_number import GuessNumber as GuessNumber
    from rewardlab.envs.text.guess_number import GuessNumberText as GuessNumberText
    from rewardlab.envs.text.gui_critic import GUICritic as GUICritic
    from rewardlab.envs.text.judge_pair import JudgePair as JudgePair
    from rewardlab.envs.text.kv_experts import KVExperts as KVExperts
    from rewardlab.envs.text.kv_recall import KVRecall as KVRecall
    from rewardlab.envs.text.kv_search import KVSearch as KVSearch
    from rewardlab.envs.text.lines import Example as Example
    from rewardlab.envs.text.market_chat import MarketChat as MarketChat
    from rewardlab.envs.text.mini_gui import MiniGUI as MiniGUI
    from rewardlab.envs.text.negotiation import Negotiation as Negotiation
    from rewardlab.envs.text.program_repair import ProgramRepair as ProgramRepair
    from rewardlab.envs.text.puzzle_suite import PuzzleSuite as PuzzleSuite
    from rewardlab.envs.text.scene_caption import SceneCaption as SceneCaption
    from rewardlab.envs.text.scene_clip import SceneClip as SceneClip
    from rewardlab.envs.text.scene_qa import SceneQA as SceneQA
    from rewardlab.envs.text.simplify_text import SimplifyText as SimplifyText
    from rewardlab.envs.text.slot_prompt import SlotPrompt as SlotPrompt
    from rewardlab.envs.text.spoken import Numbered as Numbered
    from rewardlab.envs.text.spoken import Spoken as Spoken
    from rewardlab.envs.text.sql_questions import SqlQuestions as SqlQuestions
    from rewardlab.envs.text.text_house import TextHouse as TextHouse
    from rewardlab.envs.text.text_nav import TextNav as TextNav
    from rewardlab.envs.text.tokens import DialogueTokens as DialogueTokens
    from rewardlab.envs.text.tool_call import ToolCall as ToolCall
    from rewardlab.envs.text.tool_world import ToolWorld as ToolWorld
    from rewardlab.envs.text.twenty_questions import TwentyQuestions as TwentyQuestions
    from rewardlab.envs.text.word_guess import WordGuess as WordGuess

__getattr__ = lazy(__name__)
