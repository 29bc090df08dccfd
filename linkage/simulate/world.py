"""Settings of a simulated world: one section a concern, every knob described, a preset for each scenario.

A preset only changes defaults: what a caller or a file sets explicitly always wins.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from linkage.settings import Section

Scenario = Literal["plain", "rotating", "stealth", "relay"]


class Honest(Section):
    """Who else is there: shares of the honest accounts by kind (individuals are the rest), sizes, volume."""

    exchanges: float = Field(60.0, gt=0, description="Mean exchanges of an honest account over the whole time.")
    volume_sigma: float = Field(1.1, ge=0, description="Log-normal spread of an account's volume; 0 is all alike.")
    household: float = Field(0.13, ge=0, le=1, description="Share in families at one address, some on one card.")
    several: float = Field(0.04, ge=0, le=1, description="Share of accounts whose owner has two to four of them.")
    firm: float = Field(0.13, ge=0, le=1, description="Share in firms on one card, one egress, managed devices.")
    campus: float = Field(0.06, ge=0, le=1, description="Share at universities behind a few shared addresses.")
    reseller: float = Field(0.03, ge=0, le=1, description="Share sold by a reseller that pays for all of them.")
    vendor: float = Field(0.03, ge=0, le=1, description="Share that are keys of a product, round the clock.")
    automation: float = Field(0.05, ge=0, le=1, description="Share that are one person's script on one server.")
    serverless: float = Field(0.015, ge=0, le=1, description="Share that run behind a cloud's shared egress.")
    vpn_user: float = Field(0.04, ge=0, le=1, description="Share of people mostly behind a commercial VPN.")
    mobile_user: float = Field(0.05, ge=0, le=1, description="Share of people mostly behind carrier NAT.")
    household_size: tuple[int, int] = Field((2, 5), description="Fewest and most accounts of a family.")
    several_size: tuple[int, int] = Field((2, 4), description="Fewest and most accounts of one person with several.")
    firm_size: tuple[int, int] = Field((5, 400), description="Fewest and most accounts of a firm.")
    campus_size: tuple[int, int] = Field((150, 2500), description="Fewest and most accounts of a campus.")
    reseller_size: tuple[int, int] = Field((20, 300), description="Fewest and most accounts of a reseller.")
    vendor_size: tuple[int, int] = Field((100, 400), description="Fewest and most keys of a vendor.")
    size_tail: float = Field(1.1, gt=0, description="Pareto exponent of group sizes; smaller is heavier.")
    class_size: int = Field(40, ge=2, description="Mean students in a class that gets one assignment.")
    verified: float = Field(0.8, ge=0, le=1, description="Share of firms, vendors, resellers, campuses verified.")
    new: float = Field(0.25, ge=0, le=1, description="Share of honest accounts that signed up within the time.")
    viral_days: int = Field(2, ge=0, description="Days on which sign-ups spike.")
    viral_factor: float = Field(5.0, ge=1, description="How many times a normal day's sign-ups a viral day has.")
    paying: float = Field(0.6, ge=0, le=1, description="Share of people who pay at all.")
    prepaid: float = Field(0.04, ge=0, le=1, description="Share of honest cards that are prepaid.")
    second_card: float = Field(0.08, ge=0, le=1, description="Share of payers who change card within the time.")
    empty_card: float = Field(0.004, ge=0, le=1, description="Share of payers whose card is logged as empty text.")
    test_card: float = Field(0.003, ge=0, le=1, description="Share of payers logged with the test card.")
    second_hand: float = Field(0.01, ge=0, le=1, description="Share of people on a device someone else had before.")
    phone: float = Field(0.4, ge=0, le=1, description="Share of accounts with a verified phone number.")
    referral: float = Field(0.12, ge=0, le=1, description="Share of accounts that came by a referral code.")
    refused: float = Field(0.012, ge=0, le=1, description="Share of honest requests answered 429.")
    forbidden: float = Field(0.0005, ge=0, le=1, description="Share of honest requests answered 403.")
    vendor_failover: float = Field(0.4, ge=0, le=1, description="Share of a vendor's 429s retried on another key.")
    leaving: float = Field(0.12, ge=0, le=1, description="Share of honest accounts that stop within the time.")


class Networks(Section):
    """How people and machines reach the service."""

    homes_per_address: float = Field(0.25, gt=0, le=0.9, description="Customers' homes per address of a DHCP pool.")
    lease_days: dict[int, float] = Field(
        {1: 0.05, 7: 0.25, 30: 0.35, 10_000: 0.35}, description="Days a home keeps its address -> share of DHCP pools."
    )
    providers: int = Field(24, ge=1, description="Residential providers.")
    ipv6: float = Field(0.25, ge=0, le=1, description="Share of homes with IPv6, one /64 each, privacy addresses.")
    carrier_accounts: int = Field(150, ge=1, description="Accounts per carrier-NAT address, on average.")
    carrier_addresses: int = Field(16, ge=1, description="Addresses of one carrier-NAT region.")
    venue_accounts: int = Field(60, ge=1, description="Accounts per public wifi, on average.")
    vpn_accounts: int = Field(25, ge=1, description="VPN users per exit address, on average.")
    vpn_providers: int = Field(5, ge=1, description="Commercial VPN providers.")
    serverless_accounts: int = Field(120, ge=1, description="Accounts per serverless egress address, on average.")
    tor: float = Field(0.04, ge=0, le=1, description="Share of VPN users' sessions that come through Tor.")
    proxied: float = Field(0.02, ge=0, le=1, description="Share of VPN users' sessions that use a campaign's exit.")
    known: float = Field(0.92, ge=0, le=1, description="Share of prefixes that networks.parquet knows.")


class Devices(Section):
    """Client fingerprints of honest people."""

    common: float = Field(0.55, ge=0, le=1, description="Share of devices with one of the common fingerprints.")
    middle: float = Field(0.12, ge=0, le=1, description="Share with an uncommon one that some strangers have too.")
    common_values: int = Field(240, ge=1, description="How many common fingerprints there are.")
    middle_accounts: int = Field(10, ge=1, description="Accounts of the world per uncommon fingerprint.")
    unknown: float = Field(0.004, ge=0, le=1, description="Share of devices logged as a placeholder value.")


class Campaigns(Section):
    """What operators do. Presets of the scenarios change these most."""

    share: float = Field(0.025, ge=0, lt=1, description="Share of all accounts that are in campaigns.")
    count: int = Field(10, ge=1, description="Campaigns; fewer where the accounts do not suffice.")
    operators: int = Field(6, ge=1, description="Operators that run them.")
    smallest: int = Field(12, ge=2, description="Accounts of the smallest campaign.")
    largest: float = Field(0.46, gt=0, le=1, description="Share of all campaign accounts in the largest campaign.")
    size_tail: float = Field(1.0, gt=0, description="Exponent of the other sizes by rank: larger is more unequal.")
    exchanges: float = Field(1152.0, gt=0, description="Mean exchanges of a campaign account over the whole time.")
    waves: int = Field(3, ge=1, description="Sign-up waves of a campaign.")
    wave_hours: float = Field(5.0, gt=0, description="Hours in which most of a wave signs up.")
    aged: float = Field(0.15, ge=0, le=1, description="Share bought from honest people, with their history.")
    replaced: float = Field(0.3, ge=0, lt=0.5, description="Share that signed up to replace a banned account.")
    cards_per_account: int = Field(2, ge=1, description="Cards an account pays with.")
    accounts_per_card: float = Field(5.0, ge=1, description="Accounts a card of the campaign pays for.")
    own_card: float = Field(0.1, ge=0, le=1, description="Share of accounts with cards no other account has.")
    issuers: int = Field(3, ge=1, description="Issuers that an operator's cards come from.")
    devices_per_account: int = Field(2, ge=1, description="Fingerprints an account shows.")
    accounts_per_device: float = Field(10.0, ge=1, description="Accounts a fingerprint of the pool is on.")
    own_device: float = Field(0.1, ge=0, le=1, description="Share of accounts with fingerprints no other has.")
    common_device: float = Field(0.25, ge=0, le=1, description="Share of accounts' sessions with a common fingerprint.")
    exits_per_account: int = Field(4, ge=1, description="Exits an account rotates through.")
    accounts_per_exit: float = Field(10.0, ge=1, description="Accounts of the campaign an exit is used by.")
    rotation_hours: float = Field(12.0, gt=0, description="Hours an account stays on one exit.")
    hijacked: float = Field(0.05, ge=0, le=1, description="Share of exits that are homes of honest people.")
    residential: float = Field(0.4, ge=0, le=1, description="Share of the other exits that are residential proxies.")
    market: float = Field(
        0.04, ge=0, le=1, description="Share of accounts' exits from a market that all campaigns use."
    )
    market_exits: int = Field(40, ge=1, description="Exits on that market for each 20,000 accounts.")
    phone: float = Field(0.5, ge=0, le=1, description="Share of accounts with a rented phone number.")
    accounts_per_phone: float = Field(4.0, ge=1, description="Accounts a rented number verifies.")
    referral: float = Field(0.15, ge=0, le=1, description="Share of accounts that came by the campaign's own code.")
    own_domain: float = Field(0.3, ge=0, le=1, description="Share of accounts with a mail domain of the operator.")
    dossiers: float = Field(0.67, ge=0, le=1, description="Share of operators that have a dossier.")
    bare_indicators: int = Field(3, ge=1, description="Most indicators of one kind in a dossier.")


class Queue(Section):
    """How a campaign's jobs reach its accounts."""

    batch: float = Field(80.0, ge=1, description="Mean exchanges of one job batch, all near-duplicates.")
    batch_sigma: float = Field(0.7, ge=0, description="Log-normal spread of batch sizes.")
    batch_minutes: float = Field(25.0, gt=0, description="Minutes in which most of a batch is sent.")
    workers: float = Field(0.3, gt=0, description="Accounts that take part in a batch, per exchange of it.")
    templates: int = Field(24, ge=1, description="Prompt templates of a campaign.")
    refused: float = Field(0.05, ge=0, le=1, description="Share of jobs answered 429.")
    forbidden: float = Field(3.0, ge=0, description="Mean requests of an account after its ban, answered 403.")
    failover: float = Field(0.85, ge=0, le=1, description="Share of refused jobs another account takes up.")
    failover_seconds: float = Field(3.0, gt=0, description="Median seconds until it does.")
    camouflage: float = Field(0.08, ge=0, lt=1, description="Share of an account's traffic that mimics honest people.")
    mimicry: float = Field(0.015, ge=0, le=1, description="Share of those sessions that use a popular template.")
    relayed: float = Field(0.0, ge=0, lt=1, description="Share of an account's traffic that serves honest customers.")
    customers: float = Field(1.5, gt=0, description="Honest customers of a relay per account of it.")
    customer_accounts: int = Field(3, ge=1, description="Accounts through which one customer's traffic goes.")
    public: float = Field(0.012, ge=0, le=1, description="Share of jobs that use a popular public template.")
    pivot_hours: float = Field(20.0, gt=0, description="Hours after a model's release by which campaigns use it.")


