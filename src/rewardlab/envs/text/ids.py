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
    "rewardlab/GuessNumber-v0": {"rules": "rewardlab.envs.text.guess_number:GuessNumber"},
    "rewardlab/GuessNumberText-v0": {
        "rules": "rewardlab.envs.text.guess_number:GuessNumberText",
        "summary": "Guess the number, in words: a dialogue with a scripted partner.",
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
    "rewardlab/TextQuest30-v0": {
        "rules": "rewardlab.envs.text.text_house:TextHouse",
        "kwargs": {"quest": "goals", "rooms": 10, "turns": 30, "shortest": 10},
        "summary": "Three deeds in a large house, in any order, 30 turns.",
    },
    "rewardlab/TextNav-v0": {"rules": "rewardlab.envs.text.text_nav:TextNav"},
    "rewardlab/TextNavTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.text_nav:TextNav", "tokens": 8, "window": 256},
        "summary": "Follow an instruction through rooms in tokens, for small policies.",
    },
}
