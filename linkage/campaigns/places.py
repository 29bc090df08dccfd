"""Where a community's traffic comes from: one place that it keeps to, or addresses that it moves over.

That many members touched an address says little: whoever rotates forty exits touches the commonest of them sooner or
later. What counts is how much of the traffic comes through it.
"""

from __future__ import annotations

import polars as pl

#: Offices, or servers and an office, that a group may have.
FEW = 3
#: Share of the members from which they all use an address, and share of its users from which it is theirs.
_ALL, _THEIRS = 0.8, 0.65
#: Of what the share of the traffic is asked for, under which name, and over how many of the commonest.
_HOMES = (
    ("place", "ip_home", 1),
    ("prefix", "prefix_home", 1),
    ("place", "ip_few", FEW),
    ("prefix", "prefix_few", FEW),
)
#: Networks whose customers meet at a few exits.
HIDDEN = ("vpn", "tor")
#: Networks through which members meet, under which name.
_THROUGH = {"met_hidden": HIDDEN, "met_mobile": ("mobile",), "met_hosting": ("hosting",)}
#: The name of what nobody knows the network of.
_UNKNOWN = "met_unknown"
#: Shares are summed in units of 2^-20, so that no sum depends on the order of threads.
_UNIT = 1_048_576


def numbered(addresses: pl.DataFrame, hubs: pl.DataFrame) -> pl.DataFrame:
    """ip, network, place, prefix, users: addresses and prefixes as numbers, which take a fraction of the time of words.

    Args:
        addresses: ADDRESSES.
        hubs: OUTPUT["hubs"]: how many accounts use an address that too many use; of others that is not known here.
    """
    prefixes = addresses.select("prefix").unique().with_row_index("number")
    users = hubs.filter(pl.col("kind") == "ip").select(address="value", users=pl.col("degree").cast(pl.Int64))
    return (
        addresses.select("ip", "network", "prefix", "address")
        .with_row_index("place")
        .join(users, on="address", how="left")
        .join(prefixes, on="prefix", how="left", nulls_equal=True)
        .select("ip", "network", "place", "users", prefix="number")
    )


def visits(touched: pl.DataFrame) -> pl.DataFrame:
    """account, place, prefix, users, network, count: how often each account came through each address.

    Args:
        touched: account, place, prefix, users, network (of `numbered`), count.
    """
    return (
        touched.lazy()
        .filter(pl.col("place").is_not_null())
        .group_by("account", "place")
        .agg(pl.col("prefix", "users", "network").first(), pl.col("count").sum().cast(pl.Int64))
        .collect()
    )


def places(members: pl.DataFrame, visits: pl.DataFrame | None, accounts: int = 0) -> pl.DataFrame:
    """How far communities keep to one place, every member counting alike.

    Args:
        members: account, community.
        visits: of `visits`, by members and whoever else counts as a stranger.
        accounts: how many there are in all; as many as are in `visits` if fewer.

    Returns:
        community, `ip_home` and `prefix_home` (share of a member's exchanges through the address or prefix that the
        community uses most), `ip_few` and `prefix_few` (through the `FEW` it uses most), `ip_open` (through addresses
        that all members use and hardly anybody else of those in `visits` does), `ip_moves` (how many of the addresses
        that a fellow uses too a member's exchanges are spread over, the inverse Simpson index, on average over the
        members that use one), `ip_met` (share of a member's exchanges through addresses that a fellow uses too, less
        what would be if fellows used them as strangers do: a carrier's customers meet at its exits),
        `met_hidden` (share of the exchanges through such addresses that came through VPN exits or Tor), `met_mobile`
        and `met_hosting` (through a carrier's exits, and from where machines stand), `met_unknown` (from where nobody
        knows), and `ip_theirs` (share of its accounts among all who use such an address). Null without addresses.
    """
    homes_of = ("ip_home", "prefix_home", "ip_few", "prefix_few")
    names = (*homes_of, "ip_open", "ip_moves", "ip_met", "ip_theirs", *_THROUGH, _UNKNOWN)
    kinds = dict.fromkeys(names, pl.Float64())
    if visits is None:
        return pl.DataFrame(schema={"community": members.schema["community"], **kinds})
    theirs = (
        visits.lazy()
        .join(members.lazy().select("account", "community"), on="account")
        .with_columns(share=pl.col("count") / pl.col("count").sum().over("account"))
    )
    placed = theirs.group_by("community").agg(placed=pl.col("account").n_unique())
    homes = [
        theirs.group_by("community", value)
        .agg(part=(pl.col("share") * _UNIT).round().cast(pl.Int64).sum())
        .group_by("community")
        .agg(most=pl.col("part").top_k(many).sum())
        .join(placed, on="community")
        .select("community", (pl.col("most") / _UNIT / pl.col("placed")).alias(name))
        for value, name, many in _HOMES
    ]
    moves = (
        theirs.filter(pl.len().over("community", "place") > 1)
        .group_by("account", "community")
        .agg(moves=pl.col("count").sum() ** 2 / (pl.col("count") ** 2).sum())
        .group_by("community")
        .agg(ip_moves=pl.col("moves").sort().mean())
    )
    return (
        homes[0]
        .join(homes[1], on="community")
        .join(homes[2], on="community")
        .join(homes[3], on="community")
        .join(_open(theirs, placed, visits.lazy()), on="community")
        .join(_met(theirs, placed, visits, accounts), on="community", how="left")
        .join(moves, on="community", how="left")
        .select("community", *(pl.col(name).cast(kind) for name, kind in kinds.items()))
        .collect()
    )


