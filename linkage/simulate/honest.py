"""A day of honest traffic: sessions at homes, on phones, in offices, on servers, by the hours people keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.simulate.draws import Array, below, chance, zipf
from linkage.simulate.people import KIND, MACHINES, People
from linkage.simulate.space import Space
from linkage.simulate.world import World

#: Columns of a day's rows: `at` in microseconds from the start of the world, an address in two halves,
#: and what the prompt says (`source`: topic or template, `item`: the thing asked about).
Rows = dict[str, Array]

MODELS = ("swift-1", "base-1", "large-1", "large-2")
NEW_MODEL = 3
TOPIC, POPULAR, FIRM, VENDOR, SCRIPT, HOMEWORK, CUSTOMER, JOB = (code << 48 for code in range(1, 9))
DAY = 86_400_000_000

_HOME, _MOBILE, _VENUE, _OFFICE, _VPN, _SERVER, _CLOUD = range(7)
_PEOPLE = (0.66, 0.22, 0.10, 0.0, 0.02, 0.0, 0.0)
_PLACES = np.cumsum(
    [
        _PEOPLE,
        (0.72, 0.20, 0.08, 0, 0, 0, 0),
        _PEOPLE,
        (0.22, 0.12, 0.04, 0.62, 0, 0, 0),
        (0.22, 0.12, 0.06, 0.60, 0, 0, 0),
        _PEOPLE,
        (0, 0, 0, 0, 0, 1, 0),
        (0, 0, 0, 0, 0, 1, 0),
        (0, 0, 0, 0, 0, 0, 1),
        (0.20, 0.10, 0.0, 0, 0.70, 0, 0),
        (0.08, 0.85, 0.07, 0, 0, 0, 0),
        _PEOPLE,
    ],
    axis=1,
)
_EVENING = (3, 1, 1, 1, 1, 1, 2, 4, 6, 7, 8, 8, 8, 8, 8, 8, 8, 8, 9, 11, 12, 11, 9, 6)
_OFFICE_DAY = (0, 0, 0, 0, 0, 0, 1, 4, 12, 18, 18, 16, 10, 15, 18, 17, 15, 9, 4, 2, 2, 1, 1, 0)
_STUDENT = (8, 5, 3, 1, 1, 1, 1, 2, 4, 6, 8, 8, 7, 8, 9, 9, 9, 8, 8, 9, 11, 12, 12, 10)
_HOURS = np.array([_EVENING, _OFFICE_DAY, _STUDENT, (1,) * 24], dtype=float)
_CLOCKS = np.concatenate([np.zeros((4, 1)), np.cumsum(_HOURS, axis=1)], axis=1) / _HOURS.sum(axis=1)[:, None]
_CLOCK_OF = np.array([0, 0, 0, 1, 2, 0, 3, 3, 3, 0, 0, 0])
_WEEK = np.array([(1, 1, 1, 1, 1, 1, 1), (1.3, 1.35, 1.35, 1.3, 1.1, 0.3, 0.3), (1.1,) * 4 + (0.9, 0.7, 1.0), (1,) * 7])


@dataclass(frozen=True)
class Town:
    """Shared places, and how many items each template has."""

    carriers: Array  # int64[regions], first address of each
    venues: Array
    vpn: Array  # int64[providers, exits]
    cloud: Array
    tor: Array
    proxies: Array  # exits of campaigns that strangers use too
    group_first: Array  # int64[groups], first account
    group_items: Array
    script_items: Array  # int64[accounts]
    popular_items: Array  # int64[templates]


def build_town(world: World, people: People, space: Space, proxies: Array) -> Town:
    """Places in proportion to the world."""
    nets, content, accounts = world.networks, world.content, world.accounts
    regions = max(1, accounts // (nets.carrier_accounts * nets.carrier_addresses))
    carriers = [space.block(nets.carrier_addresses, "mobile", space.system()) for _ in range(regions)]
    vpn_users = int((people.kind == KIND["vpn_user"]).sum())
    exits = max(4, vpn_users // (nets.vpn_accounts * nets.vpn_providers))
    clouds = int((people.kind == KIND["serverless"]).sum()) // nets.serverless_accounts
    popular = max(12, accounts // content.popular_accounts)
    spans = np.maximum(np.minimum(people.until, world.days) - people.since, 0.0)
    total = people.rate * spans
    groups = len(people.groups.kind)
    inside = people.group >= 0
    of_group = np.bincount(people.group[inside], total[inside], groups) if groups else np.zeros(0)
    first = np.zeros(groups, dtype=np.int64)
    rows = np.flatnonzero(inside)[::-1]
    first[people.group[rows]] = rows
    vendor = people.groups.kind == KIND["vendor"]
    each = np.where(vendor, content.vendor_item * content.vendor_templates, content.firm_item / content.firm)
    weight = (np.arange(popular) + 3.0) ** -1.0
    asked = float(total.sum()) * content.popular * weight / weight.sum()
    return Town(
        carriers=np.array(carriers, dtype=np.int64),
        venues=space.blocks(max(4, accounts // nets.venue_accounts), "residential", 4),
        vpn=space.blocks(exits * nets.vpn_providers, "vpn", nets.vpn_providers).reshape(nets.vpn_providers, -1),
        cloud=space.blocks(max(3, clouds), "hosting", 2),
        tor=space.blocks(max(4, accounts // 2000), "tor", 3),
        proxies=proxies,
        group_first=first,
        group_items=1 + (of_group / each).astype(np.int64),
        script_items=1 + (total / content.automation_item).astype(np.int64),
        popular_items=1 + (asked / content.popular_item).astype(np.int64),
    )


def honest_day(rng: np.random.Generator, world: World, people: People, town: Town, day: int) -> Rows:
    """Everything honest people sent in sessions that began on that day."""
    kind, clock = people.kind, _CLOCK_OF[people.kind]
    machine = np.isin(kind, [KIND[name] for name in MACHINES])
    due, assignment = _homework(world, people, town, day)
    expected = people.rate * _WEEK[clock, (world.start.weekday() + day) % 7]
    expected = expected * np.where(due, world.content.homework_rush, 1.0)
    expected[(people.until <= day) | (people.since >= day + 1)] = 0.0
    depth = np.where(machine, 2.0, 6.0)
    who = np.repeat(np.arange(len(kind)), rng.poisson(expected / depth))
    sessions = len(who)
    start = local_start(rng, clock[who], people.zone[who], day)
    count = rng.geometric(1.0 / depth[who])
    high, low = _address(rng, world, people, town, who, day)
    first_device = rng.random(sessions) < np.where(machine[who], 1.0, 0.72)
    device = people.device[who, np.where(first_device, 0, 1)]
    source, items = _content(rng, world, people, town, who, due, assignment)

    at = np.repeat(np.arange(sessions), count)
    place = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    gap = np.where(machine[who], 4e6, rng.lognormal(18.0, 0.8, sessions))  # microseconds; a median of 66 seconds
    moment = start[at] + (place + rng.random(len(at)) * 0.7) * gap[at]
    item = np.floor(rng.random(len(at)) * items[at]).astype(np.int64)
    item = np.where(items[at] > 0, item, (1 << 50) + (day << 28) + at)
    kept = (moment >= people.since[who[at]] * DAY) & (moment < people.until[who[at]] * DAY)
    at, moment, item = at[kept], moment[kept], item[kept]
    account = who[at]
    templated = source[at] >= FIRM
    rows: Rows = {
        "account": account,
        "at": moment.astype(np.int64),
        "high": high[at],
        "low": low[at],
        "device": device[at],
        "model": _models(world, account, machine[account], moment),
        "status": np.full(len(at), 200),
        "input": rng.lognormal(np.where(templated, 7.0, 5.6), 0.9),
        "output": rng.lognormal(np.where(machine[account], 5.0, 6.0), 0.8),
        "source": source[at],
        "item": item,
    }
    return _refused(rng, world, people, town, rows)


def local_start(rng: np.random.Generator, clock: Array, zone: Array, day: int) -> Array:
    """Microseconds from the start of the world at which sessions of that UTC day begin, by local habit."""
    hour = np.empty(len(clock))
    for profile in range(len(_CLOCKS)):
        rows = clock == profile
        hour[rows] = np.interp(rng.random(int(rows.sum())), _CLOCKS[profile], np.arange(25))
    return (day + ((hour - zone) % 24) / 24) * DAY


def free_content(rng: np.random.Generator, world: World, town: Town, who: Array, share: float) -> tuple[Array, Array]:
    """source and number of items (0: a new one each session) of people's own prompts and popular templates."""
    source = TOPIC + below(who * 4 + rng.integers(0, 4, len(who)), world.content.topics, salt=21)
    items = np.zeros(len(who), dtype=np.int64)
    popular = rng.random(len(who)) < share
    template = zipf(rng, len(town.popular_items), int(popular.sum()))
    source[popular], items[popular] = POPULAR + template, town.popular_items[template]
    return source, items


