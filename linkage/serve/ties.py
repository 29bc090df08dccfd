"""Evidence and links inside campaigns, reduced when the app starts: codes for strings, sorted to be sliced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import polars as pl

from linkage.io import Run
from linkage.report.gather import PAIRWISE
from linkage.serve.ways import Ways, near_campaigns, ways

#: Rows of evidence held as strings at once.
AT_ONCE: Final = 2_000_000
#: Kinds told apart in a link's mask; rarer ones share the last bit.
_KINDS: Final = 62
_TIMES: Final = ("first_seen", "last_seen")


class Ties(NamedTuple):
    """What ties accounts inside campaigns. Campaigns and accounts are rows of their tables."""

    values: (
        pl.DataFrame
    )  # kind, value, accounts, campaigns, links, bits, first_seen, last_seen; its row is a value's code
    uses: pl.DataFrame  # value, campaign, account: distinct, sorted
    of_accounts: pl.DataFrame  # account, value, campaign: the same, sorted
    of_campaigns: pl.DataFrame  # campaign, value, kind, accounts, links, bits, times: a campaign's, the widest first
    channels: pl.DataFrame  # campaign, kind, accounts, links, values, median_bits
    links: pl.DataFrame  # campaign, a, b, probability, weight, kinds (mask): sorted by campaign
    successions: pl.DataFrame  # campaign, value, first_seen, last_seen
    kinds: list[str]  # bit -> kind
    ways: Ways  # links of the communities that campaigns stand in, members or not


def ties(run: Run, accounts: pl.DataFrame, campaigns: pl.DataFrame) -> Ties:
    """Reduce the evidence and links of a run.

    Args:
        run: the run.
        accounts: account_id, in the order of the codes.
        campaigns: campaign_id, in the order of the codes.
    """
    whose = _whose(run, accounts, campaigns)
    near = near_campaigns(accounts, whose["account_id"])
    links = _read(run, near["account_id"])
    named = whose.select("account_id", "account").unique().sort("account_id")
    values = _values(run)
    evidence = _inside(_coded(run, named, values), whose)
    kinds = _kinds(evidence)
    shared = evidence.filter(pl.col("value") != _NONE)
    ends = [shared.select("value", "campaign", account=pl.col(end)) for end in ("a", "b")]
    uses = pl.concat(ends).unique().sort("value", "campaign", "account")
    of = _of_campaigns(shared, uses)
    succession = evidence.filter(pl.col("kind") == "succession") if "succession" in kinds else evidence.clear()
    return Ties(
        _summed(values, of, uses),
        uses,
        uses.select("account", "value", "campaign").sort("account", "value", "campaign"),
        of.join(values.select("kind", value="code"), on="value").sort(
            "campaign", "accounts", "bits", "value", descending=[False, True, True, False]
        ),
        _channels(evidence),
        _links(links, named, whose, evidence, kinds),
        succession.select("campaign", pl.col("word").alias("value"), *_TIMES),
        kinds,
        ways(near, links),
    )


#: Stands for the value of evidence that is about two accounts alone.
_NONE: Final = 0xFFFFFFFF


def _whose(run: Run, accounts: pl.DataFrame, campaigns: pl.DataFrame) -> pl.DataFrame:
    """campaign, account, account_id of every membership."""
    return (
        run.table("members")
        .select("campaign_id", "account_id")
        .unique()
        .join(accounts.select("account_id").with_row_index("account"), on="account_id")
        .join(campaigns.select("campaign_id").with_row_index("campaign"), on="campaign_id")
        .select("campaign", "account", "account_id")
        .sort("campaign", "account")
    )


def _values(run: Run) -> pl.DataFrame:
    """kind, value and code of the values that can be shared."""
    kept = ~pl.col("kind").is_in(PAIRWISE)
    frame = run.rows("evidence", kept, pl.col("value").is_not_null(), columns=("kind", "value"))
    return frame.unique().sort("kind", "value").with_row_index("code")


def _coded(run: Run, named: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """All evidence in codes, a part of the file at a time. Words are kept of successions only."""
    wanted = ("account_a", "account_b", "kind", "value", "weight", *_TIMES)
    category = pl.col("kind", "value").cast(pl.Categorical)
    known = values.with_columns(category)
    parts = []
    for part in _parts(run, wanted):
        parts.append(
            _ends(part.with_columns(category), named)
            .join(known, on=["kind", "value"], how="left")
            .select(
                "a",
                "b",
                pl.col("kind").fill_null("unnamed"),
                pl.col("code").fill_null(_NONE).alias("value"),
                pl.when(pl.col("kind") == "succession").then(pl.col("value").cast(pl.String)).alias("word"),
                "weight",
                *_TIMES,
            )
        )
    return pl.concat(parts)


def _ends(pairs: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Pairs of members by their codes a and b. Words become numbers first, which takes a fraction of a join's time."""
    members = pl.Enum(named["account_id"])
    code = {side: pl.col(f"account_{side}").cast(members, strict=False).to_physical() for side in ("a", "b")}
    found = pairs.with_columns(**code).drop_nulls(list(code))
    return found.with_columns(named["account"].gather(found[side]).alias(side) for side in code)


