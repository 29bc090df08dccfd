"""One honest person: an account, where it calls from, what it asks, how it pays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.foreign.doings import begin, call, pay, sign_up, when
from benchmarks.foreign.world import DAY, END, HOUR, Part, Place, World


def person(
    world: World,
    kind: str = "single",
    group: int = -1,
    place: Place | None = None,
    device: str | Sequence[str] | None = None,
    profile: str | None = None,
    card: str | None = None,
    extra: Sequence[Part] = (),
    calls: int | None = None,
    created: float | None = None,
    pays: bool = True,
    organization: str | None = None,
    channel: str | None = None,
    mail: str | None = None,
    mixture: Sequence[Part] | None = None,
    zone: float | None = None,
    until: float | None = None,
    issuer: str | None = None,
) -> None:
    """An honest account and all it does; what is not given is drawn."""
    draw = world.random
    account = sign_up(world, kind, group, created=created, organization=organization, channel=channel, mail=mail)
    calls = calls or int(np.clip(draw.lognormal(3.3, 1.1), 3, 1500))
    first, last = begin(world, account), until or END
    if first >= last - HOUR:
        first = last - DAY
    profile = profile or str(draw.choice(["day", "office", "evening", "clock"], p=[0.4, 0.3, 0.25, 0.05]))
    zone = zone if zone is not None else float(draw.choice([0, 0, 5, -5, 8, 5.5]))
    times = when(world, calls, first, last, profile, zone)
    ip = world.at(place or _somewhere(world), times)
    if draw.random() < 0.3 and kind not in ("lab", "harness"):  # also from the phone
        away = draw.random(calls) < 0.3
        ip = np.where(away, world.at(Place(world.mobile[draw.integers(5)], True), times), ip)
    if device is None:
        device = world.browser() if draw.random() < 0.55 else world.client()
    devices = [world.device(each) for each in ([device] if isinstance(device, str) else device)]
    used = np.asarray(devices)[draw.integers(len(devices), size=calls)]
    asked = mixture or world.mixture(extra)
    call(world, account, times, ip, used, asked, tokens=(draw.uniform(100, 2000), draw.uniform(100, 900)))
    if pays and draw.random() < 0.9:
        pay(world, account, card or world.card(), issuer or world.issuer())


def _somewhere(world: World) -> Place:
    """Where people call from: home, a phone, a VPN, a server."""
    draw = world.random
    chance = draw.random()
    if chance < 0.6:
        return world.home()
    if chance < 0.74:
        return Place(world.mobile[draw.integers(5)], True)
    if chance < 0.8:
        return Place(world.vpn[draw.integers(3)], True)
    if chance < 0.96:
        return Place(list(draw.choice(world.cloud[draw.integers(5)], draw.integers(1, 5))))
    return Place(world.serverless[draw.integers(2)], True)
