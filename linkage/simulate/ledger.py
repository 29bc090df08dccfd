"""Tables that are made once: accounts, payments, identifiers, networks, dossiers, truth."""

from __future__ import annotations

import numpy as np
import polars as pl

from linkage.simulate.campaigns import Plan
from linkage.simulate.draws import Array, chance, hexes, mixed, zipf
from linkage.simulate.people import (
    EMPTY_CARD,
    ISSUERS,
    KIND,
    KINDS,
    KITS,
    PLACEHOLDER_DEVICES,
    PREPAID,
    TEST_CARD,
    People,
)  # fmt: skip
from linkage.simulate.space import COUNTRIES, Space, dotted
from linkage.simulate.world import World
from linkage.tables import INPUT, TIME

_OPERATORS = ("heron", "lynx", "marten", "osprey", "pike", "stoat", "adder", "kestrel", "otter", "raven")
_MAIL = ("mail", "inbox", "post", "letters", "webmail", "quickmail", "mymail", "netmail", "temp-mail", "drop-mail")
_SYSTEMS = (
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "X11; Linux x86_64",
    "iPhone",
    "Android 14",
)
_BROWSERS = ("Chrome", "Safari", "Firefox", "Edge")


def account_ids(world: World) -> pl.Series:
    """Opaque names, in no order that tells anything."""
    return pl.Series("account_id", ["acc_" + text for text in hexes(mixed(np.arange(world.accounts), world.seed + 1))])


def device_names(world: World, people: People) -> pl.Series:
    """The fingerprint of every device code."""
    common = [
        f"Mozilla/5.0 ({_SYSTEMS[i % 5]}) {_BROWSERS[i // 5 % 4]}/{118 + i // 20}.0"
        for i in range(world.devices.common_values)
    ]
    names = [*PLACEHOLDER_DEVICES, *KITS, *common]
    rest = hexes(mixed(np.arange(len(names), people.mint.devices), world.seed + 101), 12)
    return pl.Series("device", names + ["t13d_" + text for text in rest])


def card_names(world: World, people: People) -> list[str]:
    """The token of every card code."""
    names = ["card_" + text for text in hexes(mixed(np.arange(people.mint.cards), world.seed + 202), 14)]
    names[TEST_CARD], names[EMPTY_CARD] = "tok_test_4242", ""
    return names


def operator_name(operator: int) -> str:
    """A neutral name."""
    return _OPERATORS[operator % len(_OPERATORS)] + ("" if operator < len(_OPERATORS) else str(operator))


def times(world: World, days: Array) -> pl.Series:
    """Days from the start -> Datetime, UTC."""
    start = pl.Series([world.start]).cast(pl.Datetime("us")).dt.epoch("us")[0]
    return pl.Series((np.asarray(days) * 86_400e6).astype(np.int64) + start).cast(TIME)


def accounts_table(rng: np.random.Generator, world: World, people: People, plan: Plan, ids: pl.Series) -> pl.DataFrame:
    """Accounts as they signed up, sorted by id."""
    count, kind, group = len(ids), people.kind, people.group
    channel = rng.choice(["console", "api", "cloud marketplace"], count, p=[0.72, 0.22, 0.06]).astype(object)
    channel[np.isin(kind, (KIND["vendor"], KIND["automation"], KIND["serverless"]))] = "api"
    channel[kind == KIND["reseller"]] = "reseller"
    declared = np.where(rng.random(count) < 0.95, people.country, rng.integers(0, len(COUNTRIES), count))
    domain = np.array([f"{name}.example" for name in _MAIL], dtype=object)[zipf(rng, len(_MAIL), count, 1.2)]
    named = np.isin(kind, [KIND[name] for name in ("firm", "campus", "vendor")]) & (rng.random(count) < 0.9)
    tags = np.array([text[:7] for text in hexes(mixed(np.arange(max(1, len(people.groups.kind))), world.seed + 303))])
    domain[named] = np.char.add(np.char.add("org-", tags[group[named]]), ".example")
    own = np.flatnonzero(rng.random(len(plan.member)) < world.campaigns.own_domain)
    own = own[~plan.aged[own]]
    for row in own.tolist():
        operator = int(plan.operator[plan.campaign[row]])
        domain[plan.member[row]] = operator_domain(world, operator, int(plan.campaign[row]) % 2)
    organization = np.full(count, None, dtype=object)
    verified = (group >= 0) & (people.groups.verified[group] if len(people.groups.kind) else False)
    organization[verified] = np.char.add("Organization ", tags[group[verified]])
    frame = pl.DataFrame(
        {
            "account_id": ids,
            "created_at": times(world, people.created),
            "channel": pl.Series(channel.tolist(), dtype=pl.String),
            "country": pl.Series([code for code, _ in COUNTRIES]).gather(declared),
            "email_domain": pl.Series(domain.tolist(), dtype=pl.String),
            "organization": pl.Series(organization.tolist(), dtype=pl.String),
        }
    )
    return frame.sort("account_id").match_to_schema(INPUT["accounts"])


