"""Reading and judging beside the loop: the real sandbox, and words of a system's own."""

from dataclasses import dataclass, replace

from designed_line import AWAY, BATCH, CONTEXT, GOOD, NAN, Plain, Scripted, vet

from rewardlab.core.oracle import Answer, Prompt
from rewardlab.core.sandbox import Signature
from rewardlab.rewards.language.design.budget import Budget
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.critic import Verdict
from rewardlab.rewards.language.design.desk import Desk
from rewardlab.rewards.language.design.judging import Judge, read, sandbox
from rewardlab.rewards.language.design.system import Run, System
from rewardlab.rewards.language.design.transcript import Transcript


def judge(system, book, with_vet, context=CONTEXT):
    desk = Desk(book, None, budget=Budget(), patience=None, watch=lambda kind, what: None)
    run = Run(context, BATCH, system.name, 2, 0, desk.ask)
    return run, Judge(system, run, desk, with_vet, None)


def test_a_verdict_is_written_and_not_made_again_unless_the_program_changed():
    asked, book = [], Transcript()

    def counted(sources, batch):
        asked.extend(sources)
        return vet(sources, batch)

    for _ in range(2):
        _, judges = judge(Scripted(), book, counted)
        c = Candidate(0, 0, GOOD)
        judges([c])
        assert c.accepted
    changed = Candidate(0, 0, NAN)
    judges([changed])
    assert asked == [GOOD, NAN] and not changed.accepted


def test_a_system_may_refuse_what_the_sandbox_accepts():
    @dataclass
    class Strict(Scripted):
        def review(self, candidate, verdict, run):
            return replace(verdict, accepted=False, problems=("too plain",))

    _, judges = judge(Strict(), Transcript(), vet)
    c = Candidate(0, 0, GOOD)
    judges([c])
    assert c.verdict == Verdict(False, ("too plain",), (), c.verdict.report)


def test_a_cut_answer_says_so():
    c, (run, _) = Candidate(0, 0), judge(Scripted(), Transcript(), vet)
    answer = Answer(f"```python\n{GOOD}", author="model m", finish="length")
    read(Scripted(), run, c, "", Prompt("x", key=("e", "s", 0, 0)), answer, 0)
    assert c.source == GOOD and c.author == "model m" and "cut" in c.notes[0] and len(c.prompt) == 64


def test_the_sandbox_judges_real_programs_by_their_columns():
    context = replace(CONTEXT, signature=Signature.of_batch(BATCH))
    _, judges = judge(System(), Transcript(), sandbox, context)
    sources = [
        GOOD,
        "def reward(info):\n    return info['gripper']\n",
        AWAY,
        "import os\ndef reward(obs):\n    return 1\n",
    ]
    cs = [Candidate(0, i, s) for i, s in enumerate(sources)]
    judges(cs)
    assert [c.accepted for c in cs] == [True, False, False, False]
    assert "gripper" in cs[1].verdict.problems[0] and "sign" in cs[2].verdict.problems[0]
    assert cs[0].verdict.report["parts"]["near"]["minimum"] == Plain(GOOD)(BATCH).min()
    assert cs[0].verdict.report["layers"]
