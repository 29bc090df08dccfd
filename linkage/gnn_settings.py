"""Settings of the models that refine an account's suspicion."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from linkage.section import Section


class GnnSettings(Section):
    """How models are taught, compared and listened to."""

    enabled: bool = Field(True, description="Compare models with the assessment and use the best of them.")
    use: Literal["best", "none", "trees", "encoder"] = Field(
        "best", description="The best of them on what was held out, or this one whatever came of that."
    )
    encoder: bool = Field(True, description="Let the graph neural network compete as well as the trees.")
    sure_bits: float = Field(3.0, ge=0, description="Bits for or against a community that make it a lesson.")
    folds: int = Field(3, ge=2, description="Parts of the communities, each scored by models that never saw it.")
    min_communities: int = Field(30, ge=4, description="With fewer communities to learn from, no model is made.")
    min_campaigns: int = Field(4, ge=2, description="With fewer campaigns among them, no model is made.")
    min_decisions: int = Field(20, ge=4, description="Decisions from which these are the test, not held-out content.")
    margin: float = Field(0.001, ge=0, description="Log loss, in bits, by which a model must beat none to be used.")
    trust: tuple[float, ...] = Field(
        (0.25, 0.5, 1.0), min_length=1, description="Shares of a model's bits that may count; the best is taken."
    )
    most_bits: float = Field(
        6.0,
        ge=0,
        description="Most bits a model may add to an account's suspicion or take, and the rules hold against it then.",
    )
    lessons: int = Field(5_000, ge=100, description="Accounts learned from and tested on at most, by communities.")
    width: int = Field(64, ge=4, le=512, description="Numbers in an account's embedding.")
    epochs: float = Field(20.0, gt=0, description="How often the encoder sees each account that it learns from.")
    steps: int = Field(1_000, ge=1, description="Steps in which the encoder learns, at most.")
    batch: int = Field(256, ge=8, description="Accounts that a step looks at.")
    rate: float = Field(0.01, gt=0, description="Learning rate of the encoder.")
    decay: float = Field(1e-3, ge=0, description="Weight decay of the encoder.")
    dropout: float = Field(0.5, ge=0, lt=1, description="Share of numbers left out at random while the encoder learns.")
    masked: float = Field(0.3, gt=0, lt=1, description="Share of links hidden from the encoder and asked for.")
    self_supervision: float = Field(0.2, ge=0, description="Weight of the hidden links beside the labels.")
    fan_out: tuple[int, int] = Field(
        (20, 10), description="Neighbours seen of an account learned from, and of each of these, where not all are."
    )
