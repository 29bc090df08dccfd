"""What a build ends by saying: the figures a person would quote, the same as in the run's tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from linkage.progress import printable

#: Campaigns listed one by one; the others are in the tables.
LISTED = 10
#: Of honest groups, hubs and reasons: how many kinds are named.
NAMED = 8


class RunTables(Protocol):
    """What is read of a run."""

    @property
    def manifest(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def accounts(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def campaigns(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def communities(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def hubs(self) -> pl.DataFrame: ...  # noqa: D102


def closing(run: RunTables, folder: Path, seconds: float, peak_bytes: int) -> str:
    """The closing words of a build that was written to `folder`. Values of the logs in it are escaped."""
    return "\n".join(
        [
            *_overview(run),
            "",
            *(_largest(run.campaigns) if run.campaigns.height else _why_nothing(run.manifest)),
            "",
            *_left_out(run),
            f"took               {seconds:,.1f} s, {_size(peak_bytes)} of memory at most",
            *(f"note               {printable(note)}" for note in run.manifest.get("notes", ())),
            "",
            f"report             {printable(folder / 'report.html')}",
        ]
    )


def summary(run: RunTables) -> dict[str, object]:
    """The run's counts, for a machine that reads the log."""
    return dict(run.manifest["counts"])


def _overview(run: RunTables) -> Iterator[str]:
    counts = run.manifest["counts"]
    first, last = run.accounts["first_seen"].min(), run.accounts["last_seen"].max()
    span = f", {_day(first)} to {_day(last)}" if first is not None else ""
    yield f"accounts           {counts['accounts']:,}"
    yield f"exchanges          {counts['exchanges']:,}{span}"
    yield f"campaigns          {counts['campaigns']:,}"
    if counts["campaigns"]:
        inside, through = counts["accounts_in_campaigns"], counts["exchanges_in_campaigns"]
        yield f"  accounts in      {inside:,} ({_share(inside, counts['accounts'])})"
        yield f"  exchanges by     {through:,} ({_share(through, counts['exchanges'])})"


def _largest(campaigns: pl.DataFrame) -> Iterator[str]:
    rows = campaigns.sort(["accounts", "campaign_id"], descending=[True, False])
    named = rows["operator"].is_not_null().any()
    head = [
        "largest",
        "accounts",
        "exchanges",
        "suspicion",
        "first seen",
        "last seen",
        *(["operator"] if named else []),
    ]
    cells = [
        [
            printable(row["campaign_id"]),
            f"{row['accounts']:,}",
            f"{row['exchanges']:,}",
            _likely(row["suspicion"]),
            _day(row["first_seen"]),
            _day(row["last_seen"]),
            *([printable(row["operator"] or "")] if named else []),
        ]
        for row in rows.head(LISTED).iter_rows(named=True)
    ]
    yield from _table([head, *cells])
    if rows.height > LISTED:
        yield f"and {rows.height - LISTED:,} more in campaigns.parquet"


def _why_nothing(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield "No campaign was found. Why:"
    yield from (f"  {printable(reason)}" for reason in manifest.get("why_nothing") or ("no reason is recorded",))


def _left_out(run: RunTables) -> Iterator[str]:
    honest = run.communities.filter(pl.col("campaign_id").is_null())
    kinds = honest.group_by(pl.col("explanation").fill_null("unexplained")).len().rows()
    yield f"groups let be      {_breakdown(dict(kinds))}"
    by_kind = run.hubs.group_by("kind").len().rows()
    pairs = f"; {int(run.hubs['pairs'].sum()):,} pairs not made" if by_kind else ""
    yield f"hubs suppressed    {_breakdown(dict(by_kind))}{pairs}"
    reasons = {
        f"{table}: {reason}": rows
        for table, found in run.manifest["rejected"].items()
        for reason, rows in found.items()
    }
    yield f"rows rejected      {_breakdown(reasons)}"


def _breakdown(counts: Mapping[str, int]) -> str:
    """Total, and in brackets the commonest first."""
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{printable(name)} {count:,}" for name, count in order[:NAMED]]
    if rest := order[NAMED:]:
        parts.append(f"{len(rest):,} other kinds {sum(count for _, count in rest):,}")
    return f"{sum(counts.values()):,}" + (f" ({', '.join(parts)})" if parts else "")


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """First and last text columns to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if 1 <= index <= 3 else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _day(time: Any) -> str:
    return "" if time is None else f"{time:%Y-%m-%d}"


def _likely(suspicion: float) -> str:
    """No suspicion is certain, however it was rounded."""
    return ">0.99" if suspicion >= 0.995 else f"{suspicion:.2f}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "of none"


def _size(count: int) -> str:
    return f"{count / (1 << 30):.2f} GiB" if count >= 1 << 30 else f"{count / (1 << 20):.0f} MiB"
