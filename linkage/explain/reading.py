"""The few rows of a run that an explanation needs: filtered while they are read, since links may be many millions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import polars as pl

from linkage.errors import UnknownIdError
from linkage.io import Run
from linkage.progress import printable
from linkage.tables import OUTPUT

#: Ids longer than this are compared by their beginning when a near one is looked for.
_COMPARED = 100
_SHORT_LIST = 200
#: Pairs from which reading all at once is quicker than one after the other.
_SEVERAL = 20
#: Ids looked at when a near one is looked for, and ids suggested.
_LOOKED_AT, _SUGGESTED = 2_000, 3
#: Kinds found pair by pair: their `value` says what was seen, and is not a value that others could share.
PAIRWISE = ("alike", "activity", "failover", "succession", "decision")


def account_row(run: Run, account: str) -> dict[str, object]:
    """The account's row of accounts. Raises UnknownIdError, with ids that are near."""
    found = run.rows("accounts", pl.col("account_id") == account)
    if found.height:
        return found.row(0, named=True)
    known = run.columns("accounts", "account_id")["account_id"]
    if run.rows("campaigns", pl.col("campaign_id") == account).height:
        raise UnknownIdError(f"account {_quoted(account)}: is a campaign; `linkage show` tells of it")
    raise UnknownIdError(f"account {_quoted(account)}: is not in the run{_near(account, known)}")


def campaign_row(run: Run, campaign: str) -> dict[str, object]:
    """The campaign's row of campaigns. Raises UnknownIdError, with ids that are near."""
    table = run.table("campaigns")
    found = table.filter(pl.col("campaign_id") == campaign)
    if found.height:
        return found.row(0, named=True)
    if run.rows("accounts", pl.col("account_id") == campaign).height:
        raise UnknownIdError(f"campaign {_quoted(campaign)}: is an account; `linkage explain` tells of it")
    near = _near(campaign, table["campaign_id"])
    advice = "" if near else "; `linkage campaigns` lists them" if table.height else "; the run has no campaign"
    raise UnknownIdError(f"campaign {_quoted(campaign)}: is not in the run{near}{advice}")


def link_between(run: Run, one: str, other: str) -> dict[str, object] | None:
    """The link of two accounts, if there is one."""
    a, b = sorted((one, other))
    found = run.rows("links", pl.col("account_a") == a, pl.col("account_b") == b)
    return found.row(0, named=True) if found.height else None


def touching(run: Run, table: str, account: str) -> pl.DataFrame:
    """Rows of links or evidence that have to do with an account, and `other`: who stands at the other end."""
    mine = (pl.col("account_a") == account) | (pl.col("account_b") == account)
    other = pl.when(pl.col("account_a") == account).then("account_b").otherwise("account_a")
    return run.rows(table, mine).with_columns(other=other)


def inside(run: Run, table: str, accounts: pl.Series, *columns: str) -> pl.DataFrame:
    """Rows of links or evidence both ends of which are among the accounts."""
    return run.rows(
        table,
        among("account_a", accounts),
        among("account_b", accounts),
        columns=columns,
    )


def of_pairs(run: Run, table: str, pairs: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """Rows of links or evidence of these pairs (a < b)."""
    if len(pairs) > _SEVERAL:
        found = inside(run, table, pl.Series([account for pair in pairs for account in pair]).unique())
        ends = ["account_a", "account_b"]
        return found.join(pl.DataFrame(pairs, schema=ends, orient="row"), on=ends, how="semi")
    # One after the other: of each, all parts of the file but one are skipped.
    none = run.rows(table, pl.lit(False))
    return pl.concat([none, *(run.rows(table, pl.col("account_a") == a, pl.col("account_b") == b) for a, b in pairs)])


def among(column: str, accounts: pl.Series) -> pl.Expr:
    """Whether a column names one of the accounts. Parts of a file are skipped only for a list, and a short one pays."""
    return pl.col(column).is_in(accounts.to_list() if accounts.len() <= _SHORT_LIST else accounts.implode())


def optional(run: Run, table: str) -> pl.DataFrame | None:
    """A table that runs of some versions have; None where this one has not."""
    return run.table(table) if table in OUTPUT else None


def _quoted(text: str) -> str:
    cut = printable(text[:_COMPARED])
    return f"'{cut}'" if len(text) <= _COMPARED else f"'{cut}…' ({len(text):,} characters)"


def _near(wanted: str, known: pl.Series) -> str:
    """Ids like the one that was given: equal but for case and blanks, or longer, or alike."""
    wanted = wanted[:_COMPARED]
    bare = wanted.strip().lower()
    same = known.filter(known.str.strip_chars().str.to_lowercase() == bare)
    same = pl.concat([same, _beginning(known, wanted)]) if wanted else same
    begins = next(
        (found for size in (8, 6, 4, 2) if size <= len(wanted) and (found := _beginning(known, wanted[:size])).len()),
        known.head(0),
    )
    looked_at = pl.concat([same.head(_SUGGESTED), begins.head(_LOOKED_AT), known.head(_LOOKED_AT)])
    near = [*same.head(_SUGGESTED), *get_close_matches(wanted, _short(looked_at), n=_SUGGESTED, cutoff=0.6)]
    named = [_quoted(each) for each in dict.fromkeys(near)][:_SUGGESTED]
    return f"; did you mean {' or '.join(named)}?" if named else ""


def _beginning(known: pl.Series, text: str) -> pl.Series:
    return known.filter(known.str.starts_with(text))


def _short(ids: pl.Series) -> Iterable[str]:
    return ids.filter(ids.str.len_chars() <= _COMPARED).to_list()
