"""A day of campaign traffic: job batches around the clock, failover, camouflage, a relay's honest customers."""

from __future__ import annotations

import numpy as np

from linkage.simulate.campaigns import Plan
from linkage.simulate.draws import Array, below, chance, zipf
from linkage.simulate.honest import (
    CUSTOMER,
    DAY,
    JOB,
    MODELS,
    NEW_MODEL,
    POPULAR,
    Rows,
    Town,
    free_content,
    local_start,
)
from linkage.simulate.people import People
from linkage.simulate.world import World

_JOB, _CAMOUFLAGE, _CUSTOMER = range(3)
_BIG_MODEL = MODELS.index("large-1")


def campaign_day(rng: np.random.Generator, world: World, people: People, town: Town, plan: Plan, day: int) -> Rows:
    """What all campaigns sent in batches and sessions that began on that day; `job` marks their own work."""
    parts = []
    for campaign in range(len(plan.sizes)):
        rows = np.flatnonzero((plan.campaign == campaign) & (plan.start < day + 1) & (plan.end > day))
        if not len(rows):
            continue
        use = np.minimum(plan.end[rows], day + 1) - np.maximum(plan.start[rows], day)
        work = float((plan.rate[rows] * use).sum())
        own = 1 - world.queue.camouflage - world.queue.relayed
        parts.append(_jobs(rng, world, town, plan, campaign, rng.permutation(rows), work * own, day))
        parts.append(_camouflage(rng, world, people, town, plan, rows, day))
        if world.queue.relayed > 0:
            parts.append(_customers(rng, world, town, plan, campaign, rows, work * world.queue.relayed, day))
    if not parts:
        return {}
    rows_of = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return _dressed(rng, world, people, plan, rows_of)


def _jobs(
    rng: np.random.Generator, world: World, town: Town, plan: Plan, campaign: int, able: Array, work: float, day: int
) -> Rows:
    """Batches from one queue: each starts at any hour and is spread over a handful of accounts within minutes."""
    queue = world.queue
    mean = min(queue.batch, max(work / 2, 4.0))  # even a small campaign works in more than one batch a day
    batches = int(rng.poisson(work / mean))
    size = np.maximum(1, mean * rng.lognormal(-(queue.batch_sigma**2) / 2, queue.batch_sigma, batches)).astype(np.int64)
    start = (day + rng.random(batches)) * DAY
    workers = np.clip((size * queue.workers).astype(np.int64), 2, len(able))
    offset = rng.integers(0, len(able), batches)
    source = JOB + campaign * queue.templates + zipf(rng, queue.templates, batches)
    public = rng.random(batches) < queue.public
    template = zipf(rng, len(town.popular_items), batches)
    source = np.where(public, POPULAR + template, source)

    batch = np.repeat(np.arange(batches), size)
    minutes = queue.batch_minutes * 60e6
    at = start[batch] + rng.exponential(minutes / 2, len(batch))
    turn = np.floor(rng.random(len(batch)) * workers[batch]).astype(np.int64)
    member = able[(offset[batch] + turn) % len(able)]
    item = np.where(
        public[batch],
        np.floor(rng.random(len(batch)) * town.popular_items[template[batch]]),
        (day << 24) + batch,
    ).astype(np.int64)
    inside = (at >= plan.start[member] * DAY) & (at < plan.end[member] * DAY)
    batch, at, member, item = batch[inside], at[inside], member[inside], item[inside]
    status = np.where(rng.random(len(at)) < queue.refused, 429, 200)
    if len(at):  # a banned account is tried a few times more, in vain
        fallen = np.flatnonzero(plan.banned & (plan.campaign == campaign) & (plan.end.astype(np.int64) == day))
        late = np.repeat(fallen, rng.poisson(queue.forbidden, len(fallen)))
        like = rng.integers(0, len(at), len(late))
        batch, item = np.concatenate([batch, batch[like]]), np.concatenate([item, item[like]])
        at = np.concatenate([at, plan.end[late] * DAY + rng.exponential(120e6, len(late))])
        member, status = np.concatenate([member, late]), np.concatenate([status, np.full(len(late), 403)])
    hit = np.flatnonzero((status != 200) & (rng.random(len(at)) < queue.failover))
    heir = able[(offset[batch[hit]] + rng.integers(0, len(able), len(hit))) % len(able)]
    later = at[hit] + rng.lognormal(np.log(queue.failover_seconds * 1e6), 0.6, len(hit))
    fit = (heir != member[hit]) & (later >= plan.start[heir] * DAY) & (later < plan.end[heir] * DAY)
    hit, heir, later = hit[fit], heir[fit], later[fit]
    return {
        "member": np.concatenate([member, heir]),
        "at": np.concatenate([at, later]),
        "status": np.concatenate([status, np.full(len(hit), 200)]),
        "source": np.concatenate([source[batch], source[batch[hit]]]),
        "item": np.concatenate([item, item[hit]]),
        "what": np.full(len(at) + len(hit), _JOB),
    }


