"""The rows of a run that a report needs, parted by campaign: joined once, in time linear in the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from polars import selectors

from linkage.tables import OUTPUT, empty

#: Tables that a report reads, and columns of the links.
USED: Final = tuple(name for name in OUTPUT if name != "templates")
LINKS: Final = tuple(OUTPUT["links"])
#: Kinds of evidence that are about two accounts alone: their values mean nothing elsewhere.
PAIRWISE: Final = frozenset({"alike", "activity", "failover", "succession", "decision"})
#: Values of a kind that are shown with it.
TOP: Final = 5


@dataclass(frozen=True, slots=True)
class Tables:
    """A run's tables, whole: what an older run lacks is empty or null, and named."""

    frames: Mapping[str, pl.DataFrame]
    absent: Mapping[str, str]  # table -> what is missing of it

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.frames[name]

    def missing(self, *names: str) -> tuple[str, ...]:
        """Sentences on which of these tables are absent, or lack columns."""
        return tuple(self.absent[name] for name in names if name in self.absent)


class Parts(NamedTuple):
    """What the tables hold of one campaign."""

    row: Mapping[str, Any]
    members: pl.DataFrame  # account_id, tier, suspicion, stability, share, exchanges, times, created_at; best first
    links: pl.DataFrame  # account_a, account_b, probability, weight
    channels: pl.DataFrame  # kind, accounts, links, values, median_bits
    values: pl.DataFrame  # kind, value, accounts, links, bits, first_seen, last_seen; of a kind the strongest first
    successions: pl.DataFrame  # first_seen, last_seen, value
    communities: pl.DataFrame
    attributions: pl.DataFrame
    robustness: pl.DataFrame
    lineage: pl.DataFrame
    decisions: pl.DataFrame
    activity: pl.DataFrame  # day, hour, exchanges; in order
    models: pl.DataFrame  # day, model, exchanges; in order
    own_templates: pl.DataFrame  # template, accounts, prompts, exemplar_row, words; most accounts first
    bridges: pl.DataFrame  # account_a, account_b, accounts, links, groups, cut; most accounts first
    uses: pl.DataFrame  # account, kind, value: what ties which member, as categories, in no order


def tables(given: Mapping[str, pl.DataFrame]) -> Tables:
    """Every table that a report reads, with every declared column, from those given."""
    frames, absent = {}, {}
    for name in USED:
        schema = OUTPUT[name]
        frame = given.get(name)
        if frame is None:
            absent[name] = f"The run has no table {name}; what rests on it is not said."
            frames[name] = empty(schema)
            continue
        if lacking := [column for column in schema if column not in frame.columns]:
            absent[name] = f"The run's table {name} has no column {', '.join(lacking)}; what rests on it is not said."
            frame = frame.with_columns(pl.lit(None, schema[column]).alias(column) for column in lacking)
        frames[name] = frame
    return Tables(frames, absent)


def shortest(frame: pl.DataFrame) -> pl.DataFrame:
    """32-bit numbers as the shortest decimal that means the same; what is no number, or infinite, as null."""
    short = [name for name, kind in frame.schema.items() if kind == pl.Float32]
    exact = [name for name, kind in frame.schema.items() if kind == pl.Float64]
    given = pl.col(short).cast(pl.String).cast(pl.Float64, strict=False) if short else pl.lit(None).alias("none")
    frame = frame.with_columns(given).drop("none", strict=False)
    floats = [pl.when(pl.col(name).is_finite()).then(pl.col(name)) for name in (*short, *exact)]
    return frame.with_columns(floats)


