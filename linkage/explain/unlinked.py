"""Why two accounts are not linked, as far as a run folder can tell."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from linkage.explain.model import LinkModel, Reason
from linkage.explain.reading import PAIRWISE, optional, touching
from linkage.explain.words import inert
from linkage.io import Run


@dataclass(frozen=True, slots=True)
class Unlinked:
    """What is known of two accounts that are no link.

    A run folder keeps the values behind links inside campaigns, not what every account used. Where both accounts stand
    in campaigns, values that each shares with others there are known; what was suppressed is known only in number.
    """

    needed_bits: float
    common: list[Reason]  # values both are known to have used, at the most bits they weigh behind other links
    common_bits: float  # these together, after the caps of their groups
    short_bits: float  # what is then missing; 0 where only the time between the two uses can explain it
    groups: list[str]  # independence groups of the common values
    known: dict[str, int]  # account -> values of it that the run lists
    suppressed: dict[str, int]  # kind -> values left out as too common or as standing for nothing
    why: list[str]


def unlinked(run: Run, model: LinkModel, one: str, other: str) -> Unlinked:
    """Why two accounts are not linked."""
    theirs = {account: _values(run, account) for account in (one, other)}
    both = theirs[one].join(theirs[other], on=["kind", "value"], suffix="_other")
    rows = both.select(
        "kind",
        "value",
        weight=pl.max_horizontal("weight", "weight_other"),
        first_seen=pl.lit(None),
        last_seen=pl.lit(None),
    ).sort("weight", "kind", "value", descending=[True, False, False])
    common = [model.reason(row) for row in rows.iter_rows(named=True)]
    sums: dict[str, float] = {}
    for reason in common:
        sums[reason.group] = sums.get(reason.group, 0.0) + reason.bits
    common_bits = model.weight(sums)
    short = max(0.0, model.needed_bits - common_bits)
    suppressed = dict(run.table("hubs").group_by("kind").len().sort("kind").iter_rows())
    known = {account: values.height for account, values in theirs.items()}
    groups = sorted(sums)
    why = _told_apart(run, one, other) + _why(common, common_bits, short, groups, known, model)
    return Unlinked(model.needed_bits, common, common_bits, short, groups, known, suppressed, why)


def _values(run: Run, account: str) -> pl.DataFrame:
    """kind, value, weight of the values that the run lists for an account, pairwise findings aside."""
    return (
        touching(run, "evidence", account)
        .filter(~pl.col("kind").is_in(PAIRWISE))
        .group_by("kind", "value")
        .agg(pl.col("weight").max())
    )


def _told_apart(run: Run, one: str, other: str) -> list[str]:
    """What people decided that cuts a link between the two, in a sentence."""
    if optional(run, "decisions") is None:
        return []
    rows = run.rows("decisions", pl.col("account_id").is_in([one, other]))
    cleared = rows.filter((pl.col("decision") == "cleared") & ~pl.col("returns").fill_null(False))["account_id"]
    enforced = rows.filter(pl.col("decision") == "enforced").drop_nulls("campaign")
    if cleared.len():
        return [f"people cleared {' and '.join(map(inert, cleared))}: links to cleared accounts are cut"]
    if enforced["campaign"].n_unique() == 2:
        return ["people enforced the two in different campaigns: links between such accounts are cut"]
    return []


def _why(
    common: list[Reason], common_bits: float, short: float, groups: list[str], known: dict[str, int], model: LinkModel
) -> list[str]:
    """The reasons in sentences, what cannot be told included."""
    why = []
    unknown = [account for account, values in known.items() if not values]
    if unknown:
        why.append(
            "the run lists values only behind links inside campaigns, and has none for "
            f"{' and '.join(map(inert, unknown))}: what the two share cannot be told from the run folder"
        )
    elif not common:
        why.append("of the values that the run lists for them, none is common to both")
    if common:
        why.append(
            f"the values both are known to have used weigh up to {common_bits:.2f} bits behind other links; "
            f"a link needs {model.needed_bits:.2f}"
        )
    if common and not short:
        why.append("they would be enough at their full rarity: the time between the two uses took from it")
    if len(groups) == 1 and short:
        cap = model.cap(groups[0])
        alone = "by itself never makes a link" if cap < model.needed_bits else "is capped"
        why.append(f"they are of one kind of evidence only ({groups[0]}), which {alone}: at most {cap:.2f} bits")
    why.append(
        "values suppressed as too common count for nothing, and the run does not keep who used them: "
        "whether the two share one of these cannot be told from the run folder"
    )
    return why