def operator_domain(world: World, operator: int, which: int) -> str:
    """One of the two mail domains an operator set up."""
    key = np.array([operator * 2 + which])
    return hexes(mixed(key, world.seed + 404))[0][:8] + "-mail.example"


def payments_table(rng: np.random.Generator, world: World, people: People, plan: Plan, ids: pl.Series) -> pl.DataFrame:
    """Subscriptions and top-ups within the time, in time order."""
    payer = np.flatnonzero((people.card[:, 0] >= 0) & (people.until > people.since))
    times_paid = 1 + rng.poisson(0.8, len(payer))
    account = np.repeat(payer, times_paid)
    paid = people.since[account] + rng.random(len(account)) * (people.until - people.since)[account]
    late = (people.card[account, 1] >= 0) & (paid > 0.5 * (people.since + people.until)[account])
    card = people.card[account, np.where(late, 1, 0)]
    amount = np.where(chance(account, 81) < 0.7, 20.0, np.round(np.minimum(rng.lognormal(4.0, 1.0, len(account)), 5e3)))

    each = plan.cards.shape[1]
    member = np.repeat(np.arange(len(plan.member)), each)
    turn = (np.tile(np.arange(each), len(plan.member)) + rng.random(len(member))) / each
    span = (plan.end - plan.start)[member]
    frame = pl.DataFrame(
        {
            "account": np.concatenate([account, plan.member[member]]),
            "card": np.concatenate([card, plan.cards.ravel()]),
            "paid_at": times(world, np.concatenate([paid, plan.start[member] + turn * span])),
            "amount": np.concatenate([amount, rng.choice([20.0, 50.0, 100.0, 200.0], len(member))]),
        }
    )
    issuer = np.concatenate(people.mint.card_issuer)[frame["card"].to_numpy()]
    frame = frame.select(
        account_id=ids.gather(frame["account"]),
        instrument=pl.Series(card_names(world, people)).gather(frame["card"]),
        issuer=pl.Series([issuer_name(code) for code in range(ISSUERS)]).gather(issuer),
        paid_at="paid_at",
        amount="amount",
    )
    return frame.sort("paid_at", "account_id", "instrument").match_to_schema(INPUT["payments"])


def issuer_name(code: int) -> str:
    """A bank, or a seller of prepaid cards."""
    return f"prepaid-{code + 1}" if code < PREPAID else f"bank-{code - PREPAID + 1:02d}"