def _homework(world: World, people: People, town: Town, day: int) -> tuple[Array, Array]:
    """Whose class has an assignment this week, and which class that is."""
    student = people.kind == KIND["campus"]
    classes = np.full(len(student), -1)
    group = people.group[student]
    spread = np.maximum(1, people.groups.size[group] // world.honest.class_size)
    classes[student] = group * 1000 + below(np.flatnonzero(student), spread, salt=31)
    opens = below(classes, max(1, world.days - 7), salt=32)
    return student & (day >= opens) & (day < opens + 7), classes


def _content(
    rng: np.random.Generator, world: World, people: People, town: Town, who: Array, due: Array, classes: Array
) -> tuple[Array, Array]:
    content = world.content
    source, items = free_content(rng, world, town, who, content.popular)
    kind, group, pick = people.kind[who], people.group[who], rng.random(len(who))
    firm = (np.isin(kind, (KIND["firm"], KIND["reseller"]))) & (
        pick < np.where(kind == KIND["firm"], content.firm, content.firm / 2)
    )
    source[firm], items[firm] = FIRM + group[firm], town.group_items[group[firm]]
    vendor = kind == KIND["vendor"]
    template = rng.integers(0, content.vendor_templates, int(vendor.sum()))
    source[vendor] = VENDOR + group[vendor] * content.vendor_templates + template
    items[vendor] = town.group_items[group[vendor]]
    script = np.isin(kind, (KIND["automation"], KIND["serverless"])) & (chance(who, salt=33) < 0.8)
    source[script], items[script] = SCRIPT + who[script], town.script_items[who[script]]
    homework = due[who] & (pick < content.homework)
    source[homework], items[homework] = HOMEWORK + classes[who[homework]], content.homework_items
    return source, items


def _address(
    rng: np.random.Generator, world: World, people: People, town: Town, who: Array, day: int
) -> tuple[Array, Array]:
    """The address of each session, in two halves."""
    nets, homes = world.networks, people.homes
    kind, group = people.kind[who], people.group[who]
    place = (rng.random(len(who))[:, None] >= _PLACES[kind]).sum(axis=1)
    server = np.where(kind == KIND["vendor"], people.groups.egress[group] if len(town.group_first) else -1, -1)
    server = np.where(kind == KIND["automation"], people.own_egress[who], server)
    place[(place == _SERVER) & (server < 0) & (kind == KIND["automation"])] = _HOME
    place[(place == _SERVER) & (server < 0)] = _CLOUD
    pick = rng.integers(0, 1 << 40, len(who))
    high, low = np.zeros(len(who), dtype=np.uint64), np.zeros(len(who), dtype=np.int64)

    rows = np.flatnonzero(place == _HOME)
    low[rows] = homes.four(people.home[who[rows]], day)
    six = rows[homes.six[people.home[who[rows]]] & (pick[rows] % 10 < 6)]
    high[six] = homes.prefix(people.home[who[six]])
    private = below(who[six] * 512 + day, 1 << 62, salt=41)  # a new privacy address each day
    rows = np.flatnonzero(place == _MOBILE)
    region = homes.pool[people.home[who[rows]]] % len(town.carriers)
    low[rows] = town.carriers[region] + pick[rows] % nets.carrier_addresses
    rows = np.flatnonzero(place == _VENUE)
    liked = chance(who[rows] * 3 + pick[rows] % 3, salt=42) ** 1.5
    low[rows] = town.venues[(liked * len(town.venues)).astype(np.int64)]
    for rows in (np.flatnonzero(place == _OFFICE), np.flatnonzero((place == _SERVER) & (group >= 0))):
        low[rows] = people.groups.egress[group[rows]] + pick[rows] % people.groups.egresses[group[rows]]
    rows = np.flatnonzero((place == _SERVER) & (group < 0))
    low[rows] = server[rows]
    rows = np.flatnonzero(place == _CLOUD)
    low[rows] = town.cloud[pick[rows] % len(town.cloud)]
    rows = np.flatnonzero(place == _VPN)
    provider = below(who[rows], len(town.vpn), salt=43)
    favourite = below(who[rows] * 64 + day // 7 * 3 + pick[rows] % 3, town.vpn.shape[1], salt=44)
    low[rows] = town.vpn[provider, favourite]
    odd = rng.random(len(rows))
    hidden = rows[odd < nets.tor]
    low[hidden] = town.tor[pick[hidden] % len(town.tor)]
    if len(town.proxies):
        rented = rows[odd > 1 - nets.proxied]
        low[rented] = town.proxies[pick[rented] % len(town.proxies)]
    out = low.astype(np.uint64)
    out[six] = private.astype(np.uint64)
    return high, out


def _models(world: World, account: Array, machine: Array, moment: Array) -> Array:
    """People take weeks to move to a new model; machines are pinned to an old one."""
    liked = np.searchsorted(np.array([0.3, 0.75]), chance(account, salt=51))
    wait = 1.0 + 60.0 * chance(account, salt=52) + np.where(machine, 25.0, 0.0)
    return np.where(moment / DAY > world.release_day + wait, NEW_MODEL, liked)


def _refused(rng: np.random.Generator, world: World, people: People, town: Town, rows: Rows) -> Rows:
    """Some requests are refused; people try again, and vendors fall back on another key."""
    hit = np.flatnonzero(rng.random(len(rows["at"])) < world.honest.refused)
    rows["status"][hit] = 429
    rows["status"][rng.random(len(rows["at"])) < world.honest.forbidden] = 403
    again = hit[rng.random(len(hit)) < 0.6]
    retry = {name: column[again].copy() for name, column in rows.items()}
    retry["status"][:] = 200
    retry["at"] += rng.lognormal(15.8, 0.9, len(again)).astype(np.int64)  # a median of 7 seconds
    swap = (people.kind[retry["account"]] == KIND["vendor"]) & (rng.random(len(again)) < world.honest.vendor_failover)
    group = people.group[retry["account"][swap]]
    key = rng.integers(0, people.groups.size[group]) if len(group) else np.zeros(0, dtype=np.int64)
    retry["account"][swap] = town.group_first[group] + key
    kept = retry["at"] < people.until[retry["account"]] * DAY
    kept &= retry["at"] >= people.since[retry["account"]] * DAY
    rows["output"][rows["status"] != 200] = 0.0
    return {name: np.concatenate([column, retry[name][kept]]) for name, column in rows.items()}