def _parts(run: Run, columns: tuple[str, ...]) -> Iterator[pl.DataFrame]:
    """The evidence, one part after the other where it is a file; one at least."""
    if run.path is None:
        yield run.columns("evidence", *columns)
        return
    yield run.rows("evidence", pl.lit(False), columns=columns)  # checks the file
    scan = pl.scan_parquet(run.path / "evidence.parquet", glob=False).select(columns)
    for start in range(0, scan.select(pl.len()).collect().item(), AT_ONCE):
        yield scan.slice(start, AT_ONCE).collect()


def _inside(evidence: pl.DataFrame, whose: pl.DataFrame) -> pl.DataFrame:
    """Evidence of which both accounts are in one campaign; once for each campaign."""
    of = whose.select("campaign", "account")
    return evidence.join(of, left_on="a", right_on="account").join(
        of, left_on=["campaign", "b"], right_on=["campaign", "account"], how="semi"
    )


def _kinds(evidence: pl.DataFrame) -> list[str]:
    counted = evidence.group_by("kind").len().with_columns(pl.col("kind").cast(pl.String))
    return counted.sort("len", "kind", descending=[True, False])["kind"].to_list()


def _of_campaigns(shared: pl.DataFrame, uses: pl.DataFrame) -> pl.DataFrame:
    """campaign, value: who shares it there, the links it stands behind, the most bits, when."""
    links = shared.group_by("campaign", "value").agg(
        links=pl.len(),
        bits=pl.col("weight").max(),
        first_seen=pl.col("first_seen").min(),
        last_seen=pl.col("last_seen").max(),
    )
    return uses.group_by("campaign", "value").agg(accounts=pl.len()).join(links, on=["campaign", "value"])


def _summed(values: pl.DataFrame, of: pl.DataFrame, uses: pl.DataFrame) -> pl.DataFrame:
    """A row a value, over all campaigns."""
    over = of.group_by("value").agg(
        campaigns=pl.len(),
        links=pl.col("links").sum(),
        bits=pl.col("bits").max(),
        first_seen=pl.col("first_seen").min(),
        last_seen=pl.col("last_seen").max(),
    )
    users = uses.group_by("value").agg(accounts=pl.col("account").n_unique())
    return (
        values.join(users, left_on="code", right_on="value", how="left")
        .join(over, left_on="code", right_on="value", how="left")
        .sort("code")
        .drop("code")
        .with_columns(pl.col("accounts", "campaigns", "links").fill_null(0))
    )


def _channels(evidence: pl.DataFrame) -> pl.DataFrame:
    """As the report counts them."""
    pair = pl.col("a").cast(pl.UInt64) * (1 << 32) + pl.col("b")
    return (
        evidence.group_by("campaign", "kind")
        .agg(
            accounts=pl.col("a").append(pl.col("b")).n_unique(),
            links=pair.n_unique(),
            values=pl.when(pl.col("value") == _NONE).then(pair).otherwise("value").n_unique(),
            median_bits=pl.col("weight").median(),
        )
        .with_columns(pl.col("kind").cast(pl.String))
        .sort("campaign", "links", "kind", descending=[False, True, False])
    )


def _read(run: Run, accounts: pl.Series) -> pl.DataFrame:
    """account_a, account_b, probability, weight of the links between these accounts."""
    among = accounts.implode()
    return run.rows(
        "links",
        pl.col("account_a").is_in(among),
        pl.col("account_b").is_in(among),
        columns=("account_a", "account_b", "probability", "weight"),
    )


def _links(
    links: pl.DataFrame, named: pl.DataFrame, whose: pl.DataFrame, evidence: pl.DataFrame, kinds: list[str]
) -> pl.DataFrame:
    """Links inside campaigns with the kinds behind each, as a mask."""
    inside = _inside(_ends(links, named).select("a", "b", "probability", "weight"), whose)
    bits = {kind: 1 << min(at, _KINDS) for at, kind in enumerate(kinds)}
    mask = pl.Series(list(bits.values()), dtype=pl.Int64).gather(evidence["kind"].cast(pl.Enum(kinds)).to_physical())
    behind = evidence.select("a", "b", kinds=mask).unique().group_by("a", "b").agg(pl.col("kinds").sum())
    return (
        inside.join(behind, on=["a", "b"], how="left")
        .with_columns(pl.col("kinds").fill_null(0))
        .select("campaign", "a", "b", "probability", "weight", "kinds")
        .sort("campaign", "weight", "a", "b", descending=[False, True, False, False])
    )


def bit(kinds: list[str], kind: str) -> int:
    """The mask of a kind; 0 for one that is not there."""
    return 1 << min(kinds.index(kind), _KINDS) if kind in kinds else 0
