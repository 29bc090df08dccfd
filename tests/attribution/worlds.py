"""Small planted campaigns, what their accounts use, and dossiers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from linkage import attribution
from linkage.settings import AttributionSettings
from linkage.tables import INPUT, USES

START = datetime(2026, 3, 1, tzinfo=UTC)
PLACEHOLDERS = pl.DataFrame(schema={"kind": pl.String, "value": pl.String})
CROWD = 3_000


class Town:
    """Honest accounts with a card, an address and a device of their own, of ten banks and mail domains."""

    def __init__(self) -> None:
        self.uses: list[tuple[object, ...]] = []
        self.members: list[tuple[str, int]] = []
        self.dossiers: list[dict[str, Any]] = []
        self.count = 0
        for i in range(CROWD):
            self.account({"ip": f"20.9.{i // 250}.{i % 250}", "device": f"own-{i}", "instrument": f"card-{i}"}, i)

    def account(self, values: dict[str, str], salt: int = 0) -> int:
        """One more account; banks and mail domains are those everybody has, unless given."""
        common = {"issuer": f"bank-{salt % 10}", "email_domain": f"mail-{salt % 7}.example"}
        for kind, value in {**common, **values}.items():
            self.uses.append((self.count, kind, value, 1, START, START + timedelta(days=30)))
        self.count += 1
        return self.count - 1

    def campaign(self, name: str, size: int, shared: dict[str, str], on: int | None = None) -> list[int]:
        """A campaign with values of its own; `shared` values are on its first `on` members (all, where absent)."""
        made = []
        for i in range(size):
            own = {"ip": f"30.{len(self.members) % 200}.{i}.7", "device": f"{name}-d{i // 3}"}
            own["instrument"] = f"{name}-c{i // 3}"
            made.append(self.account({**own, **(shared if on is None or i < on else {})}, i))
        self.members += [(name, account) for account in made]
        return made

    def dossier(self, operator: str, kind: str, value: str, age: float = 5.0, confidence: float | None = 0.9) -> None:
        """A confirmed indicator, last confirmed `age` days before the logs begin."""
        last = START - timedelta(days=age)
        self.dossiers.append(
            {"operator": operator, "kind": kind, "value": value, "confidence": confidence, "source": "case",
             "first_seen": last - timedelta(days=20), "last_seen": last}
        )  # fmt: skip

    def attribute(self, **settings: Any) -> attribution.Attribution:
        """What the stage says."""
        members = pl.DataFrame(self.members, schema={"campaign_id": pl.String, "account": pl.UInt32}, orient="row")
        uses = pl.DataFrame(self.uses, schema=USES, orient="row")
        dossiers = pl.DataFrame(self.dossiers, schema=INPUT["dossiers"]) if self.dossiers else None
        return attribution.attribute(
            members, uses, None, None, dossiers, PLACEHOLDERS, AttributionSettings.model_validate(settings)
        )

    def names(self, **settings: Any) -> dict[str, str]:
        """campaign -> operator, of those with one."""
        found = self.attribute(**settings).operators
        return dict(zip(found["campaign_id"], found["operator"], strict=True))


def others(town: Town, count: int = 6) -> None:
    """Campaigns of nobody in particular, so that what campaigns have in common can be seen."""
    for i in range(count):
        town.campaign(f"C-other-{i}", 20, {"issuer": f"bank-{i}"})
