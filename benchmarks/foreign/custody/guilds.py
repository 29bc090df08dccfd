"""Honest people of one trade or one chance: drivers on one carrier, copied bots, a contest, an accelerator's firms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.foreign.custody import clock
from benchmarks.foreign.custody.ground import COUNTRIES
from benchmarks.foreign.custody.minds import Mixed
from benchmarks.foreign.custody.neighbours import size
from benchmarks.foreign.custody.world import WINDOW, Gear, World


def drivers(w: World, left: int) -> None:
    """A city's drivers: one carrier, three models of cheap phones, an app's phrases, carrier billing, a union's code.

    Each has a phone, a wallet and concerns of his own, and works when he wakes.
    """
    group, country = w.group(), w.ground.country()
    carrier, models = int(w.rng.integers(2)), [w.device() for _ in range(3)]
    phrases, billing, code = w.minds.template(edited=0.1), f"carrier billing {w.code()}", w.code("ref")
    called = float(w.rng.uniform(-40, WINDOW - 20))
    for _ in range(size(w, 50, left)):
        who = w.person(country)
        share = float(w.rng.beta(2, 2))
        own = w.rng.random() < 0.35
        made = replace(
            who,
            places=((3.0, w.ground.mobile(country, carrier)), (float(w.rng.gamma(1, 1)), who.places[0][1])),
            gear=Gear((who.gear.ids[0] if own else int(w.rng.choice(models, p=[0.6, 0.25, 0.15])),), (1.0,)),
            mind=Mixed(((share, phrases), (1 - share, who.mind))),
            cards=((w.code("wallet_"), billing),) if w.rng.random() < 0.6 else who.cards,
            rate=float(w.rng.gamma(2, 2)),
        )
        account = w.join(made, "drivers", group, created=called + float(w.rng.exponential(9)))
        w.tags.append((account, "phone", w.code("+")))
        if w.rng.random() < 0.6:
            w.tags.append((account, "referral_code", code))
        w.live(account, made)


def botters(w: World, left: int) -> None:
    """Members of a chat who each run its free bot on a cheap server of their own, day and night, in the same words."""
    group, bot, code = w.group(), w.minds.template(float(w.rng.uniform(0.75, 0.95)), 0.05), w.code("ref")
    client, bank, out = w.value(w.code("bot/")), w.banks[int(w.rng.integers(90))], float(w.rng.uniform(-60, 20))
    rented = list(dict.fromkeys(w.ground.hosted(500)))  # of one house, each to one tenant
    for _ in range(size(w, 40, left)):
        who = w.person()
        server = w.ground.pool([rented.pop() if w.rng.random() < 0.6 else w.ground.hosted(1)[0]])
        made = replace(
            who,
            places=((1.0, server),),
            gear=Gear((client if w.rng.random() < 0.8 else w.device(),), (1.0,)),
            mind=w.minds.deal(bot) if w.rng.random() < 0.7 else Mixed(((1.0, bot), (0.5, who.mind))),
            clock=clock.timer(w.rng) if w.rng.random() < 0.5 else clock.machine(w.rng),
            cards=(w.card(bank),) if w.rng.random() < 0.4 else (w.card(),),
            rate=float(np.exp(w.rng.normal(2.2, 0.6))),
        )
        account = w.join(made, "botters", group, created=out + float(w.rng.exponential(20)))
        if w.rng.random() < 0.4:
            w.tags.append((account, "referral_code", code))
        w.live(account, made)
        if w.rng.random() < 0.6:
            w.live(account, replace(who, rate=who.rate * 0.5))


def contest(w: World, left: int) -> None:
    """A contest's entrants: one set of problems, the host's notebooks with their shared exits, a month's fever."""
    group, problems = w.group(), w.minds.bank(int(w.rng.integers(50, 500)), float(w.rng.uniform(0.3, 0.8)))
    hosts, image = w.ground.hosted(int(w.rng.integers(8, 40))), w.value(w.code("notebook/"))
    starter, opens = w.minds.template(edited=0.3), float(w.rng.uniform(0, WINDOW - 25))
    for _ in range(size(w, 60, left)):
        who = w.person()
        late = min(WINDOW - 1, opens + float(w.rng.exponential(8)))
        made = replace(
            who,
            places=((1.0, w.ground.pool(hosts)), (float(w.rng.gamma(1, 0.5)), who.places[0][1])),
            gear=Gear((image, who.gear.ids[0]), (0.7, 0.3)),
            mind=Mixed(((1.0, problems), (float(w.rng.beta(1, 2)), starter), (float(w.rng.gamma(0.5, 0.6)), who.mind))),
            rate=float(w.rng.gamma(1.5, 9)),
        )
        newly = late if w.rng.random() < 0.5 else min(late, WINDOW - float(w.rng.exponential(160)))
        account = w.join(made, "contest", group, created=newly)
        w.live(account, made, late, min(WINDOW, opens + 25))
        if w.rng.random() < 0.6:
            w.live(account, who)


def accelerator(w: World, left: int) -> None:
    """An accelerator's firms: signed up at the kick-off with a perk's code, one bank's cards, one cloud, one kit.

    Every firm builds another product, under its own domain.
    """
    group, code, bank = w.group(), w.code("perk"), w.banks[int(w.rng.integers(90))]
    day, kit, client = float(w.rng.uniform(0, WINDOW - 15)), w.minds.template(edited=0.3), w.value(w.code("sdk/"))
    cloud, floor, country = w.ground.hosted(60), w.ground.site("business", 2), w.ground.country()
    for _ in range(size(w, 22, left)):
        who = w.person(country if w.rng.random() < 0.6 else None)
        mine = [int(each) for each in w.rng.choice(cloud, int(w.rng.integers(1, 6)), replace=False)]
        share = float(w.rng.beta(1.2, 4))
        made = replace(
            who,
            places=((1.0, w.ground.pool(mine)), (float(w.rng.gamma(1, 0.6)), floor), (0.3, who.places[0][1])),
            gear=Gear((client, who.gear.ids[0]), (0.6, 0.4)),
            mind=Mixed(((1 - share, who.mind), (share, kit))),
            clock=clock.machine(w.rng) if w.rng.random() < 0.5 else clock.office(w.rng, COUNTRIES[who.country][0]),
            cards=(w.card(bank),),
            domain=w.site_name(),
            rate=float(np.exp(w.rng.normal(2.0, 1.0))),
        )
        account = w.join(made, "accelerator", group, created=day + float(w.rng.exponential(1.0)))
        w.tags.append((account, "promotion", code))
        w.live(account, made)
