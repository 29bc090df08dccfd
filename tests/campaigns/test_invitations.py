"""What accounts were handed, and what follows where all have the one code."""

from __future__ import annotations

import polars as pl

from linkage.campaigns.explanations import FITS, explanations
from linkage.campaigns.invitations import codes, handed
from linkage.campaigns.reasons import weigh
from linkage.settings import CampaignSettings

SETTINGS = CampaignSettings()
#: A class: signed up in an evening by one code, writes the same, each at home.
CLASS = {
    "accounts": 25,
    "by_content": 0.0,
    "by_program": 0.0,
    "by_given": 1.0,
    "code_top": 1.0,
    "device_pool": 0.03,
    "device_shared": 4,
    "device_sharers": 0.9,
    "device_top": 0.4,
    "hours": 12.0,
    "ip_met": 0.0,
    "wave": 1.0,
    "dated": 25,
    "near": 17.0,
}


def _uses(*rows: tuple[int, str, str]) -> pl.DataFrame:
    codes = {value: code for code, value in enumerate(sorted({row[2] for row in rows}))}
    return pl.DataFrame(
        [(*row, codes[row[2]], False) for row in rows],
        schema={
            "account": pl.UInt32,
            "kind": pl.String,
            "value": pl.String,
            "code": pl.UInt32,
            "placeholder": pl.Boolean,
        },
        orient="row",
    )


def test_an_unknown_kind_of_which_accounts_have_many_values_is_not_handed_out() -> None:
    rows = [(a, "voucher", "v") for a in range(4)] + [
        (a, "hashed_address", f"{a + k}") for a in range(4) for k in (0, 1)
    ]
    kinds = {"voucher": "other", "hashed_address": "other", "referral_code": "birth", "phone": "identity"}
    assert handed(_uses(*rows), kinds) == ("referral_code", "voucher")


def test_the_share_that_has_the_commonest_code() -> None:
    uses = _uses((0, "referral_code", "a"), (1, "referral_code", "a"), (2, "referral_code", "b"), (3, "phone", "a"))
    members = pl.DataFrame({"account": range(4), "community": 7}, schema={"account": pl.UInt32, "community": pl.Int32})
    assert codes(members, uses, ("referral_code",)).rows() == [(7, 0.5)]
    assert codes(members, uses, ()).is_empty()


def test_a_code_that_all_have_is_no_more_than_their_prompts() -> None:
    def fit(**other: object) -> float:
        tested = explanations({**CLASS, **other}, SETTINGS)
        return next(each.fit for each in tested if each.name == "audience")

    assert fit() >= FITS
    assert fit(code_top=0.2) < FITS
    assert fit(by_given=0.4) < FITS
    assert fit(ip_met=0.6) < FITS


def test_browsers_that_many_have_are_no_pool() -> None:
    assert not any(reason.bits > 0 for reason in weigh(CLASS, SETTINGS)["machine"])
    assert weigh({**CLASS, "device_pool": 0.6}, SETTINGS)["machine"][0].bits > 1.0