def _met(theirs: pl.LazyFrame, placed: pl.LazyFrame, visits: pl.DataFrame, accounts: int) -> pl.LazyFrame:
    """community, `ip_met` (meeting, beyond the chance that as many strangers use an address), shares of meeting."""
    users = (
        visits.lazy()
        .group_by("place")
        .agg(here=pl.len().cast(pl.Int64), known=pl.col("users").max(), through=pl.col("network").first())
        .select("place", "through", everybodys=pl.max_horizontal("here", "known"))
    )
    everybody = max(accounts, visits["account"].n_unique())
    # How often those outside use it, as if one more did.
    rate = (pl.col("everybodys") - pl.col("inside") + 1.0) / (everybody - pl.col("placed") + 1.0)
    chance = 1.0 - (1.0 - rate.clip(0.0, 1.0)) ** (pl.col("placed") - 1)

    def part(share: pl.Expr) -> pl.Expr:
        return (share * _UNIT).round().cast(pl.Int64)

    return (
        theirs.with_columns(inside=pl.len().over("community", "place").cast(pl.Int64))
        .join(users, on="place")
        .join(placed.with_columns(pl.col("placed").cast(pl.Int64)), on="community")
        .with_columns(met=pl.when(pl.col("inside") > 1).then("share").otherwise(0.0))
        .group_by("community", "placed")
        .agg(
            beyond=part(pl.col("met") - pl.col("share") * chance).sum(),
            met=part(pl.col("met")).sum(),
            own=part(pl.col("met") * pl.col("inside") / pl.max_horizontal("inside", "everybodys")).sum(),
            **{
                name: part(pl.col("met")).filter(pl.col("through").is_in(kinds)).sum()
                for name, kinds in _THROUGH.items()
            },
            **{_UNKNOWN: part(pl.col("met")).filter(pl.col("through").is_null()).sum()},
        )
        .select(
            "community",
            (pl.col("beyond") / _UNIT / pl.col("placed")).clip(0.0).alias("ip_met"),
            (pl.col("own") / pl.col("met")).fill_nan(0.0).alias("ip_theirs"),
            *((pl.col(name) / pl.col("met")).fill_nan(0.0) for name in (*_THROUGH, _UNKNOWN)),
        )
    )


def _open(theirs: pl.LazyFrame, placed: pl.LazyFrame, visits: pl.LazyFrame) -> pl.LazyFrame:
    """community, `ip_open`: an account that is not of the community, but at its addresses, takes them from it."""
    each = (
        theirs.group_by("community", "place")
        .agg(inside=pl.len(), part=(pl.col("share") * _UNIT).round().cast(pl.Int64).sum())
        .join(placed, on="community")
        .filter(pl.col("inside") >= _ALL * pl.col("placed"))
    )
    users = visits.join(each.select("place").unique(), on="place", how="semi").group_by("place").agg(users=pl.len())
    parts = (
        each.join(users, on="place")
        .filter(pl.col("inside") >= _THEIRS * pl.col("users"))
        .group_by("community")
        .agg(pl.col("part").sum())
    )
    return placed.join(parts, on="community", how="left").select(
        "community", ip_open=pl.col("part").fill_null(0) / _UNIT / pl.col("placed")
    )