def identifiers_table(
    rng: np.random.Generator, world: World, people: People, plan: Plan, ids: pl.Series
) -> pl.DataFrame:
    """Phones and referral codes, sorted by account."""
    count = len(ids)
    honest = people.kind != KIND["campaign"]
    has = np.flatnonzero(honest & (rng.random(count) < world.honest.phone))
    shared = np.isin(people.kind[has], (KIND["household"], KIND["several"])) & (rng.random(len(has)) < 0.3)
    number = np.where(shared, people.home[has], (1 << 33) + has)
    rented = plan.phone >= 0
    rent = rng.random(len(has)) < 0.004  # numbers from the same sellers verify a few honest people too
    if rented.any():
        number = np.where(rent, (1 << 34) + rng.choice(plan.phone[rented], len(has)), number)
    phones = pl.DataFrame(
        {
            "account": np.concatenate([has, plan.member[rented]]),
            "kind": "phone",
            "key": np.concatenate([number, (1 << 34) + plan.phone[rented]]),
        }
    )
    came = np.flatnonzero(rng.random(count) < world.honest.referral)
    famous = rng.random(len(came)) < 0.3  # a few codes of people with an audience
    friend = np.where(
        famous, zipf(rng, max(3, count // 4000), len(came)), (1 << 35) + rng.integers(0, count, len(came))
    )
    referred = np.flatnonzero(~plan.aged & (rng.random(len(plan.member)) < world.campaigns.referral))
    codes = pl.DataFrame(
        {
            "account": np.concatenate([came, plan.member[referred]]),
            "kind": "referral_code",
            "key": np.concatenate([friend, (1 << 36) + plan.campaign[referred] * 7 + plan.member[referred] % 3]),
        }
    ).unique(subset=["account"], keep="last", maintain_order=True)
    frame = pl.concat([phones, codes])
    created = times(world, people.created).gather(frame["account"])
    return (
        frame.select(
            account_id=ids.gather(frame["account"]),
            kind="kind",
            value=pl.Series(hexes(mixed(frame["key"].to_numpy(), world.seed + 505), 12)),
            count=pl.lit(1, pl.Int64),
            first_seen=created,
            last_seen=created,
        )
        .sort("account_id", "kind", "value")
        .match_to_schema(INPUT["identifiers"])
    )


def networks_table(rng: np.random.Generator, world: World, space: Space, tor: Array) -> pl.DataFrame:
    """Known prefixes, and single Tor exits."""
    known = [row for row in space.prefixes if rng.random() < world.networks.known or row[1] == "residential"]
    owner = {prefix: asn for prefix, network, asn in space.prefixes if network == "tor"}
    single = [(dotted(int(address)), "tor", next(iter(owner.values()), 0)) for address in tor]
    frame = pl.DataFrame(known + single, schema=INPUT["networks"], orient="row")
    return frame.filter(~pl.col("ip").is_in(list(owner))).unique(subset=["ip"]).sort("ip")


def dossiers_table(rng: np.random.Generator, world: World, people: People, plan: Plan) -> pl.DataFrame:
    """A few confirmed indicators of some operators, and of one that is not here."""
    operators = int(plan.operator.max()) + 1 if len(plan.operator) else 0
    cards, devices, rows = card_names(world, people), device_names(world, people), []
    documented = rng.permutation(operators)[: max(1, round(operators * world.campaigns.dossiers))].tolist()
    most = world.campaigns.bare_indicators
    for operator in sorted(documented):
        members = np.flatnonzero(plan.operator[plan.campaign] == operator)
        exits = np.unique(plan.exits[members])
        exits = exits[exits >= 0]
        picks = {
            "issuer": [issuer_name(int(code)) for code in plan.issuers[operator]],
            "asn": [str(int(plan.asn[operator]))],
            "email_domain": [operator_domain(world, operator, 0)],
            "ip": [dotted(int(exit_)) for exit_ in _few(rng, exits, most)],
            "device": [devices[int(code)] for code in _few(rng, np.unique(plan.devices[members]), most)],
            "payment": [cards[int(code)] for code in _few(rng, np.unique(plan.cards[members]), most)],
        }
        rows += [(operator_name(operator), kind, value) for kind, values in picks.items() for value in values]
    absent = operator_name(operators)
    rows += [(absent, "issuer", issuer_name(int(rng.integers(PREPAID, ISSUERS)))), (absent, "asn", "4209999999")]
    frame = pl.DataFrame(rows, schema=["operator", "kind", "value"], orient="row").unique(maintain_order=True)
    seen = times(world, -30 - 200 * rng.random(len(frame)))
    return frame.with_columns(
        confidence=pl.Series(np.round(0.5 + 0.45 * rng.random(len(frame)), 2), dtype=pl.Float32),
        source=pl.lit("earlier case"),
        first_seen=seen,
        last_seen=seen + pl.duration(days=20),
    ).match_to_schema(INPUT["dossiers"])


def _few(rng: np.random.Generator, values: Array, most: int) -> list[int]:
    picked: list[int] = rng.permutation(values)[:most].tolist()
    return picked


def truth_table(people: People, plan: Plan, ids: pl.Series, jobs: Array, exchanges: Array) -> pl.DataFrame:
    """Who is what. `share` is the part of an account's exchanges that is its campaign's own work."""
    campaign = np.full(len(ids), -1)
    campaign[plan.member] = plan.campaign
    guilty = pl.Series(campaign) >= 0
    names = pl.Series([f"campaign-{row + 1:02d}" for row in range(len(plan.sizes))] or [""])
    operators = pl.Series([operator_name(int(code)) for code in plan.operator] or [""])
    at = pl.Series(np.maximum(campaign, 0))
    aged = np.zeros(len(ids), dtype=bool)
    aged[plan.member] = plan.aged
    frame = pl.DataFrame(
        {
            "account_id": ids,
            "kind": pl.Series(KINDS).gather(people.kind),
            "campaign": names.gather(at),
            "operator": operators.gather(at),
            "group": np.where(people.group >= 0, people.group, -1),
            "hijacked": people.hijacked,
            "aged": aged,
            "share": (jobs / np.maximum(exchanges, 1)).astype(np.float32),
            "exchanges": exchanges,
        }
    )
    return frame.with_columns(
        pl.when(guilty).then("campaign"),
        pl.when(guilty).then("operator"),
        pl.when(pl.col("group") >= 0).then("group"),
    ).sort("account_id")
