"""Small runs made by hand, masked as a build masks them, and the commands on them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from linkage import privacy
from linkage.identifiers.placeholders import PATTERNS, WORDS
from linkage.io import Run
from linkage.privacy.vault import keep
from linkage.tables import OUTPUT, empty

DAY = datetime(2025, 3, 3, tzinfo=UTC)
KEY = b"k" * 32
#: Accounts of a run: a value of two of them weighs 9 bits.
ACCOUNTS = 1024


def rows(name: str, **columns: Any) -> pl.DataFrame:
    return pl.concat([empty(OUTPUT[name]), pl.DataFrame(columns)], how="diagonal_relaxed").cast(dict(OUTPUT[name]))  # type: ignore[arg-type]


def tables(
    shared: list[tuple[str, str, list[int], float]], hubs: tuple[tuple[str, str], ...] = ()
) -> dict[str, pl.DataFrame]:
    """A run with one campaign of the accounts 0 to 5, of which 0 to 3 are its core.

    Args:
        shared: kind, value, the accounts that share it, bits.
        hubs: kind, value.
    """
    names = [f"acc_{n:04}" for n in range(ACCOUNTS)]
    pairs = [
        (names[a], names[b], kind, value, bits) for kind, value, who, bits in shared for a in who for b in who if a < b
    ]
    a, b, kinds, values, weights = zip(*pairs, strict=True)
    found = {name: empty(schema) for name, schema in OUTPUT.items()}
    found["accounts"] = rows("accounts", account_id=names, exchanges=[1] * ACCOUNTS)
    found["campaigns"] = rows(
        "campaigns", campaign_id=["C-1"], accounts=[6], exchanges=[6], first_seen=[DAY], last_seen=[DAY]
    )
    found["members"] = rows(
        "members", campaign_id=["C-1"] * 6, account_id=names[:6], tier=["core"] * 4 + ["periphery"] * 2
    )
    found["evidence"] = rows(
        "evidence", account_a=a, account_b=b, kind=kinds, value=values, weight=weights,
        first_seen=[DAY] * len(a), last_seen=[DAY] * len(a),
    ).sort("account_a", "account_b", "kind", "value")  # fmt: skip
    if hubs:
        kinds, values = zip(*hubs, strict=True)
        found["hubs"] = rows("hubs", kind=kinds, value=values, degree=[99] * len(hubs), pairs=[9] * len(hubs))
    return found


def saved(folder: Path, given: dict[str, pl.DataFrame], vault: Path | None = None, days: int | None = None) -> Path:
    """A run folder; masked where a vault is given."""
    about: dict[str, Any] = {"pseudonymised": vault is not None, "retention_days": days}
    if vault is not None:
        done = privacy.mask(given, KEY, privacy.Nobodys.of(WORDS, PATTERNS), {"prompt"})
        given, about["key_fingerprint"] = done.tables, privacy.fingerprint(KEY)
        keep(vault, done.values, about["key_fingerprint"], date(2026, 1, 10), days)
    manifest = {"format": 1, "version": "0", "privacy": about}
    Run(tables=given, manifest=manifest, report="").save(folder)
    return folder


def key_file(path: Path, text: str = "exchange-" * 8) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path
