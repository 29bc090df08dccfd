"""The tables, declared once: column, type, order. Times are UTC microseconds; weights are bits.

`INPUT` and `OUTPUT` follow the data contract. The other schemas stand between stages: there an account is a `UInt32`
row number of the accounts table sorted by `account_id`, and a value is a `UInt32` code.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from linkage.columns import MICROSECONDS_A_DAY as MICROSECONDS_A_DAY
from linkage.columns import TIME as TIME
from linkage.columns import schema as schema
from linkage.run_tables import LATER as LATER
from linkage.run_tables import OUTPUT as OUTPUT

#: Contract columns of every input table, in order. `embedding` has any width: its type is settled when it is read.
INPUT: Final[dict[str, pl.Schema]] = {
    "exchanges": schema(
        {
            "account_id": pl.String,
            "sent_at": TIME,
            "ip": pl.String,
            "device": pl.String,
            "model": pl.String,
            "status": pl.Int16,
            "input_tokens": pl.Int32,
            "output_tokens": pl.Int32,
        }
    ),
    "accounts": schema(
        {
            "account_id": pl.String,
            "created_at": TIME,
            "channel": pl.String,
            "country": pl.String,
            "email_domain": pl.String,
            "organization": pl.String,
        }
    ),
    "payments": schema(
        {
            "account_id": pl.String,
            "instrument": pl.String,
            "issuer": pl.String,
            "paid_at": TIME,
            "amount": pl.Float64,
        }
    ),
    "prompts": schema(
        {
            "account_id": pl.String,
            "sent_at": TIME,
            "text": pl.String,
            "embedding": pl.List(pl.Float32),
        }
    ),
    "identifiers": schema(
        {
            "account_id": pl.String,
            "kind": pl.String,
            "value": pl.String,
            "count": pl.Int64,
            "first_seen": TIME,
            "last_seen": TIME,
        }
    ),
    "networks": schema({"ip": pl.String, "network": pl.String, "asn": pl.Int64}),
    "dossiers": schema(
        {
            "operator": pl.String,
            "kind": pl.String,
            "value": pl.String,
            "confidence": pl.Float32,
            "source": pl.String,
            "first_seen": TIME,
            "last_seen": TIME,
        }
    ),
    "decisions": schema(
        {
            "account_id": pl.String,
            "decision": pl.String,
            "campaign": pl.String,
            "decided_at": TIME,
        }
    ),
}

#: Columns without which a table's row, and so the table, cannot be used.
REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "exchanges": ("account_id", "sent_at"),
    "accounts": ("account_id",),
    "payments": ("account_id", "instrument"),
    "prompts": ("account_id",),
    "identifiers": ("account_id", "kind", "value"),
    "networks": ("ip",),
    "dossiers": ("operator", "kind", "value"),
    "decisions": ("account_id", "decision"),
}

#: At least one of these must be there.
EVIDENCE_TABLES: Final = ("exchanges", "payments", "identifiers", "prompts")

#: Networks the contract knows; anything else is kept as it came and weighs nothing.
NETWORKS: Final = ("residential", "mobile", "hosting", "vpn", "tor", "business", "education")

#: Every account, coded: `account` is the row number in `account_id` order.
ACCOUNTS: Final = schema(
    {
        "account": pl.UInt32,
        "account_id": pl.String,
        "created_at": TIME,
        "channel": pl.String,
        "country": pl.String,
        "email_domain": pl.String,
        "organization": pl.String,
    }
)

#: Every distinct address text, parsed: canonical form, its /24 or /48, and what `networks` says of it.
ADDRESSES: Final = schema(
    {
        "ip": pl.String,
        "address": pl.String,
        "prefix": pl.String,
        "network": pl.String,
        "asn": pl.Int64,
    }
)

#: One row for each account that used a value: what identifiers make of the logs.
USES: Final = schema(
    {
        "account": pl.UInt32,
        "kind": pl.String,
        "value": pl.String,
        "count": pl.Int64,
        "first_seen": TIME,
        "last_seen": TIME,
    }
)

#: Every value worth projecting, coded by row number in (kind, value) order.
VALUES: Final = schema(
    {
        "code": pl.UInt32,
        "kind": pl.String,
        "value": pl.String,
        "degree": pl.Int64,
        "pairs": pl.Int64,
        "bits": pl.Float32,
    }
)

#: The kind of value that speaks for pairs which other values make, and makes none itself: accounts of one crowd.
CROWD: Final = "crowd"

#: Uses of coded values, sorted by code and account; times are null where they are not known.
CODED_USES: Final = schema({"account": pl.UInt32, "code": pl.UInt32, "first_seen": TIME, "last_seen": TIME})

#: What two accounts did alike, found pair by pair (a < b): evidence that no shared value stands for. `count` is how
#: often, `detail` says it in words; one row a pair and kind.
PAIRS: Final = schema(
    {
        "account_a": pl.UInt32,
        "account_b": pl.UInt32,
        "kind": pl.String,
        "bits": pl.Float32,
        "count": pl.Int64,
        "first_seen": TIME,
        "last_seen": TIME,
        "detail": pl.String,
    }
)

#: Links between coded accounts, sorted; further Float32 columns, one a channel, hold bits that add up to the weight.
LINKS: Final = schema({"account_a": pl.UInt32, "account_b": pl.UInt32, "probability": pl.Float32, "weight": pl.Float32})

#: Community of every linked account, and the part of it that a second look finds; accounts without a link are absent.
MEMBERSHIPS: Final = schema({"account": pl.UInt32, "community": pl.Int32, "part": pl.Int32, "stability": pl.Float32})

#: What people decided of known accounts, one row each: the latest decision. `returns`: cleared, but new evidence
#: speaks against it, which `why` says.
DECIDED: Final = schema(
    {
        "account": pl.UInt32,
        "decision": pl.String,
        "campaign": pl.String,
        "decided_at": TIME,
        "returns": pl.Boolean,
        "why": pl.String,
    }
)


def empty(of: pl.Schema) -> pl.DataFrame:
    """A table of that schema with no rows."""
    return pl.DataFrame(schema=of)
