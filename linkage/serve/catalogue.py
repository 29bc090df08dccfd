"""A run, indexed once: what every page is drawn from without a scan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.io import Run
from linkage.report import gather
from linkage.report.compose import run_hash, section
from linkage.report.model import Campaign
from linkage.serve.ties import Ties, bit, ties
from linkage.tables import OUTPUT, empty

#: Values of a kind that a campaign's report lists.
_TOP: Final = 20
#: Too large to be kept as they are, or not shown.
_LARGE: Final = frozenset({"accounts", "links", "evidence", "templates", "rejected"})


class Catalogue:
    """Tables in codes, with where each campaign, account and value begins."""

    def __init__(self, run: Run) -> None:
        """Read and sort. Raises RunFolderError if a table is damaged."""
        self.run = run
        self.manifest: Mapping[str, Any] = run.manifest
        self.hash = run_hash(run.manifest)
        self.accounts = run.table("accounts").sort("account_id")
        self.last_day: date | None = self.accounts.select(pl.col("last_seen").max().dt.date()).item()
        self.campaigns = run.table("campaigns").sort("campaign_id")
        self.hubs = run.table("hubs")
        self.small = {name: run.table(name) for name in OUTPUT if name not in _LARGE and _has(run, name)}
        self.ties: Ties = ties(run, self.accounts, self.campaigns)
        self._starts = {
            "links": _starts(self.ties.links["campaign"], self.campaigns.height),
            "of_campaigns": _starts(self.ties.of_campaigns["campaign"], self.campaigns.height),
            "uses": _starts(self.ties.uses["value"], self.ties.values.height),
            "of_accounts": _starts(self.ties.of_accounts["account"], self.accounts.height),
        }
        self.all_members = self._joined()
        self._several = self.all_members.filter(pl.col("campaign").n_unique().over("account") > 1)
        self._whose = _starts(self.all_members["campaign"], self.campaigns.height)
        self._whole = gather.tables(
            {**self.small, "accounts": self.accounts, **{name: empty(OUTPUT[name]) for name in ("links", "evidence")}}
        )
        self.report = lru_cache(maxsize=256)(self._report)

    def account(self, account_id: str) -> int | None:
        """The code of an account."""
        at = self.accounts["account_id"].search_sorted(account_id)
        there = at < self.accounts.height and self.accounts["account_id"][at] == account_id
        return int(at) if there else None

    def campaign(self, campaign_id: str) -> int | None:
        """The code of a campaign."""
        at = self.campaigns["campaign_id"].index_of(campaign_id)
        return None if at is None else int(at)

    def members(self, campaign: int) -> pl.DataFrame:
        """Members: account (code), account_id, tier, suspicion, share, exchanges, times; core and sure first."""
        return self._slice(self.all_members, self._whose, campaign)

    def elsewhere(self, campaign: int | None, accounts: pl.Series) -> pl.DataFrame:
        """account (code), account_id, campaign_id: other campaigns that some of a campaign's accounts stand in too."""
        others = pl.lit(True) if campaign is None else pl.col("campaign") != campaign
        found = self._several.filter(others & pl.col("account").is_in(accounts.implode()))
        return found.select("account", "account_id", "campaign_id").sort("campaign_id", "account")

    def links(self, campaign: int) -> pl.DataFrame:
        """Links inside a campaign, the strongest first."""
        return self._slice(self.ties.links, self._starts["links"], campaign)

    def values(self, campaign: int) -> pl.DataFrame:
        """Values shared in a campaign, the widest first."""
        return self._slice(self.ties.of_campaigns, self._starts["of_campaigns"], campaign)

    def users(self, value: int) -> pl.DataFrame:
        """campaign, account of those who share a value inside campaigns."""
        return self._slice(self.ties.uses, self._starts["uses"], value)

    def used(self, account: int) -> pl.DataFrame:
        """value, campaign that an account shares inside campaigns."""
        return self._slice(self.ties.of_accounts, self._starts["of_accounts"], account)

    def value(self, kind: str, value: str) -> int | None:
        """The code of a value, if any campaign shares it."""
        rows = self.ties.values.with_row_index("code").filter(kind=kind, value=value)
        return int(rows["code"][0]) if rows.height else None

    def bit(self, kind: str) -> int:
        """The mask of a kind in links."""
        return bit(self.ties.kinds, kind)

    def _report(self, campaign: int) -> Campaign:
        """What the report says of a campaign: the same model, from the indexed rows."""
        row = self.campaigns.row(campaign, named=True)
        members = self.members(campaign)
        whose = members["account_id"].implode()
        of = gather.tables(
            {
                **self.small,
                "members": self.small["members"].filter(campaign_id=row["campaign_id"]),
                "accounts": self.accounts.filter(pl.col("account_id").is_in(whose)),
                **{name: empty(OUTPUT[name]) for name in ("links", "evidence")},
            }
        )
        parts = gather.parted(of, [row["campaign_id"]])[0]
        mine = pl.col("campaign") == campaign
        told = self.values(campaign).sort("kind", "bits", "accounts", "value", descending=[False, True, True, False])
        named = told.group_by("kind", maintain_order=True).head(_TOP)
        texts = self.ties.values["value"].gather(named["value"])
        ids = self.accounts["account_id"]
        ends = {f"account_{side}": ids.gather(self.links(campaign)[side]) for side in ("a", "b")}
        filled = parts._replace(
            links=self.links(campaign).select("probability", "weight").with_columns(**ends),
            uses=self._uses(campaign),
            channels=gather.shortest(self.ties.channels.filter(mine).drop("campaign")),
            values=gather.shortest(named.drop("campaign", "value").with_columns(value=texts)),
            successions=self.ties.successions.filter(mine).sort("first_seen", "last_seen", "value"),
        )
        return section(filled, self._whole, self.manifest)

    def _uses(self, campaign: int) -> pl.DataFrame:
        """account, kind: who is tied by which kind of evidence there."""
        links, ids = self.links(campaign), self.accounts["account_id"]
        found = []
        for kind in self.ties.kinds:
            behind = links.filter((pl.col("kinds") & self.bit(kind)) != 0)
            users = behind["a"].append(behind["b"]).unique()
            found.append(pl.DataFrame({"account": ids.gather(users)}).with_columns(kind=pl.lit(kind)))
        return pl.concat(found) if found else pl.DataFrame(schema={"account": pl.String, "kind": pl.String})

    def _joined(self) -> pl.DataFrame:
        """Members of all campaigns with what is known of the accounts, by campaign: core first, the surest first."""
        known = self.accounts.select("account_id", "suspicion", "community_id", "first_seen", "last_seen")
        known = known.with_row_index("account")
        order = self.campaigns.select("campaign_id").with_row_index("campaign")
        core = pl.col("tier") == "core"
        return (
            self.small["members"]
            .join(known, on="account_id")
            .join(order, on="campaign_id")
            .with_columns(pl.col("exchanges").fill_null(0), core=core.fill_null(False))
            .sort(
                ["campaign", "core", "suspicion", "account_id"], descending=[False, True, True, False], nulls_last=True
            )
        )

    @staticmethod
    def _slice(frame: pl.DataFrame, starts: NDArray[np.int64], code: int) -> pl.DataFrame:
        return frame.slice(int(starts[code]), int(starts[code + 1] - starts[code]))


def _has(run: Run, name: str) -> bool:
    """Whether the run has a table: those of older versions lack some."""
    return run.path is None or (run.path / f"{name}.parquet").is_file()


def _starts(sorted_codes: pl.Series, codes: int) -> NDArray[np.int64]:
    """Where each code begins in a sorted column, and one after the last."""
    counts = np.bincount(sorted_codes.to_numpy().astype(np.int64), minlength=codes)
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
