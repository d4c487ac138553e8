"""Rows of the laws: transforms."""

from contracts.row import Row, height, steps

from rewardlab.core.reward import Task
from rewardlab.rewards import (
    Centred,
    CentredPolynomial,
    CentredTanh,
    ClipBand,
    Compensated,
    Delta,
    FlipByAnswer,
    FlipByQuestion,
    LateGrowth,
    LengthPenalty,
    LogSigmoidCentred,
    MinMax,
    PhraseReward,
    Potential,
    PreferenceAsReward,
    Sigmoid,
    Standardise,
    StepClip,
    SymmetricLog,
    Tanh,
)

NEAR = 1e-12

ROWS = {
    "Centred": (Row(Centred, digits=NEAR),),
    "CentredPolynomial": (Row(CentredPolynomial, digits=NEAR), Row(lambda: CentredPolynomial(degree=3), digits=NEAR)),
    "CentredTanh": (Row(CentredTanh, digits=NEAR),),
    "ClipBand": (Row(lambda: ClipBand(width=0.3), steps, digits=NEAR),),
    "Compensated": (Row(lambda: Compensated(Sigmoid(), PhraseReward(("1", "2"))), digits=NEAR),),
    "Delta": (Row(lambda: Delta(Task()), in_place=False), Row(lambda: Delta(Potential(height)), in_place=False)),
    "FlipByAnswer": (Row(lambda: FlipByAnswer(0.5, "stage", answer="success")),),
    "FlipByQuestion": (Row(lambda: FlipByQuestion(0.5, "stage", seed=3)),),
    "LateGrowth": (Row(LateGrowth, digits=NEAR),),
    "LengthPenalty": (Row(lambda: LengthPenalty(0.1, "distance", free=0.5), digits=NEAR),),
    "LogSigmoidCentred": (
        Row(LogSigmoidCentred, digits=NEAR),
        Row(lambda: LogSigmoidCentred(quantile=0.4), digits=NEAR),
    ),
    "MinMax": (Row(MinMax, steps, digits=NEAR),),
    "PhraseReward": (Row(lambda: PhraseReward(("1", "2")), digits=NEAR), Row(lambda: PhraseReward(("3",), 0.4))),
    "PreferenceAsReward": (
        Row(PreferenceAsReward, digits=NEAR),
        Row(lambda: PreferenceAsReward(slope=3.0), digits=NEAR),
    ),
    "Sigmoid": (Row(Sigmoid, digits=NEAR),),
    "Standardise": (Row(Standardise, steps, digits=NEAR),),
    "StepClip": (Row(StepClip),),
    "SymmetricLog": (Row(SymmetricLog, digits=NEAR),),
    "Tanh": (Row(Tanh, digits=NEAR),),
}
