"""Honest people, and groups of them that look like one operator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from benchmarks.foreign.outside.log import DAY, HOUR, START, Ask, Log, Seat


def person(
    log: Log,
    kind: str = "person",
    group: int = -1,
    *,
    seat: Seat | None = None,
    away: float = 0.15,
    device: str | None = None,
    asks: Sequence[Ask] | None = None,
    card: str | None = None,
    issuer: str | None = None,
    pays: float = 0.75,
    calls: int | None = None,
    since: float = 0.0,
    until: float | None = None,
    hours: tuple[float, float] | None = (-1.0, 4.0),
    refused: float = 0.01,
    **known: Any,
) -> int:
    """An honest account and all it does; what is not given is drawn."""
    draw = log.random
    who = log.join(kind, group, **known)
    calls = calls or int(np.clip(draw.lognormal(3.4, 1.0), 4, 1200))
    if hours is not None and hours[0] < 0:
        hours = (float(draw.choice([15, 20, 9, 2])), hours[1])
    times = log.times(calls, max(since, log.accounts[who].created + 300.0), until or log.end, hours)
    ip = (seat or log.somewhere())(times)
    if draw.random() < 0.5 and away:
        out = draw.random(calls) < away
        ip = np.where(out, log.rotating(log.carriers[draw.integers(4)], DAY / 4)(times), ip)
    if device is None:
        device = log.popular(log.browsers) if draw.random() < 0.6 else log.popular(log.programs)
    if asks is None:
        asks = [(1.0, None)]
        if draw.random() < 0.3:
            asks.append((draw.uniform(0.2, 2.0), log.frames(int(draw.integers(1, 4)), 0.2)))
        if draw.random() < 0.15:  # an app, with the prompt it comes with
            device, frames = log.apps[draw.integers(len(log.apps))]
            asks.append((3.0, frames))
        if draw.random() < 0.1:
            asks.append((0.3, log.public))
    status = np.where(draw.random(calls) < refused, draw.choice([429, 400, 403], calls), 200)
    log.call(who, times, ip, device, status=status, asks=asks)
    if draw.random() < pays:
        gift = card is None and issuer is None and draw.random() < 0.06
        virtual = card is None and issuer is None and draw.random() < 0.04
        log.pay(who, card, "prepaid-gift" if gift else "virtual-a" if virtual else issuer)
    if draw.random() < 0.6:
        log.tag(who, "phone", f"+1{draw.integers(10**9):09d}" if draw.random() > 0.02 else f"+1{draw.integers(60):09d}")
    if draw.random() < 0.08:
        log.tag(who, "referral", f"ref{int(draw.zipf(1.6)) % 500}")
    return who


def lab(log: Log) -> None:
    """A laboratory that runs public benchmarks on its cluster, each with a key of his own."""
    draw, group, net = log.random, log.group(), log.net("education", 600)
    cluster, program = [f"{net}.{j}" for j in (7, 8)], log.popular(log.programs)
    one = draw.random() < 0.5
    card, name = f"card_lab{group}", f"Lab {group}" if draw.random() < 0.5 else None
    joined = draw.uniform(START - 60 * DAY, START + 10 * DAY)
    for _ in range(draw.integers(8, 40)):
        person(
            log, "lab", group, seat=log.rotating(cluster), away=0, device=program, hours=None,
            card=card if one else None, organization=name, mail=f"lab{group}.edu", calls=int(draw.integers(150, 600)),
            asks=[(5.0, list(draw.choice(log.public, 300, False))), (1.0, None)],
            created=joined + draw.exponential(6) * DAY,
        )  # fmt: skip


def tester(log: Log) -> None:
    """Strangers who run the same public benchmarks, from anywhere."""
    for _ in range(log.size // 100):
        asks: list[Ask] = [(4.0, list(log.random.choice(log.public, 200, False))), (1.0, None)]
        person(
            log, "tester", device="openai-python/1.0", hours=None, calls=int(log.random.integers(80, 400)), asks=asks
        )


def redteam(log: Log) -> None:
    """Strangers who try the same list of jailbreaks through VPNs, on virtual cards; much is refused."""
    draw, vpn = log.random, log.vpns[log.random.integers(3)]
    for _ in range(max(12, log.size // 150)):
        person(
            log, "redteam", seat=log.rotating(vpn, 4 * HOUR) if draw.random() < 0.7 else None, refused=0.2,
            issuer="virtual-a" if draw.random() < 0.6 else None, calls=int(draw.integers(40, 300)), hours=None,
            asks=[(2.0, list(draw.choice(log.attacks, 15, False))), (1.0, None)],
        )  # fmt: skip


def hackathon(log: Log) -> None:
    """One evening, one venue, one starter kit, one promotion, and the sponsor's virtual cards."""
    draw, group, net = log.random, log.group(), log.net("business", 610)
    evening = START + draw.integers(min(3, log.how.days - 2), max(2, log.how.days - 3)) * DAY + 17 * HOUR
    kit, sponsored = log.frames(5, 0.25), draw.random() < 0.5
    for _ in range(int(min(200, log.size // 15))):
        who = person(
            log, "hackathon", group, seat=log.rotating([f"{net}.2", f"{net}.3"]), away=0.1, device="sdk-node/1.4",
            created=evening + draw.exponential(1.0) * HOUR, until=evening + 2 * DAY, hours=None, pays=0.9,
            issuer="sponsor-virtual" if sponsored else None, calls=int(draw.integers(30, 250)),
            asks=[(3.0, kit), (1.0, None), (1.0, log.frames(2, 0.2))],
        )  # fmt: skip
        log.tag(who, "promo", f"HACK{group}")


def bootcamp(log: Log) -> None:
    """A course for weeks: everybody at home, the same exercises, sign-ups in its first days."""
    draw, group = log.random, log.group()
    begins, exercises = START + draw.uniform(-20, 12) * DAY, log.frames(int(draw.integers(8, 30)), 0.25)
    for _ in range(draw.integers(15, 60)):
        person(
            log, "bootcamp", group, seat=log.home(), created=begins + draw.exponential(1.0) * DAY,
            hours=(19.0, 3.0), calls=int(draw.integers(30, 200)), asks=[(2.0, exercises), (1.0, None)],
            device="vscode-copilot/3.2" if draw.random() < 0.8 else None,
        )  # fmt: skip


def agency(log: Log) -> None:
    """An agency that runs an account for each client, on the client's card, from its office."""
    draw, group, office = log.random, log.group(), log.home()
    own, program = log.frames(6, 0.2), log.popular(log.programs)
    for _ in range(draw.integers(5, 22)):
        person(
            log, "agency", group, seat=office, away=0, device=program, hours=(14.0, 2.5), pays=1.0,
            mail=f"client{draw.integers(10**6)}.com", asks=[(2.0, own), (2.0, log.frames(3, 0.2)), (1.0, None)],
        )  # fmt: skip


def integrator(log: Log) -> None:
    """A product that calls with each customer's own key: its exits, its program, its framing, their cards."""
    draw, group, net = log.random, log.group(), log.net("hosting", 620)
    exits, framing = [f"{net}.{j}" for j in draw.integers(1, 255, 6)], log.frames(4, 0.3)
    for _ in range(max(30, log.size // 60)):
        person(
            log, "integrator", group, seat=log.rotating(exits), away=0, device=f"Product{group}/5",
            asks=[(2.0, framing), (2.0, None), (1.0, log.frames(1, 0.2))], calls=int(draw.integers(20, 500)),
            hours=None if draw.random() < 0.3 else (-1.0, 4.0),
        )  # fmt: skip


def startup(log: Log) -> None:
    """A firm without an office: everybody at home or behind its VPN, virtual cards of one provider, hired in waves."""
    draw, group, net = log.random, log.group(), log.net("vpn", 630)
    mail, prompts = f"startup{group}.io", log.frames(8, 0.2)
    waves = START + draw.uniform(-100, log.how.days - 5, 3) * DAY
    verified = f"Startup {group}" if draw.random() < 0.5 else None
    for _ in range(draw.integers(8, 40)):
        person(
            log, "startup", group, seat=log.rotating([f"{net}.5", f"{net}.6"], DAY) if draw.random() < 0.6 else None,
            mail=mail, issuer="corporate-virtual", asks=[(1.5, prompts), (1.0, None)], hours=(15.0, 3.0),
            created=waves[draw.integers(3)] + draw.exponential(1.0) * DAY, organization=verified,
        )  # fmt: skip


def firm(log: Log) -> None:
    """An office with one or three corporate cards for everybody."""
    draw, group, net = log.random, log.group(), log.net("business", 640)
    cards = [f"card_f{group}_{k}" for k in range(int(draw.choice([1, 3])))]
    prompts, issuer = log.frames(5, 0.2), log.popular(log.bins)
    for _ in range(draw.integers(6, 60)):
        person(
            log, "firm", group, seat=log.rotating([f"{net}.1"]), mail=f"firm{group}.com", hours=(14.0, 2.5),
            card=str(draw.choice(cards)), issuer=issuer, asks=[(1.0, prompts), (2.0, None)],
            organization=f"Firm {group}" if draw.random() < 0.3 else None,
        )  # fmt: skip


def campus(log: Log) -> None:
    """A university behind one address."""
    draw, group, net = log.random, log.group(), log.net("education", 650)
    homework = log.frames(12, 0.3)
    for _ in range(max(40, log.size // 40)):
        asks: list[Ask] = [(1.0, None)] + ([(1.0, list(draw.choice(homework, 4)))] if draw.random() < 0.4 else [])
        person(log, "campus", group, seat=log.rotating([f"{net}.1"]), away=0.4, pays=0.3, asks=asks)


def cafe(log: Log) -> None:
    """Strangers on the machines of a café."""
    draw, group, seat = log.random, log.group(), log.home()
    for _ in range(draw.integers(20, 60)):
        person(log, "cafe", group, seat=seat, away=0.4, device=f"cafe{group}-{draw.integers(6)}", pays=0.3)


def family(log: Log) -> None:
    """A household: one address, often one card, one tablet."""
    draw, group, seat = log.random, log.group(), log.home()
    card = f"card_h{group}" if draw.random() < 0.6 else None
    tablet = log.popular(log.browsers)
    for _ in range(draw.integers(2, 6)):
        person(log, "family", group, seat=seat, card=card, device=tablet if draw.random() < 0.5 else None)


def migration(log: Log) -> None:
    """A company that moves from one set of accounts to another on one day."""
    draw, group = log.random, log.group()
    day, seat = START + draw.uniform(0.2, 0.9) * log.how.days * DAY, log.rotating([f"{log.net('hosting', 660)}.4"])
    own, program, many = log.frames(6, 0.2), log.popular(log.programs), int(draw.integers(2, 9))
    for k in range(2 * many):
        new = k >= many
        person(
            log, "migration", group, seat=seat, away=0, device=program, hours=None, asks=[(1.0, own)], calls=250,
            mail=f"mover{group}.com", created=day - DAY if new else START - 90 * DAY, since=day if new else 0.0,
            until=None if new else day, card=f"card_m{group}_{new}",
        )  # fmt: skip


def again(log: Log) -> None:
    """Somebody who lost a password, twice."""
    draw, group, seat = log.random, log.group(), log.home()
    device, card, asks = log.popular(log.browsers), f"card_a{group}", [(1.0, None), (1.0, log.frames(2, 0.2))]
    cuts = np.sort(draw.uniform(START, log.end, 2))
    for since, until in zip([START, *cuts], [*cuts, log.end], strict=True):
        person(log, "again", group, seat=seat, device=device, card=card, asks=asks, since=since, until=until,
               created=since if since > START else None)  # fmt: skip


def contest(log: Log) -> None:
    """Strangers in a competition: the same data for a fortnight, at home, much of it by script."""
    draw, group = log.random, log.group()
    begins, tasks = START + draw.uniform(0, log.how.days / 2) * DAY, log.frames(25, 0.2)
    for _ in range(draw.integers(30, 90)):
        person(
            log, "contest", group, created=begins + draw.exponential(2) * DAY if draw.random() < 0.6 else None,
            since=begins, until=begins + 14 * DAY, hours=None, calls=int(draw.integers(100, 500)),
            device="openai-python/1.3" if draw.random() < 0.6 else None, asks=[(3.0, tasks), (1.0, None)],
        )  # fmt: skip


def testers(log: Log) -> None:
    """A firm's test accounts: scripts, one office, one card, made at once."""
    draw, group, net = log.random, log.group(), log.net("business", 670)
    created, own = draw.uniform(START - 100 * DAY, START + 10 * DAY), log.frames(4, 0.05)
    for k in range(draw.integers(6, 25)):
        person(log, "qa", group, seat=log.rotating([f"{net}.9"]), away=0, device=f"qa-bot/{group}", hours=None,
               card=f"card_q{group}", asks=[(1.0, own)], calls=150, created=created + 60.0 * k)  # fmt: skip


GROUPS: Final[dict[str, Callable[[Log], None]]] = {
    each.__name__: each
    for each in (
        lab,
        tester,
        redteam,
        hackathon,
        bootcamp,
        agency,
        integrator,
        startup,
        firm,
        campus,
        cafe,
        family,
        migration,
        again,
        contest,
        testers,
    )
}
