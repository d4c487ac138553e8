"""BabyAI's own bot, which plays as one who sees only what the agent has seen.

Source: Chevalier-Boisvert, Bahdanau, Lahlou, Willems, Saharia, Nguyen, Bengio, "BabyAI: A Platform to Study the Sample
Efficiency of Grounded Language Learning", ICLR 2019, section 3.4.
"""

from rewardlab.benchmarks.lockstep.trial import Ended, Stuck, Trial

MOST = 400  # searches for one action: beyond that the bot goes in circles without acting


def play_bot(trial: Trial) -> None:
    """Let the bot act on a trial until the episode ends.

    Raises:
        Stuck: if the bot fails or gives up; it knows no way in some levels.
        Ended: when the episode ends.
    """
    from minigrid.utils.baby_ai_bot import BabyAIBot, DisappearedBoxError

    class Bot(BabyAIBot):  # type: ignore[misc]
        enough = MOST

        def _breadth_first_search(self, *args, **keywords):  # type: ignore[no-untyped-def]
            if self.bfs_counter > self.enough:
                raise AssertionError("in circles")
            return super()._breadth_first_search(*args, **keywords)

    try:
        bot, action = Bot(trial.world), None
        while True:
            bot.enough = bot.bfs_counter + MOST
            action = bot.replan(action)
            if not bot.stack:
                raise Stuck("the bot has done what it knows")
            trial.act(int(action))
    except (Stuck, Ended):
        raise
    except (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError, DisappearedBoxError) as e:
        raise Stuck(f"the bot failed: {e!r}") from e
