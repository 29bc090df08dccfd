"""Innocent explanations, tried in order of how open the sharing is. The first that fits is named."""

from __future__ import annotations

from typing import NamedTuple

from linkage.campaigns.reasons import Row, figure
from linkage.settings import CampaignSettings


class Innocent(NamedTuple):
    """An explanation that covers the group: its name, what it takes from the suspicion in bits, and why it fits."""

    name: str
    bits: float
    text: str


def explain(row: Row, settings: CampaignSettings) -> Innocent | None:
    """The innocent explanation that fits a community, or None.

    Args:
        row: one row of `features.table`.
        settings: what counts as open sharing, and the size of a household.
    """
    value = {name: figure(row, name) or 0.0 for name in NEEDED}
    open_share = settings.open_share
    card = value["instrument_top"] if value["instrument_holders"] >= 0.5 else 0.0
    address = max(value["ip_top"], value["prefix_top"])
    one_card, one_place = card >= open_share, address >= open_share
    one_name = value["one_organization"] >= 0.5
    servers = value["net_hosting"] >= 0.5
    if value["net_education"] >= 0.4:
        return Innocent("campus", -4.0, f"{value['net_education']:.0%} of the traffic comes from a campus network")
    if one_name and servers and value["hours"] >= 18:
        return Innocent("vendor", -4.0, "keys of one verified organization, on servers, around the clock")
    if one_name:
        return Innocent("firm", -4.0, f"{value['one_organization']:.0%} belong to one verified organization")
    if one_card and servers and value["hours"] >= 18:
        return Innocent("vendor", -4.0, f"one card pays for {card:.0%}, on servers, around the clock")
    if value["accounts"] <= settings.household_size and (one_card or one_place):
        return Innocent("household", -3.0, "a handful of accounts that share one card or one address openly")
    if one_card and one_place:
        return Innocent("firm", -4.0, f"one card pays for {card:.0%} and one place serves {address:.0%}")
    if one_card:
        return Innocent("reseller", -3.0, f"one card pays for {card:.0%}, each account has its own place")
    if value["net_vpn"] + value["net_tor"] >= 0.6 and value["instrument_sharers"] < 0.1:
        return Innocent("vpn_exit", -3.0, "they meet at a commercial VPN and pay apart")
    return None


NEEDED = (
    "accounts",
    "hours",
    "instrument_holders",
    "instrument_sharers",
    "instrument_top",
    "ip_top",
    "net_education",
    "net_hosting",
    "net_tor",
    "net_vpn",
    "one_organization",
    "prefix_top",
)
