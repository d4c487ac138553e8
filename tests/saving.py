"""A callback that writes a run down where it stands."""

from stable_baselines3.common.callbacks import BaseCallback

from rewardlab.agents.loops.runs import save_run


class SaveAt(BaseCallback):
    """Saves at the k-th rollout."""

    def __init__(self, path, k=4):
        super().__init__()
        self.path, self.k = path, k

    def _on_step(self):
        return True

    def _on_rollout_start(self):
        self.k -= 1
        if self.k == 0:
            save_run(self.model, self.path)
