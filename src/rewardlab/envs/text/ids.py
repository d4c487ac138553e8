"""Ids of the dialogues: each in numbers and in text."""

IDS = {
    "rewardlab/ArithChain-Calculator-v0": {
        "rules": "rewardlab.envs.text.arith_chain:ArithChain",
        "kwargs": {"calculator": True, "length": 6, "modulus": 97},
        "summary": "A long chain of operations with large numbers, and a calculator.",
    },
    "rewardlab/ArithChain-Columns-v0": {
        "rules": "rewardlab.envs.text.arith_chain:ArithChain",
        "kwargs": {"kind": "columns"},
        "summary": "Add two numbers digit by digit.",
    },
    "rewardlab/ArithChain-v0": {"rules": "rewardlab.envs.text.arith_chain:ArithChain"},
    "rewardlab/ArithChainTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.arith_chain:ArithChain"},
        "summary": "Chains of arithmetic in tokens, for small policies.",
    },
    "rewardlab/AttributeText-Aspects-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "aspects", "cost_weight": 1.0},
        "summary": "Polite, safe, on topic and of the right length; adversarial prompts find unsafe words helpful.",
    },
    "rewardlab/AttributeText-Control-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "sentiment", "options": {"control": True}},
        "summary": "The prompt says whether to be nice or harsh, long or short.",
    },
    "rewardlab/AttributeText-Danger-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "danger"},
        "summary": "Refuse where two words stand together in the prompt, answer everywhere else.",
    },
    "rewardlab/AttributeText-Decisive-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "decisive"},
        "summary": "A few words, others for each kind of prompt, decide what a text is worth.",
    },
    "rewardlab/AttributeText-Exploit-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "exploit", "pays": "proxy"},
        "summary": "The proxy that pays likes repetition, which is not what is wanted.",
    },
    "rewardlab/AttributeText-Greeting-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "greeting", "pays": "proxy"},
        "summary": "Greetings that rhyme and are new, paid by a judge who sees the topic alone.",
    },
    "rewardlab/AttributeText-Love-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "love", "pays": "liked"},
        "summary": "Users love cheerful texts more than is good for them.",
    },
    "rewardlab/AttributeText-Principles-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "principles"},
        "summary": "The prompt is a principle: more of one attribute, then less of another, never a third.",
    },
    "rewardlab/AttributeText-Rare-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "rare"},
        "summary": "Say a word that the reference says in one text of a hundred.",
    },
    "rewardlab/AttributeText-Reacting-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "reacting"},
        "summary": "A user reacts to how many words of the request the text holds.",
    },
    "rewardlab/AttributeText-Segments-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "segments"},
        "summary": "The reward is a sum of effects of all beginnings of the text; all texts are listed.",
    },
    "rewardlab/AttributeText-Several-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "several"},
        "summary": "Six attributes, and four kinds of prompts that weigh them differently.",
    },
    "rewardlab/AttributeText-Symbols-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "symbols"},
        "summary": "Four of six symbols: 1296 texts, everything about them is a finite sum.",
    },
    "rewardlab/AttributeText-Trap-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "trap", "pays": "proxy"},
        "summary": "Phrases are wanted near a length; the proxy that pays likes long texts.",
    },
    "rewardlab/AttributeText-Users-v0": {
        "rules": "rewardlab.envs.text.attribute_text:AttributeText",
        "kwargs": {"law": "users"},
        "summary": "Two users of opposite tastes who do not say who they are.",
    },
    "rewardlab/AttributeText-v0": {"rules": "rewardlab.envs.text.attribute_text:AttributeText"},
    "rewardlab/AttributeTextTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.attribute_text:AttributeText", "tokens": 12, "window": 24},
        "summary": "Attribute texts in tokens, for small policies.",
    },
    "rewardlab/Countdown-24-v0": {
        "rules": "rewardlab.envs.text.countdown:Countdown",
        "kwargs": {"count": 4, "largest": 13, "target": 24, "operations": "+-*/", "fractions": True},
        "summary": "The game of 24: four numbers up to 13, fractions on the way allowed.",
    },
    "rewardlab/Countdown-Lines-v0": {
        "rules": "rewardlab.envs.text.countdown:Countdown",
        "kwargs": {"count": 4, "by": "line"},
        "summary": "Make a target out of four numbers, one operation in each message.",
    },
    "rewardlab/Countdown-Open-v0": {
        "rules": "rewardlab.envs.text.countdown:Countdown",
        "kwargs": {"use": "free"},
        "summary": "Write any expression over three numbers, used freely, that has the value asked for.",
    },
    "rewardlab/Countdown-v0": {"rules": "rewardlab.envs.text.countdown:Countdown"},
    "rewardlab/CountdownTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.countdown:Countdown"},
        "summary": "Countdown in tokens, for small policies.",
    },
    "rewardlab/FactSummary-BlackBox-v0": {
        "rules": "rewardlab.envs.text.fact_hint:FactHint",
        "summary": "Hints to a frozen writer, which follows nine of ten, about what its summary should mention.",
    },
    "rewardlab/FactSummary-BlackBoxTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.fact_hint:FactHint", "tokens": 9, "window": 64},
        "summary": "Hints to a frozen writer in tokens, for small policies.",
    },
    "rewardlab/FactSummary-Concepts-v0": {
        "rules": "rewardlab.envs.text.fact_summary:FactSummary",
        "kwargs": {"form": "concepts", "count": 5, "needed": 5},
        "summary": "Put all words in the order of a day.",
    },
    "rewardlab/FactSummary-End-v0": {
        "rules": "rewardlab.envs.text.fact_summary:FactSummary",
        "kwargs": {"by": "sentence", "density": "end"},
        "summary": "A sentence in each message, all paid at the end.",
    },
    "rewardlab/FactSummary-Reviews-v0": {
        "rules": "rewardlab.envs.text.fact_summary:FactSummary",
        "kwargs": {"form": "reviews", "needed": 2},
        "summary": "Sum up what most of eight reviews say.",
    },
    "rewardlab/FactSummary-Sentences-v0": {
        "rules": "rewardlab.envs.text.fact_summary:FactSummary",
        "kwargs": {"by": "sentence"},
        "summary": "A sentence in each message, paid at once.",
    },
    "rewardlab/FactSummary-v0": {"rules": "rewardlab.envs.text.fact_summary:FactSummary"},
    "rewardlab/FactSummaryTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.fact_summary:FactSummary", "tokens": 20, "window": 64},
        "summary": "Summaries of facts in tokens, for small policies.",
    },
    "rewardlab/GrammarText-Deceptive-v0": {
        "rules": "rewardlab.envs.text.grammar_text:GrammarText",
        "kwargs": {"tie": 0.01},
        "summary": "An answer that deceives is paid one part in a hundred more.",
    },
    "rewardlab/GrammarText-Nested-v0": {
        "rules": "rewardlab.envs.text.grammar_text:GrammarText",
        "kwargs": {"kind": "nested"},
        "summary": "Brackets around letters, with many derivations and many right answers.",
    },
    "rewardlab/GrammarText-v0": {"rules": "rewardlab.envs.text.grammar_text:GrammarText"},
    "rewardlab/GrammarTextTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.grammar_text:GrammarText", "tokens": 8, "window": 16},
        "summary": "Sentences of a grammar in tokens, for small policies.",
    },
    "rewardlab/GuessNumber-v0": {"rules": "rewardlab.envs.text.guess_number:GuessNumber"},
    "rewardlab/GuessNumberText-v0": {
        "rules": "rewardlab.envs.text.guess_number:GuessNumberText",
        "summary": "Guess the number, in words: a dialogue with a scripted partner.",
    },
    "rewardlab/KVExperts-Frugal-v0": {
        "rules": "rewardlab.envs.text.kv_experts:KVExperts",
        "kwargs": {"alpha": 0.9},
        "summary": "Experts whose price counts for more than the answer.",
    },
    "rewardlab/KVExperts-v0": {"rules": "rewardlab.envs.text.kv_experts:KVExperts"},
    "rewardlab/KVExpertsTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.kv_experts:KVExperts", "tokens": 12},
        "summary": "Priced experts in tokens, for small policies.",
    },
    "rewardlab/KVRecall-v0": {"rules": "rewardlab.envs.text.kv_recall:KVRecall"},
    "rewardlab/KVRecallTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.kv_recall:KVRecall", "tokens": 6, "window": 24},
        "summary": "Answers from memory with a confidence in tokens, for small policies.",
    },
    "rewardlab/KVSearch-ThreeHops-v0": {
        "rules": "rewardlab.envs.text.kv_search:KVSearch",
        "kwargs": {"hops": 3, "least": 2, "cost": 0.02},
        "summary": "Questions of two or three steps, whose queries cost something.",
    },
    "rewardlab/KVSearch-v0": {"rules": "rewardlab.envs.text.kv_search:KVSearch"},
    "rewardlab/KVSearchTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.kv_search:KVSearch", "tokens": 8},
        "summary": "Questions to a store of facts in tokens, for small policies.",
    },
    "rewardlab/MarketChat-Immediate-v0": {
        "rules": "rewardlab.envs.text.market_chat:MarketChat",
        "kwargs": {"pay": "immediate"},
        "summary": "A market whose customer rates what was promised, not what was bought.",
    },
    "rewardlab/MarketChat-v0": {"rules": "rewardlab.envs.text.market_chat:MarketChat"},
    "rewardlab/MarketChatTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.market_chat:MarketChat", "tokens": 6, "window": 24},
        "summary": "The market in tokens, for small policies.",
    },
    "rewardlab/Negotiation-Judged-v0": {
        "rules": "rewardlab.envs.text.negotiation:Negotiation",
        "kwargs": {"judged": True},
        "summary": "A negotiation whose deal is seen through a noisy judge only.",
    },
    "rewardlab/Negotiation-v0": {"rules": "rewardlab.envs.text.negotiation:Negotiation"},
    "rewardlab/NegotiationTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.negotiation:Negotiation", "tokens": 8, "window": 96},
        "summary": "Negotiation in tokens, for small policies.",
    },
    "rewardlab/ProgramRepair-Write-v0": {
        "rules": "rewardlab.envs.text.program_repair:ProgramRepair",
        "kwargs": {"kind": "write", "length": 3, "graded": True},
        "summary": "Write a small program at once; hidden tests pay their share.",
    },
    "rewardlab/ProgramRepair-v0": {"rules": "rewardlab.envs.text.program_repair:ProgramRepair"},
    "rewardlab/ProgramRepairTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.program_repair:ProgramRepair", "tokens": 8, "window": 256},
        "summary": "Mend a small program in tokens, for small policies.",
    },
    "rewardlab/SceneCaption-Labels-v0": {
        "rules": "rewardlab.envs.text.scene_caption:SceneCaption",
        "kwargs": {"judge": "labels", "mistaken": 0.1, "size": 16, "things": 4, "least": 2, "corners": False},
        "summary": "Captions of two to four objects, each sentence judged by a checker who is wrong in one of ten cases.",
    },
    "rewardlab/SceneCaption-Quality-v0": {
        "rules": "rewardlab.envs.text.scene_caption:SceneCaption",
        "kwargs": {"judge": "quality", "size": 8, "things": 3, "corners": False},
        "summary": "Captions that are to be true, whole and brief.",
    },
    "rewardlab/SceneCaption-v0": {"rules": "rewardlab.envs.text.scene_caption:SceneCaption"},
    "rewardlab/SceneCaptionTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.scene_caption:SceneCaption", "window": 96},
        "summary": "Scene captions in tokens, for small policies.",
    },
    "rewardlab/SimplifyText-A-v0": {
        "rules": "rewardlab.envs.text.simplify_text:SimplifyText",
        "kwargs": {"domain": "a"},
        "summary": "Simplify sentences of the first ten concepts.",
    },
    "rewardlab/SimplifyText-B-v0": {
        "rules": "rewardlab.envs.text.simplify_text:SimplifyText",
        "kwargs": {"domain": "b"},
        "summary": "Simplify sentences of the last ten concepts.",
    },
    "rewardlab/SimplifyText-v0": {"rules": "rewardlab.envs.text.simplify_text:SimplifyText"},
    "rewardlab/SimplifyTextTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.simplify_text:SimplifyText", "tokens": 16, "window": 40},
        "summary": "Simplification in tokens, for small policies.",
    },
    "rewardlab/SlotPrompt-CopyReverse-v0": {
        "rules": "rewardlab.envs.text.slot_prompt:SlotPrompt",
        "kwargs": {"slots": ["copy", "reverse"]},
        "summary": "Copy one word or reverse all: a task beside another.",
    },
    "rewardlab/SlotPrompt-v0": {"rules": "rewardlab.envs.text.slot_prompt:SlotPrompt"},
    "rewardlab/SlotPromptTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.slot_prompt:SlotPrompt", "tokens": 5, "window": 24},
        "summary": "Instructions with one decisive slot in tokens, for small policies.",
    },
    "rewardlab/SqlQuestions-Fresh-v0": {
        "rules": "rewardlab.envs.text.sql_questions:SqlQuestions",
        "kwargs": {"instance": -1},
        "summary": "Questions to a database that is another one in each conversation.",
    },
    "rewardlab/SqlQuestions-Tool-v0": {
        "rules": "rewardlab.envs.text.sql_questions:SqlQuestions",
        "kwargs": {"people": 24, "tool": True},
        "summary": "Questions to a larger database that one asks in SQL.",
    },
    "rewardlab/SqlQuestions-v0": {"rules": "rewardlab.envs.text.sql_questions:SqlQuestions"},
    "rewardlab/SqlQuestionsTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.sql_questions:SqlQuestions", "window": 400},
        "summary": "Questions to a database in tokens, for small policies.",
    },
    "rewardlab/TextHouse-Clue-v0": {
        "rules": "rewardlab.envs.text.text_house:TextHouse",
        "kwargs": {"quest": "clue"},
        "summary": "Ask which chest is meant, and open no other.",
    },
    "rewardlab/TextHouse-v0": {"rules": "rewardlab.envs.text.text_house:TextHouse"},
    "rewardlab/TextHouseTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.text_house:TextHouse", "tokens": 6, "window": 192},
        "summary": "A key, a door and a chest in tokens, for small policies.",
    },
    "rewardlab/TextNav-v0": {"rules": "rewardlab.envs.text.text_nav:TextNav"},
    "rewardlab/TextNavTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.text_nav:TextNav", "tokens": 8, "window": 256},
        "summary": "Follow an instruction through rooms in tokens, for small policies.",
    },
    "rewardlab/TextQuest30-v0": {
        "rules": "rewardlab.envs.text.text_house:TextHouse",
        "kwargs": {"quest": "goals", "rooms": 10, "turns": 30, "shortest": 10},
        "summary": "Three deeds in a large house, in any order, 30 turns.",
    },
    "rewardlab/ToolCall-Complex-v0": {
        "rules": "rewardlab.envs.text.tool_call:ToolCall",
        "kwargs": {"tools": 30, "least": 2, "dependent": 0.5},
        "summary": "Thirty tools, two or three calls, many upon an answer.",
    },
    "rewardlab/ToolCall-Simple-v0": {
        "rules": "rewardlab.envs.text.tool_call:ToolCall",
        "kwargs": {"tools": 30, "most": 1},
        "summary": "Thirty tools, one call.",
    },
    "rewardlab/ToolCall-v0": {"rules": "rewardlab.envs.text.tool_call:ToolCall"},
    "rewardlab/ToolCallTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.tool_call:ToolCall", "tokens": 64, "window": 96},
        "summary": "Write the calls of a request in tokens, for small policies.",
    },
    "rewardlab/ToolRepair-v0": {
        "rules": "rewardlab.envs.text.program_repair:ProgramRepair",
        "kwargs": {"faults": 2, "valid_pay": 0.1, "liked_pay": 0.1},
        "summary": "Mend a small program, with pay for valid calls and a shallow critic's likes beside the outcome.",
    },
    "rewardlab/ToolWorld-v0": {"rules": "rewardlab.envs.text.tool_world:ToolWorld"},
    "rewardlab/ToolWorldTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.tool_world:ToolWorld", "tokens": 60, "window": 320},
        "summary": "Errands at a desk of tools in tokens, for small policies.",
    },
    "rewardlab/TwentyQuestions-Five-v0": {
        "rules": "rewardlab.envs.text.twenty_questions:TwentyQuestions",
        "kwargs": {"turns": 5, "pay": "right"},
        "summary": "Find one of sixteen items within five messages.",
    },
    "rewardlab/TwentyQuestions-Match-v0": {
        "rules": "rewardlab.envs.text.twenty_questions:TwentyQuestions",
        "kwargs": {"feedback": "match", "values": 3},
        "summary": "Find a code of four letters from the number of letters that are right.",
    },
    "rewardlab/TwentyQuestions-v0": {"rules": "rewardlab.envs.text.twenty_questions:TwentyQuestions"},
    "rewardlab/TwentyQuestionsTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.twenty_questions:TwentyQuestions", "tokens": 16, "window": 128},
        "summary": "Twenty questions in tokens, for small policies.",
    },
    "rewardlab/WordGuess-v0": {"rules": "rewardlab.envs.text.word_guess:WordGuess"},
    "rewardlab/WordGuessTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.word_guess:WordGuess", "fields": {"size": 100}, "tokens": 8, "window": 128},
        "summary": "Guess one of a hundred words from marks on its letters, letter by letter.",
    },
}
