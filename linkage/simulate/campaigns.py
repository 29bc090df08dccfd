"""The plan of every campaign: which accounts, since when, with which cards, devices, exits and phone numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.simulate.draws import Array
from linkage.simulate.people import ISSUERS, KIND, KITS, PLACEHOLDER_DEVICES, PREPAID, People
from linkage.simulate.space import POOL, Space
from linkage.simulate.world import World


@dataclass
class Plan:
    """Campaigns; members are rows here, `member` their accounts. An exit below 0 is the home -(exit + 1)."""

    sizes: Array  # int64[campaigns], largest first
    operator: Array  # int64[campaigns]
    member: Array  # int64[members], account
    campaign: Array  # int64[members]
    start: Array  # float days, when the campaign starts to use the account
    end: Array  # float days
    banned: Array  # bool
    aged: Array  # bool, bought from an honest person
    exits: Array  # int64[members, exits_per_account]
    devices: Array  # int64[members, devices_per_account]
    common: Array  # int64[members], a common fingerprint it shows at times
    cards: Array  # int64[members, cards_per_account]
    phone: Array  # int64[members], -1: none
    rate: Array  # float64[members], exchanges a day of use
    issuers: Array  # int64[operators, issuers]
    asn: Array  # int64[operators], of their hosting
    market: Array  # int64[exits], addresses of a proxy market

    @property
    def every_exit(self) -> Array:
        """Static addresses that campaigns leave through."""
        flat = np.unique(self.exits)
        return flat[flat >= 0]


def campaign_sizes(accounts: int, world: World) -> Array:
    """int64, largest first: heavy-tailed, from `smallest` to about half."""
    settings = world.campaigns
    count = max(1, min(settings.count, accounts // settings.smallest)) if accounts >= 2 else 0
    if count <= 1:
        return np.array([accounts] * count, dtype=np.int64)
    others = count - 1
    top = max(settings.smallest, min(round(accounts * settings.largest), accounts - others * settings.smallest))
    weight = np.arange(1, count) ** -settings.size_tail - count**-settings.size_tail
    weight /= max(float(weight.sum()), 1e-9)
    spare = accounts - top - others * settings.smallest
    sizes = np.concatenate([[top], settings.smallest + np.floor(spare * weight).astype(np.int64)])
    sizes[0] += accounts - int(sizes.sum())
    return np.asarray(sizes)


def build_plan(rng: np.random.Generator, world: World, people: People, space: Space) -> Plan:
    """The campaigns. Changes `people` for their accounts (sign-up, use before a sale) and marks hijacked homes."""
    settings = world.campaigns
    member = np.flatnonzero(people.kind == KIND["campaign"])
    sizes = campaign_sizes(len(member), world)
    campaign = np.repeat(np.arange(len(sizes)), sizes)
    operators = max(1, min(settings.operators, len(sizes)))
    operator = np.concatenate([np.arange(operators), rng.integers(0, operators, max(0, len(sizes) - operators))])
    operator = rng.permutation(operator[: len(sizes)])
    aged = rng.random(len(member)) < settings.aged
    start, end, banned = _spans(rng, world, people, member, campaign, len(sizes), aged)
    asn = np.array([space.system() for _ in range(operators)])
    market = _residential(rng, people, max(6, settings.market_exits * world.accounts // 20_000))
    issuers = np.concatenate(
        [
            rng.integers(0, PREPAID, (operators, min(2, settings.issuers))),
            rng.integers(PREPAID, ISSUERS, (operators, max(0, settings.issuers - 2))),
        ],
        axis=1,
    )
    exits = np.zeros((len(member), settings.exits_per_account), dtype=np.int64)
    devices = np.zeros((len(member), settings.devices_per_account), dtype=np.int64)
    cards = np.zeros((len(member), settings.cards_per_account), dtype=np.int64)
    phone = np.full(len(member), -1)
    phones = 0
    for row, size in enumerate(sizes.tolist()):
        rows = np.flatnonzero(campaign == row)
        exits[rows] = _exits(rng, world, people, space, size, int(asn[operator[row]]), market)
        devices[rows] = _pooled(
            rng, size, settings.devices_per_account, settings.accounts_per_device, settings.own_device,
            people.mint.new_devices,
        )  # fmt: skip
        own = issuers[operator[row]]

        def mint(count: int, own: Array = own) -> Array:
            return people.mint.new_cards(own[rng.integers(0, len(own), count)])

        cards[rows] = _pooled(
            rng, size, settings.cards_per_account, settings.accounts_per_card, settings.own_card, mint
        )
        pool = max(1, round(size * settings.phone / settings.accounts_per_phone))
        phone[rows] = np.where(rng.random(size) < settings.phone, phones + rng.integers(0, pool, size), -1)
        phones += pool
    common = len(PLACEHOLDER_DEVICES) + len(KITS) + rng.integers(0, world.devices.common_values, len(member)) // 3
    volume = rng.lognormal(0.0, 0.5, len(member))
    rate = volume * settings.exchanges * len(member) / max(float((volume * (end - start)).sum()), 1e-9)
    _mark_hijacked(people, exits)
    return Plan(
        sizes, operator, member, campaign, start, end, banned, aged, exits, devices, common, cards, phone, rate,
        issuers, asn, market,
    )  # fmt: skip


def _spans(
    rng: np.random.Generator, world: World, people: People, member: Array, campaign: Array, campaigns: int, aged: Array
) -> tuple[Array, Array, Array]:
    """When the campaign uses each account. A replacement signs up within hours of a ban."""
    settings, days = world.campaigns, float(world.days)
    count = len(member)
    waves = np.sort(rng.random((campaigns, settings.waves)) ** 1.5 * (days * 0.6) - 4.0, axis=1)
    wave = waves[campaign, rng.integers(0, settings.waves, count)] if count else np.zeros(0)
    created = wave + rng.exponential(settings.wave_hours / 24 / 2, count)
    end, banned = np.full(count, days), np.zeros(count, dtype=bool)
    order = rng.permutation(count)
    order = order[np.argsort(campaign[order], kind="stable")]
    for row in range(campaigns):
        rows = order[campaign[order] == row]
        late = int(len(rows) * settings.replaced)
        fallen, heirs = rows[:late], rows[late : 2 * late]
        base = np.maximum(created[fallen], 0.0)
        end[fallen] = base + 2 + (days - base - 2) * rng.random(late) ** 0.7
        banned[fallen] = end[fallen] < days
        created[heirs] = end[fallen] + rng.exponential(0.2, late)
        aged[heirs] &= rng.random(late) < 0.3
    start = np.clip(created + rng.exponential(0.1, count), 0.0, days - 0.5)
    end = np.minimum(np.maximum(end, start + 0.5), days)
    # A bought account has its seller's sign-up and honest use until the sale, which is when a wave would be.
    people.created[member] = np.where(aged, np.minimum(people.created[member], -20.0), np.minimum(created, start))
    people.since[member] = np.where(aged, 0.0, days)
    people.until[member] = np.where(aged, start, 0.0)
    people.rate[member[~aged]] = 0.0
    return start, end, banned


def _residential(rng: np.random.Generator, people: People, count: int) -> Array:
    """Addresses in the pools of residential providers, held by proxies."""
    pool = rng.integers(0, len(people.homes.base), count)
    return people.homes.base[pool] + rng.integers(0, POOL, count)


def _exits(
    rng: np.random.Generator, world: World, people: People, space: Space, size: int, asn: int, market: Array
) -> Array:
    """int64[size, exits_per_account] from a pool of the campaign: hosting, residential proxies, hijacked homes."""
    settings = world.campaigns
    each = settings.exits_per_account
    count = max(each, round(size * each / settings.accounts_per_exit))
    base = space.block(max(16, count * 2), "hosting", asn)
    pool = base + rng.choice(max(16, count * 2), count, replace=False)
    proxied = rng.random(count) < settings.residential
    pool[proxied] = _residential(rng, people, int(proxied.sum()))
    victims = np.unique(people.home[(people.kind != KIND["campaign"]) & (people.own_egress < 0)])
    stolen = rng.random(count) < settings.hijacked
    pool[stolen] = -1 - rng.choice(victims, int(stolen.sum()))
    exits = pool[_dealt(rng, size, each, count)]
    bought = rng.random((size, each)) < settings.market
    exits[bought] = rng.choice(market, int(bought.sum()))
    return exits


def _dealt(rng: np.random.Generator, size: int, each: int, count: int) -> Array:
    """int64[size, each] picks from `count` things, all about equally often."""
    deck = np.concatenate([rng.permutation(count) for _ in range(-(-size * each // count))])
    return deck[: size * each].reshape(size, each)


def _pooled(rng: np.random.Generator, size: int, each: int, sharing: float, own: float, mint: object) -> Array:
    """int64[size, each] new codes: from a pool shared by `sharing` accounts each, or an account's own."""
    assert callable(mint)
    count = max(each, round(size * each / sharing))
    codes: Array = np.asarray(mint(count))[_dealt(rng, size, each, count)]
    alone = rng.random(size) < own
    codes[alone] = np.asarray(mint(int(alone.sum()) * each)).reshape(-1, each)
    return codes


def _mark_hijacked(people: People, exits: Array) -> None:
    homes = -1 - np.unique(exits)
    people.hijacked[:] = np.isin(people.home, homes[homes >= 0]) & (people.kind != KIND["campaign"])
