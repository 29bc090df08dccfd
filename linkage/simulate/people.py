"""The honest population: who owns which account, lives where, pays with what, on which device.

Campaign accounts get the same attributes, for those that are bought: their history before the sale is an honest
person's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from linkage.simulate.draws import Array, group_sizes, zipf
from linkage.simulate.space import COUNTRIES, Homes, Space, build_homes
from linkage.simulate.world import World

KINDS = (
    "individual", "household", "several", "firm", "campus", "reseller", "vendor", "automation", "serverless",
    "vpn_user", "mobile_user", "campaign",
)  # fmt: skip
KIND = {name: code for code, name in enumerate(KINDS)}
GROUPED = ("household", "several", "firm", "campus", "reseller", "vendor")
MACHINES = ("vendor", "automation", "serverless")

#: Clients of the logs by code: three placeholders, then software kits, then common browsers, then rarer ones.
PLACEHOLDER_DEVICES = ("", "unknown", "sdk-default")
KITS = tuple(
    f"{name}/{minor}" for name in ("python-sdk", "node-sdk", "go-sdk") for minor in ("1.4", "1.9", "2.0", "2.3")
)
TEST_CARD, EMPTY_CARD = 0, 1
ISSUERS, PREPAID = 40, 5


@dataclass
class Mint:
    """New codes for cards and devices, so that no two draws collide."""

    devices: int
    card_issuer: list[Array] = field(default_factory=list)
    cards: int = 0

    def new_cards(self, issuers: Array) -> Array:
        """Codes of new cards, one for each issuer given."""
        self.card_issuer.append(issuers)
        self.cards += len(issuers)
        return np.arange(self.cards - len(issuers), self.cards)

    def new_devices(self, count: int) -> Array:
        """Codes of new fingerprints."""
        self.devices += count
        return np.arange(self.devices - count, self.devices)


@dataclass
class Groups:
    """Families, firms, campuses, vendors, …: what their members share. One row a group."""

    kind: Array
    size: Array
    egress: Array  # int64, first address of the group's own block, -1: none
    egresses: Array  # int64, addresses of it in use
    card: Array  # int64, -1: none
    device: Array  # int64[groups, 3], managed devices, -1: none
    verified: Array


@dataclass
class People:
    """One row an account, honest and campaign alike; days are counted from the start of the world."""

    kind: Array
    group: Array  # -1: none
    home: Array
    country: Array  # row of COUNTRIES, where the account really is
    created: Array  # float days, negative before the start
    since: Array  # float days, first and last day of honest use
    until: Array
    device: Array  # int64[accounts, 2]
    card: Array  # int64[accounts, 2], -1: none
    own_egress: Array  # int64, server of an automation, -1: none
    rate: Array  # honest exchanges a day
    groups: Groups
    homes: Homes
    mint: Mint
    hijacked: Array  # bool, its home is a campaign's exit

    @property
    def zone(self) -> Array:
        """Hours ahead of UTC."""
        return np.array([hours for _, hours in COUNTRIES])[self.country]


def build_people(rng: np.random.Generator, world: World, space: Space) -> People:
    """Everybody, with campaign accounts last (ids are drawn elsewhere and tell nothing of the order)."""
    kind, group, sizes, kinds = _kinds(rng, world)
    accounts, honest = len(kind), world.honest
    home = _home_of(kind, group)
    homes = build_homes(rng, space, int(home.max()) + 1, world.networks)
    common = len(PLACEHOLDER_DEVICES) + len(KITS) + world.devices.common_values
    middle = max(20, accounts // world.devices.middle_accounts)
    mint = Mint(devices=common + middle)
    mint.new_cards(np.array([0, 0]))  # the test card and the empty one
    groups = _groups(rng, world, space, sizes, kinds, mint)
    created, until = _lifetimes(rng, world, accounts)
    people = People(
        kind=kind,
        group=group,
        home=home,
        country=homes.country(home),
        created=created,
        since=np.maximum(created, 0.0),
        until=until,
        device=_devices(rng, world, kind, group, groups, middle, mint),
        card=_cards(rng, world, kind, group, groups, mint),
        own_egress=_servers(rng, space, kind),
        rate=np.zeros(accounts),
        groups=groups,
        homes=homes,
        mint=mint,
        hijacked=np.zeros(accounts, dtype=bool),
    )
    volume = rng.lognormal(0.0, honest.volume_sigma, accounts)
    volume *= np.array([1, 0.8, 0.7, 1.3, 0.7, 0.9, 2.5, 4, 3, 1, 1, 1])[kind]
    spans = np.clip(people.until, 0, world.days) - people.since
    count = kind != KIND["campaign"]
    people.rate[:] = volume * honest.exchanges * count.sum() / max(float((volume * spans)[count].sum()), 1e-9)
    return people


def _kinds(rng: np.random.Generator, world: World) -> tuple[Array, Array, list[Array], list[str]]:
    """kind and group of every account; sizes of the groups by kind."""
    campaign = round(world.accounts * world.campaigns.share)
    rest = world.accounts - campaign
    kind, group = [], []
    sizes, groups = [], 0
    for name in KINDS[1:-1]:
        count = round(rest * getattr(world.honest, name))
        if name in GROUPED:
            size = group_sizes(rng, count, getattr(world.honest, f"{name}_size"), world.honest.size_tail)
            sizes.append(size)
            count = int(size.sum())
            group.append(groups + np.repeat(np.arange(len(size)), size))
            groups += len(size)
        else:
            group.append(np.full(count, -1))
        kind.append(np.full(count, KIND[name]))
    alone = max(0, rest - sum(map(len, kind)))
    kind += [np.full(alone, KIND["individual"]), np.full(campaign, KIND["campaign"])]
    group += [np.full(alone, -1), np.full(campaign, -1)]
    kinds = [name for name, size in zip(GROUPED, sizes, strict=True) for _ in size]
    return np.concatenate(kind), np.concatenate(group).astype(np.int64), sizes, kinds


def _home_of(kind: Array, group: Array) -> Array:
    """A home each, one for a family or for a person with several accounts."""
    shared = (kind == KIND["household"]) | (kind == KIND["several"])
    key = np.where(shared, group, len(kind) + np.arange(len(kind)))
    return np.unique(key, return_inverse=True)[1].astype(np.int64)


def _groups(
    rng: np.random.Generator, world: World, space: Space, sizes: list[Array], names: list[str], mint: Mint
) -> Groups:
    kind = np.array([KIND[name] for name in names], dtype=np.int64)
    size = np.concatenate(sizes).astype(np.int64) if sizes else np.zeros(0, dtype=np.int64)
    egress, egresses = np.full(len(kind), -1), np.ones(len(kind), dtype=np.int64)
    business, hosting = space.system(), space.system()
    for row, (name, members) in enumerate(zip(names, size.tolist(), strict=True)):
        if name == "firm":
            egress[row] = space.block(8, "business", business)
            egresses[row] = 1 + members // 150
        elif name == "campus":
            egress[row] = space.block(256, "education", space.system())
            egresses[row] = 2 + members // 300
        elif name == "vendor" and rng.random() < 0.7:  # the others run serverless
            egress[row] = space.block(16, "hosting", hosting)
            egresses[row] = 1 + members // 60
    pays = np.array([0.0, 0.45, 0.6, 0.85, 0.25, 1.0, 0.95, 0, 0, 0, 0, 0])[kind]
    card = np.full(len(kind), -1)
    paying = rng.random(len(kind)) < pays
    card[paying] = mint.new_cards(_issuers(rng, int(paying.sum()), world.honest.prepaid))
    device = np.full((len(kind), 3), -1)
    managed = kind == KIND["firm"]
    device[managed] = mint.new_devices(3 * int(managed.sum())).reshape(-1, 3)
    vendors = kind == KIND["vendor"]
    device[vendors] = mint.new_devices(int(vendors.sum()))[:, None]
    kits = len(PLACEHOLDER_DEVICES) + zipf(rng, len(KITS), len(kind))
    plain = vendors & (rng.random(len(kind)) < 0.5)
    device[plain] = kits[plain][:, None]
    formal = np.isin(kind, [KIND[name] for name in ("firm", "campus", "reseller", "vendor")])
    return Groups(kind, size, egress, egresses, card, device, formal & (rng.random(len(kind)) < world.honest.verified))


def _issuers(rng: np.random.Generator, count: int, prepaid: float) -> Array:
    banks = PREPAID + zipf(rng, ISSUERS - PREPAID, count)
    return np.where(rng.random(count) < prepaid, rng.integers(0, PREPAID, count), banks)


def _lifetimes(rng: np.random.Generator, world: World, accounts: int) -> tuple[Array, Array]:
    """created and until, in days: sign-ups follow the hours of the day, and spike on viral days."""
    days = world.days
    weight = np.ones(days)
    weight[rng.choice(days, min(world.honest.viral_days, days), replace=False)] *= world.honest.viral_factor
    fresh = rng.choice(days, accounts, p=weight / weight.sum())
    old = -np.ceil(rng.exponential(240.0, accounts))
    day = np.where(rng.random(accounts) < world.honest.new, fresh, old)
    created = day + ((rng.normal(15.0, 4.5, accounts) % 24) / 24)
    start = np.maximum(created, 0.0)
    leaves = rng.random(accounts) < world.honest.leaving
    until = np.where(leaves, start + (days - start) * rng.random(accounts), float(days))
    return created, until


def _devices(
    rng: np.random.Generator, world: World, kind: Array, group: Array, groups: Groups, middle: int, mint: Mint
) -> Array:
    """Two devices an account: mostly common fingerprints, a long tail, some shared in a family or second-hand."""
    accounts, settings = len(kind), world.devices
    first = len(PLACEHOLDER_DEVICES) + len(KITS)
    common = first + zipf(rng, settings.common_values, 2 * accounts, 1.1).reshape(-1, 2)
    rare = first + settings.common_values + rng.integers(0, middle, (accounts, 2))
    pick = rng.random((accounts, 2))
    device = np.where(pick < settings.common, common, rare)
    own = pick > settings.common + settings.middle
    device[own] = mint.new_devices(int(own.sum()))
    machine = np.isin(kind, [KIND[name] for name in MACHINES])
    kit = len(PLACEHOLDER_DEVICES) + zipf(rng, len(KITS), accounts)
    device[machine] = kit[machine][:, None]
    device[machine & (rng.random(accounts) < 0.08)] = 2
    at = np.maximum(group, 0)
    if len(groups.kind):
        managed = ((kind == KIND["firm"]) & (rng.random(accounts) < 0.8)) | (kind == KIND["vendor"])
        laptop = groups.device[at, rng.integers(0, 3, accounts)]
        device[:, 0] = np.where(managed, laptop, device[:, 0])
        first_of = np.unique(at, return_index=True)[1]
        lead = np.zeros(len(groups.kind), dtype=np.int64)
        lead[at[first_of]] = first_of
        lead[group[group >= 0][::-1]] = np.flatnonzero(group >= 0)[::-1]
        lent = ((kind == KIND["household"]) & (rng.random(accounts) < 0.3)) | (kind == KIND["several"])
        device[:, 1] = np.where(lent, device[lead[at], 0], device[:, 1])
    used = rng.random(accounts) < world.honest.second_hand
    device[used, 1] = device[rng.integers(0, accounts, int(used.sum())), 1]
    lost = rng.random((accounts, 2)) < settings.unknown
    device[lost] = rng.integers(0, 2, int(lost.sum()))
    return device


def _cards(rng: np.random.Generator, world: World, kind: Array, group: Array, groups: Groups, mint: Mint) -> Array:
    """Two cards an account (the second replaces the first): its own, or its group's; placeholders for a few."""
    accounts, honest = len(kind), world.honest
    pays = rng.random(accounts) < np.where(np.isin(kind, [KIND["automation"], KIND["serverless"]]), 0.9, honest.paying)
    card = np.full((accounts, 2), -1)
    card[pays, 0] = mint.new_cards(_issuers(rng, int(pays.sum()), honest.prepaid))
    if len(groups.kind):
        bound = np.array([0, 0.7, 0.7, 0.97, 0.9, 1.0, 1.0, 0, 0, 0, 0, 0])[kind]
        of_group = (group >= 0) & (rng.random(accounts) < bound) & (groups.card[group] >= 0)
        card[of_group, 0] = groups.card[group[of_group]]
        pays |= of_group
        alone = pays & ~of_group
    else:
        alone = pays
    odd = rng.random(accounts)
    card[alone & (odd < honest.empty_card), 0] = EMPTY_CARD
    card[alone & (odd > 1 - honest.test_card), 0] = TEST_CARD
    renewed = alone & (rng.random(accounts) < honest.second_card)
    card[renewed, 1] = mint.new_cards(_issuers(rng, int(renewed.sum()), honest.prepaid))
    return card


def _servers(rng: np.random.Generator, space: Space, kind: Array) -> Array:
    egress = np.full(len(kind), -1)
    machines = np.flatnonzero(kind == KIND["automation"])
    rented = machines[rng.random(len(machines)) < 0.75]  # the others run at home
    if len(rented):
        egress[rented] = rng.permutation(space.blocks(len(rented), "hosting", 6))
    return egress