def parted(of: Tables, ids: Sequence[str]) -> list[Parts]:
    """The parts of these campaigns, in that order."""
    wanted = pl.DataFrame({"campaign_id": ids}, schema={"campaign_id": pl.String})
    members = _members(of, wanted)
    whose = members.select("campaign_id", "account_id")
    # Accounts as numbers in the order of their ids: words take many times as long to join, sort and count.
    codes = pl.Enum(whose["account_id"].drop_nulls().unique().sort())
    evidence = inside(of["evidence"].select("account_a", "account_b", "kind", "value", "weight", *_TIMES), whose, codes)
    evidence = evidence.with_columns(pl.col("kind", "value").cast(pl.Categorical))
    links = pl.col("account_a").to_physical().cast(pl.UInt64) * (1 << 32) + pl.col("account_b").to_physical()
    sides = ({"account": end} for end in ("account_a", "account_b"))
    uses = distinct(pl.concat([evidence.select("campaign_id", "kind", "value", **side) for side in sides]))
    channel, value = ["campaign_id", "kind"], ["campaign_id", "kind", "value"]
    channels = evidence.group_by(channel).agg(
        links=links.n_unique(), values=pl.col("value").n_unique(), median_bits=pl.col("weight").median()
    )
    channels = (
        uses.group_by(channel).agg(accounts=pl.col("account").n_unique()).join(channels, on=channel, nulls_equal=True)
    )
    kinds = evidence["kind"].unique().cast(pl.String).drop_nulls()
    of_many = pl.col("kind").is_in(kinds.filter(~kinds.is_in(PAIRWISE)).cast(pl.Categorical).implode())
    values = (
        evidence.filter(of_many)
        .group_by(value)
        .agg(
            links=pl.len(),
            bits=pl.col("weight").max(),
            first_seen=pl.col("first_seen").min(),
            last_seen=pl.col("last_seen").max(),
        )
        .join(uses.group_by(value).agg(accounts=pl.len()), on=value, nulls_equal=True)
    )
    by = {
        "members": members,
        "links": _sorted(inside(of["links"].select(LINKS), whose, codes)),
        "channels": _worded(channels).sort("links", "kind", descending=[True, False]),
        "values": _worded(values).sort("kind", "bits", "accounts", "value", descending=[False, True, True, False]),
        "successions": _sorted(evidence.filter(pl.col("kind") == "succession")).sort(*_TIMES, "value"),
        "communities": of["communities"].sort("community_id"),
        "attributions": of["attributions"].sort("rung"),
        "robustness": of["robustness"].sort("without"),
        "lineage": of["lineage"].sort("builds_ago", "previous_id", nulls_last=True),
        "decisions": _decided(of["decisions"], whose),
        "activity": of["activity"].drop_nulls().sort("day", "hour"),
        "models": of["models"].drop_nulls().sort("day", "model"),
        "own_templates": _own(of["own_templates"]),
        "bridges": _bridges(of),
    }
    uses = uses.drop_nulls().with_columns(pl.col("campaign_id").cast(pl.String))
    split = {name: _split(shortest(frame.join(wanted, on="campaign_id", how="semi"))) for name, frame in by.items()}
    bare = {name: shortest(frame.clear()) for name, frame in by.items()}
    split["uses"], bare["uses"] = _split(uses), uses.clear()
    rows = {row["campaign_id"]: row for row in shortest(of["campaigns"]).iter_rows(named=True)}
    return [
        Parts(rows[each], *(split[name].get(each, bare[name]) for name in Parts._fields if name != "row"))
        for each in ids
    ]


_TIMES: Final = ("first_seen", "last_seen")


def _members(of: Tables, wanted: pl.DataFrame) -> pl.DataFrame:
    """Members of the campaigns with what the accounts table says of them: core first, the surest first."""
    accounts = of["accounts"]
    born = [name for name in ("created_at",) if name in accounts.columns]
    seen = accounts.select("account_id", "suspicion", *_TIMES, *born)
    if not born:
        seen = seen.with_columns(created_at=pl.lit(None, seen.schema["first_seen"]))
    return (
        of["members"]
        .join(wanted, on="campaign_id", how="semi")
        .join(seen, on="account_id", how="left")
        .with_columns(core=pl.col("tier") == "core", exchanges=pl.col("exchanges").fill_null(0))
        .sort(
            ["campaign_id", "core", "suspicion", "stability", "account_id"],
            descending=[False, True, True, True, False],
            nulls_last=True,
        )
    )


