"""What an import costs: `import rewardlab` and the quick commands bring in nothing heavy."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "stable_baselines3", "mujoco", "numba", "minigrid", "scipy", "matplotlib", "pandas", "transformers")

LOADED = """
import sys
{code}
print(*sorted({{m.partition(".")[0] for m in sys.modules}} & set({heavy!r})))
"""


def loaded(code):
    """Which heavy packages a fresh interpreter has after `code`."""
    program = LOADED.format(code=code, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


@pytest.mark.parametrize(
    "code",
    [
        "import rewardlab",
        "import rewardlab.envs, rewardlab.rewards, rewardlab.agents",
        "import rewardlab.rewards; rewardlab.rewards.Potential; rewardlab.rewards.CountBonus; rewardlab.rewards.Paid",
        "import gymnasium, rewardlab; gymnasium.make('rewardlab/DeepSea-v0').reset(seed=0)",
        "from rewardlab.cli import main; main(['list'])",
        "from rewardlab.cli import main; main(['train', '--help'])",
        "from rewardlab.cli import main; main(['describe', 'DeepSea-v0'])",
    ],
)
def test_nothing_heavy_is_imported(code):
    assert loaded(code) == []


def test_the_measure_sees_a_heavy_import():
    assert loaded("import scipy") == ["scipy"]


def test_every_id_is_registered_by_the_import_alone():
    code = (
        "import gymnasium, rewardlab; from rewardlab.envs import tables; "
        "assert set(tables()) <= set(gymnasium.registry) and len(tables()) > 3"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
