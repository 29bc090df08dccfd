"""Small worlds made by hand, of shared identifiers only, and built."""

from __future__ import annotations

import random

import polars as pl

import linkage
from linkage.settings import Settings
from linkage.tables import INPUT, OUTPUT, empty

#: Every community is a campaign, every account of it belongs, and values stand as they are.
EASY = Settings.model_validate(
    {
        "campaigns": {"prior_bits": 40.0, "belongs_bits": 30.0, "explained_bits": 0.0},
        "privacy": {"pseudonymise": False},
    }
)

ACCOUNTS = 400


def built(uses: list[tuple[str, str, str]], previous: linkage.Run | None = None) -> linkage.Run:
    """A build on (account, kind, value), among `ACCOUNTS` accounts."""
    named = sorted({account for account, _, _ in uses})
    filler = [f"z{i:03}" for i in range(ACCOUNTS - len(named))]
    rows = {"account_id": [u[0] for u in uses], "kind": [u[1] for u in uses], "value": [u[2] for u in uses]}
    tables = {
        "accounts": pl.concat([empty(INPUT["accounts"]), pl.DataFrame({"account_id": named + filler})], how="diagonal"),
        "identifiers": pl.concat([empty(INPUT["identifiers"]), pl.DataFrame(rows)], how="diagonal"),
    }
    return linkage.build(tables, EASY, previous=previous)


def crew() -> list[tuple[str, str, str]]:
    """Seven accounts bound by wallets, and two that hang on them by little.

    `x` has wallet W with two of them, and a device that it shares with these and with many others, which is no link
    alone. `y` has a wallet with one of them and a phone with another.
    """
    core = [f"c{i}" for i in range(7)]
    uses = [
        (account, "wallet", f"pair {min(i, j)} {max(i, j)}")
        for i, account in enumerate(core)
        for j in range(7)
        if j != i
    ]
    uses += [(account, "wallet", "W") for account in ("c0", "c1", "x")]
    crowd = [f"p{i:02}" for i in range(27)]
    uses += [(account, "device", "D") for account in ("c0", "c1", "x", *crowd)]
    uses += [(account, "wallet", "W2") for account in ("c2", "y")]
    uses += [(account, "phone", "P2") for account in ("c3", "y")]
    return uses


def dealt(seed: int = 1) -> list[tuple[str, str, str]]:
    """Three groups whose accounts draw values of several kinds from pools; common ones are a link only together."""
    draw = random.Random(seed)
    uses = []
    for group in "abc":
        for i in range(14):
            account = f"{group}{i:02}"
            for kind, pool in (("wallet", 10), ("instrument", 8), ("device", 6), ("phone", 12), ("referral", 5)):
                uses += [(account, kind, f"{kind} {group} {draw.randrange(pool)}") for _ in range(draw.randrange(3))]
            uses += [(account, kind, f"common {kind} {draw.randrange(2)}") for kind in ("device", "instrument")]
    crowd = [(kind, f"common {kind} {number}") for kind in ("device", "instrument") for number in (0, 1)]
    uses += [(f"p{8 * at + i:02}", kind, value) for at, (kind, value) in enumerate(crowd) for i in range(8)]
    return sorted(set(uses))


def held(
    campaigns: dict[str, list[str]],
    accounts: list[str],
    decisions: pl.DataFrame | None = None,
    lineage: pl.DataFrame | None = None,
) -> linkage.Run:
    """A run in memory with these campaigns and nothing behind them."""
    tables = {name: empty(schema) for name, schema in OUTPUT.items()}
    inside = [(name, account) for name, members in campaigns.items() for account in members]

    def filled(name: str, rows: dict[str, list[str]]) -> pl.DataFrame:
        return pl.concat([tables[name], pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.String))], how="diagonal")

    tables["accounts"] = filled("accounts", {"account_id": sorted(accounts)})
    tables["members"] = filled(
        "members", {"campaign_id": [one for one, _ in inside], "account_id": [other for _, other in inside]}
    )
    tables["campaigns"] = filled("campaigns", {"campaign_id": sorted(campaigns)})
    tables |= {} if decisions is None else {"decisions": decisions}
    tables |= {} if lineage is None else {"lineage": lineage}
    return linkage.Run(tables=tables, manifest={})