def _sessions(
    rng: np.random.Generator, world: World, plan: Plan, member: Array, start: Array, source: Array, items: Array,
    day: int, what: int,
) -> Rows:  # fmt: skip
    """Sessions of four exchanges on average, as people have them."""
    count = rng.geometric(0.25, len(member))
    at = np.repeat(np.arange(len(member)), count)
    place = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    moment = start[at] + (place + rng.random(len(at)) * 0.7) * rng.lognormal(18.0, 0.8, len(member))[at]
    fresh = (1 << 51) + (day << 28) + (int(rng.integers(0, 1 << 20)) << 30) + at
    item = np.where(items[at] > 0, np.floor(rng.random(len(at)) * items[at]).astype(np.int64), fresh)
    inside = (moment >= plan.start[member[at]] * DAY) & (moment < plan.end[member[at]] * DAY)
    at, moment, item = at[inside], moment[inside], item[inside]
    status = np.where(rng.random(len(at)) < world.honest.refused, 429, 200)
    return {
        "member": member[at], "at": moment, "status": status, "source": source[at], "item": item,
        "what": np.full(len(at), what),
    }  # fmt: skip


def _camouflage(
    rng: np.random.Generator, world: World, people: People, town: Town, plan: Plan, rows: Array, day: int
) -> Rows:
    """Honest-looking sessions, by the clock of the country the account pretends to be from."""
    member = np.repeat(rows, rng.poisson(plan.rate[rows] * world.queue.camouflage / 4.0))
    zone = people.zone[plan.member[member]]
    start = local_start(rng, np.zeros(len(member), dtype=np.int64), zone, day)
    source, items = free_content(rng, world, town, plan.member[member], world.queue.mimicry)
    return _sessions(rng, world, plan, member, start, source, items, day, _CAMOUFLAGE)


def _customers(
    rng: np.random.Generator, world: World, town: Town, plan: Plan, campaign: int, rows: Array, work: float, day: int
) -> Rows:
    """Sessions of the honest customers of a relay; each customer's traffic goes through a few of its accounts."""
    queue = world.queue
    customers = max(1, round(int(plan.sizes[campaign]) * queue.customers))
    sessions = int(rng.poisson(work / 4.0))
    who = zipf(rng, customers, sessions, 0.7)
    key = who + campaign * 1_000_003
    seat = below(key * 8 + rng.integers(0, queue.customer_accounts, sessions), len(rows), salt=61)
    source, items = free_content(rng, world, town, key + (1 << 40), world.content.popular)
    product = (chance(key, salt=62) < 0.4) & (rng.random(sessions) < 0.5)
    total = work * world.days / customers
    source[product], items[product] = CUSTOMER + key[product], 1 + int(total / world.content.firm_item)
    zone = below(key, 24, salt=63) - 11
    start = local_start(rng, np.zeros(sessions, dtype=np.int64), zone, day)
    return _sessions(rng, world, plan, rows[seat], start, source, items, day, _CUSTOMER)


def _dressed(rng: np.random.Generator, world: World, people: People, plan: Plan, rows: Rows) -> Rows:
    """Exit, device, model and size of each exchange."""
    member, at, job = rows["member"], rows["at"], rows["what"] == _JOB
    settings = world.campaigns
    turn = (at / (settings.rotation_hours * 3600e6)).astype(np.int64)
    spell = member * 1_000_003 + turn
    exits = plan.exits[member, below(spell, plan.exits.shape[1], salt=71)]
    home = exits < 0
    exits[home] = people.homes.four(-1 - exits[home], (at[home] // DAY).astype(np.int64))
    device = plan.devices[member, below(spell, plan.devices.shape[1], salt=72)]
    device = np.where(chance(spell, salt=73) < settings.common_device, plan.common[member], device)
    pivot = world.release_day + world.queue.pivot_hours / 24 * chance(plan.campaign[member], salt=74)
    older = np.searchsorted(np.array([0.3, 0.75]), chance(plan.member[member], salt=51))
    model = np.where(job, np.where(at / DAY > pivot, NEW_MODEL, _BIG_MODEL), older)
    refused = rows["status"] != 200
    output = rng.lognormal(np.where(job, 7.6, 6.0), np.where(job, 0.5, 0.8))
    return {
        "account": plan.member[member],
        "at": at.astype(np.int64),
        "high": np.zeros(len(at), dtype=np.uint64),
        "low": exits.astype(np.uint64),
        "device": device,
        "model": model,
        "status": rows["status"],
        "input": rng.lognormal(np.where(job, 6.8, 5.6), np.where(job, 0.4, 0.9)),
        "output": np.where(refused, 0.0, output),
        "source": rows["source"],
        "item": rows["item"],
        "job": job,
    }