def inside(pairs: pl.DataFrame, whose: pl.DataFrame, codes: pl.Enum) -> pl.DataFrame:
    """Pairs of which both accounts stand in one campaign, with its id, in no order; accounts as `codes`, ids likewise.

    Hardly an account stands in several campaigns: the others' pairs are looked up in arrays, theirs are joined.
    """
    ids = pl.Enum(whose["campaign_id"].drop_nulls().unique().sort())
    of = whose.drop_nulls().select(pl.col("account_id").cast(codes), pl.col("campaign_id").cast(ids))
    where = of["account_id"].to_physical().to_numpy()
    home = np.full(len(codes.categories) + 1, -1, np.int64)
    home[where] = of["campaign_id"].to_physical().to_numpy()
    several = np.bincount(where, minlength=len(home)) > 1
    coded = pairs.with_columns(pl.col("account_a", "account_b").cast(codes, strict=False))
    ends = coded.select(pl.col("account_a", "account_b").to_physical().cast(pl.UInt32).fill_null(len(home) - 1))
    a, b = (column.to_numpy() for column in ends)
    joined = several[a] | several[b]
    here = (home[a] >= 0) & (home[a] == home[b]) & ~joined
    campaign = pl.Series("campaign_id", ids.categories, ids).gather(home[a[here]])
    found = coded.filter(pl.Series(here)).with_columns(campaign)
    if not joined.any():
        return found
    others = (
        coded.filter(pl.Series(joined))
        .join(of, left_on="account_a", right_on="account_id")
        .join(of, left_on=["account_b", "campaign_id"], right_on=["account_id", "campaign_id"], how="semi")
    )
    return pl.concat([found, others.select(found.columns)])


def distinct(coded: pl.DataFrame) -> pl.DataFrame:
    """Each row of enums and categories once, in no order: as one number a row they take half the time of columns."""
    key, numbers = pl.lit(0, pl.UInt64), 1
    for name in coded.columns:
        code = coded[name].to_physical().cast(pl.UInt64)
        many = 2 + int(str(code.max() or 0))  # and none
        key, numbers = key * many + pl.lit(code.fill_null(many - 1)), numbers * many
    if numbers > 1 << 64:
        return coded.unique()
    first = coded.select(key=key).with_row_index().group_by("key").agg(pl.col("index").first())
    return coded[first["index"]]


def _sorted(pairs: pl.DataFrame) -> pl.DataFrame:
    """By campaign and accounts, which are words again."""
    return _worded(pairs.sort("campaign_id", "account_a", "account_b"))


def _worded(counted: pl.DataFrame) -> pl.DataFrame:
    """Categories as words again."""
    return counted.with_columns((selectors.categorical() | selectors.enum()).cast(pl.String))


def _own(templates: pl.DataFrame) -> pl.DataFrame:
    """Templates of campaigns' own, those of most accounts first."""
    most = ("accounts", "prompts")
    return (
        templates.drop_nulls("template")
        .with_columns(pl.col(most).fill_null(0))
        .sort(*most, "template", descending=[True, True, False])
    )


def _bridges(of: Tables) -> pl.DataFrame:
    """Bridges with the campaign that their community is."""
    campaign = of["communities"].select("community_id", "campaign_id").drop_nulls()
    campaign = campaign.unique("community_id", keep="first", maintain_order=True)
    ends = ["account_a", "account_b"]
    found = of["bridges"].with_columns(
        pl.col("accounts", "links", "groups").fill_null(0), pl.col("cut").fill_null(False)
    )
    return (
        found.filter(pl.col("account_a").is_not_null())
        .join(campaign, on="community_id")
        .sort("accounts", *ends, descending=[True, False, False], nulls_last=True)
    )


def _decided(decisions: pl.DataFrame, whose: pl.DataFrame) -> pl.DataFrame:
    """Decisions on the members of a campaign."""
    return decisions.drop("campaign_id").join(whose, on="account_id").sort("campaign_id", "account_id", "decided_at")


def _split(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    parts = frame.partition_by("campaign_id", as_dict=True, maintain_order=True)
    return {str(key[0]): part for key, part in parts.items()}