class Content(Section):
    """What prompts say: templates, items within a template, noise; all as embeddings, text or both."""

    sample: float = Field(0.172, ge=0, le=1, description="Share of exchanges whose prompt is kept.")
    width: int = Field(64, ge=2, multiple_of=2, description="Width of an embedding.")
    template: float = Field(0.72, ge=0, le=1, description="Cosine of prompts of one template on different items.")
    noise: float = Field(0.16, ge=0, lt=1, description="Most noise variance in a templated prompt, of 1.")
    common: float = Field(0.05, ge=0, lt=1, description="Variance all prompts have in common, of 1.")
    topics: int = Field(300, ge=1, description="Topics of free prompts.")
    popular: float = Field(0.05, ge=0, le=1, description="Share of people's sessions that use a popular template.")
    popular_accounts: int = Field(400, ge=1, description="Accounts of the world per popular template.")
    popular_item: float = Field(150.0, ge=1, description="Mean exchanges on one item of a popular template.")
    firm: float = Field(0.4, ge=0, le=1, description="Share of a firm's sessions that use its product prompt.")
    firm_item: float = Field(600.0, ge=1, description="Mean exchanges on one item of a firm's product prompt.")
    vendor_item: float = Field(800.0, ge=1, description="Mean exchanges on one item of a vendor's template.")
    vendor_templates: int = Field(4, ge=1, description="Templates of a vendor.")
    automation_item: float = Field(60.0, ge=1, description="Mean exchanges on one item of a solo automation.")
    homework: float = Field(0.75, ge=0, le=1, description="Share of a student's sessions in the week of an assignment.")
    homework_rush: float = Field(3.0, ge=1, description="How much more students ask in that week.")
    homework_items: int = Field(3, ge=1, description="Questions of an assignment.")


class World(Section):
    """Everything about a simulated world. `scenario` picks a preset of defaults; explicit settings override it."""

    scenario: Scenario = Field("plain", description="Preset: plain, rotating, stealth or relay.")
    accounts: int = Field(20_000, ge=50, description="Accounts of the world.")
    seed: int = Field(0, ge=0, description="Seed of every random choice.")
    start: date = Field(date(2025, 3, 3), description="First day, UTC.")
    days: int = Field(45, ge=7, description="Days the logs span.")
    release_day: float = Field(24.4, ge=0, description="Day, counted from the first, on which a new model appears.")
    prompts: Literal["none", "embedding", "text", "both"] = Field("embedding", description="What prompts hold.")
    honest: Honest = Field(Honest(), description="Honest accounts.")
    networks: Networks = Field(Networks(), description="Addresses.")
    devices: Devices = Field(Devices(), description="Client fingerprints.")
    campaigns: Campaigns = Field(Campaigns(), description="Campaigns and their operators.")
    queue: Queue = Field(Queue(), description="Job queues of the campaigns.")
    content: Content = Field(Content(), description="Prompts.")

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return _merged(PRESETS.get(str(given.get("scenario", "plain")), {}), given)

    @classmethod
    def of(cls, scenario: Scenario = "plain", accounts: int = 20_000, seed: int = 0, **overrides: Any) -> Self:
        """The world of a scenario; `overrides` are fields or, for a section, a dict of some of its fields."""
        return cls.model_validate({**overrides, "scenario": scenario, "accounts": accounts, "seed": seed})


#: What a scenario changes.
PRESETS: dict[str, dict[str, Any]] = {
    "plain": {},
    "rotating": {
        "campaigns": {
            "aged": 0.2,
            "cards_per_account": 3,
            "accounts_per_card": 2.0,
            "own_card": 0.25,
            "accounts_per_device": 5.0,
            "own_device": 0.3,
            "common_device": 0.4,
            "exits_per_account": 8,
            "accounts_per_exit": 3.0,
            "rotation_hours": 4.0,
            "hijacked": 0.08,
            "residential": 0.5,
            "market": 0.04,
            "accounts_per_phone": 2.0,
            "phone": 0.3,
            "referral": 0.03,
            "own_domain": 0.1,
        },
        "queue": {"camouflage": 0.33, "public": 0.01},
    },
    "stealth": {
        "campaigns": {
            "aged": 0.35,
            "cards_per_account": 2,
            "accounts_per_card": 2.0,
            "own_card": 0.85,
            "accounts_per_device": 3.0,
            "own_device": 0.85,
            "common_device": 0.5,
            "exits_per_account": 8,
            "accounts_per_exit": 2.0,
            "rotation_hours": 8.0,
            "hijacked": 0.95,
            "residential": 1.0,
            "market": 0.03,
            "waves": 6,
            "wave_hours": 30.0,
            "phone": 0.2,
            "accounts_per_phone": 1.5,
            "referral": 0.0,
            "own_domain": 0.03,
        },
        "queue": {"camouflage": 0.5, "public": 0.004, "mimicry": 0.008, "batch": 50.0, "workers": 0.7},
    },
    "relay": {
        "campaigns": {
            "aged": 0.25,
            "accounts_per_card": 3.0,
            "own_card": 0.4,
            "accounts_per_device": 6.0,
            "own_device": 0.4,
            "common_device": 0.5,
            "exits_per_account": 6,
            "accounts_per_exit": 4.0,
            "residential": 0.3,
            "hijacked": 0.1,
            "market": 0.05,
        },
        "queue": {"camouflage": 0.05, "relayed": 0.6, "public": 0.04},
    },
}


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` on top of `base`, section by section."""
    out = dict(base)
    for key, value in over.items():
        inner = value.model_dump(exclude_unset=True) if isinstance(value, Section) else value
        below = out.get(key)
        out[key] = _merged(below, inner) if isinstance(below, dict) and isinstance(inner, dict) else inner
    return out
