"""Commands on what a run shows of people: unmask, purge, share, match. Heavy imports are inside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linkage.progress import printable

if TYPE_CHECKING:
    import polars as pl

    from linkage.io import Run
    from linkage.privacy.bundle import Bundle
    from linkage.privacy.exchange import Raw

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder that `linkage build` wrote.")]
Vault = Annotated[Path | None, typer.Option(metavar="FILE", help="The vault.  [default: the user's]")]
KeyFile = Annotated[Path, typer.Option(metavar="FILE", help="Key agreed with the other lab for this exchange.")]


class Tlp(StrEnum):
    """Traffic Light Protocol 2.0."""

    red = "red"
    amber_strict = "amber+strict"
    amber = "amber"
    green = "green"
    clear = "clear"


class Reliability(StrEnum):
    """Admiralty code of a source."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


def register(app: typer.Typer, say: Callable[[str], None]) -> None:
    """Add the commands; `say` prints lines that can drive no terminal."""

    @app.command()
    def unmask(
        run: RunFolder,
        pseudonyms: Annotated[list[str], typer.Argument(metavar="PSEUDONYM...", help="As ip:3f2a…, from the run.")],
        vault: Vault = None,
    ) -> None:
        """Show what pseudonyms of RUN stand for. Who looked, when and at what is logged beside the vault."""
        for line in _unmasked(run, pseudonyms, vault):
            say(line)

    @app.command()
    def purge(
        what: Annotated[list[Path], typer.Argument(metavar="RUN_OR_VAULT...", help="Run folders and vaults.")],
        older_than: Annotated[
            int | None, typer.Option(min=0, metavar="DAYS", help="Over the retention that runs and values came with.")
        ] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    ) -> None:
        """Delete run folders and values in vaults that are past their retention."""
        from linkage.privacy.purge import purge as delete

        today = datetime.now(UTC).date()
        checked = [delete(path, today, older_than, dry=True) for path in what]  # one that is refused stops all
        for found in checked:
            done = found if dry_run or not found.deleted else delete(found.path, today, older_than, dry=False)
            word = "kept" if not done.deleted else "would purge" if dry_run else "purged"
            say(f"{word}  {done.path}: {done.why}")

    @app.command()
    def share(
        run: RunFolder,
        campaign: Annotated[str, typer.Argument(metavar="ID", help="Campaign.")],
        out: Annotated[Path, typer.Option("-o", "--out", metavar="BUNDLE", help="File to write.")],
        key_file: KeyFile,
        tlp: Annotated[Tlp, typer.Option(help="Who may be told further.")] = Tlp.amber_strict,
        days: Annotated[int, typer.Option(min=1, max=3650, help="Days until the bundle ends.")] = 90,
        source: Annotated[str, typer.Option(help="How your lab is called in it.")] = "",
        templates: Annotated[
            Path | None,
            typer.Option(
                metavar="IN",
                help="Tell rounded embeddings of its templates too; IN is what RUN was built from.",
            ),
        ] = None,
        vault: Vault = None,
    ) -> None:
        """Write a bundle that tells another lab of a campaign: rare values of its core as hashes under a shared key."""
        say(_shared(run, campaign, out, key_file, tlp, days, source, templates, vault))

    @app.command()
    def match(
        run: RunFolder,
        bundle: Annotated[
            Path, typer.Argument(metavar="BUNDLE", help="File that another lab's `linkage share` wrote.")
        ],
        key_file: KeyFile,
        reliability: Annotated[Reliability, typer.Option(help="Of the source, A (reliable) to F (cannot be judged).")],
        out: Annotated[
            Path | None, typer.Option("-o", "--out", metavar="CSV", help="Write the leads to a file.")
        ] = None,
        templates: Annotated[
            Path | None, typer.Option(metavar="IN", help="Compare templates too; IN is what RUN was built from.")
        ] = None,
        vault: Vault = None,
    ) -> None:
        """Look for what another lab told of in RUN's campaigns. What overlaps is a lead, not a link."""
        say(_matched(run, bundle, key_file, reliability, out, templates, vault))


def _unmasked(folder: Path, pseudonyms: list[str], vault: Path | None) -> list[str]:
    from linkage.privacy import PrivacyError
    from linkage.privacy.vault import look_up, note, vault_path

    raw = _raw(_opened(folder), folder, vault)
    about = raw.manifest.get("privacy")
    if not isinstance(about, dict) or not about.get("pseudonymised"):
        raise PrivacyError(f"{folder}: is not pseudonymised; its values stand in it as they are")
    where = vault_path(vault)
    found = look_up(where, pseudonyms, str(about.get("key_fingerprint")))
    known = set(found["pseudonym"])
    log = note(where, raw.now, "unmask", raw.run, pseudonyms, known)
    lines = [f"{printable(row['pseudonym'])}  {printable(row['value'])}" for row in found.iter_rows(named=True)]
    if missing := [each for each in dict.fromkeys(pseudonyms) if each not in known]:
        raise PrivacyError(
            "\n".join([*lines, f"{where}: does not hold {', '.join(missing)}"])
            + "; copy pseudonyms whole, and give the vault of this run's key with --vault\n"
            + f"logged in {log}"
        )
    _log_named(raw)
    return lines


def _shared(
    folder: Path, campaign: str, out: Path, key_file: Path, tlp: Tlp, days: int, source: str, templates: Path | None,
    vault: Path | None,
) -> str:  # fmt: skip
    from linkage.privacy import PrivacyError, bundle, exchange, exchange_key

    key = exchange_key(key_file)
    run = _opened(folder)
    raw = _raw(run, folder, vault)
    expires = raw.now.date() + timedelta(days=days)
    tables = {name: run.table(name) for name in ("accounts", "campaigns", "members", "evidence", "hubs")}
    made = exchange.share(tables, campaign, raw, key, source, tlp.value, expires)
    _log_named(raw)
    if templates is not None:
        made = _with_templates(made, run, campaign, templates)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(bundle.written(made, key), encoding="utf-8")
    except OSError as error:
        raise PrivacyError(f"{out}: cannot be written: {error.strerror}; choose another file") from error
    kinds = ", ".join(sorted({one.kind for one in made.indicators}))
    also = f" and {len(made.templates):,} templates" if templates is not None else ""
    return f"{out}: {len(made.indicators):,} indicators ({kinds}){also}, TLP:{tlp.value.upper()}, until {expires}"


def _with_templates(made: Bundle, run: Run, campaign: str, source: Path) -> Bundle:
    """The bundle with the campaign's own templates, as the tables of the build have them."""
    from linkage.pipeline.exemplars import exemplars
    from linkage.privacy import likeness

    rows = likeness.worth_telling(run.table("own_templates"), campaign)
    found = exemplars(source, run.manifest, rows["exemplar_row"].to_list())
    told = likeness.told(rows, found.rows, found.unit)
    return made.model_copy(update={"templates": told, "templates_by": found.maker if told else ""})


def _matched(
    folder: Path, file: Path, key_file: Path, reliability: Reliability, out: Path | None, templates: Path | None,
    vault: Path | None,
) -> str:  # fmt: skip
    import polars as pl

    from linkage.privacy import bundle, exchange, exchange_key

    key = exchange_key(key_file)
    run = _opened(folder)
    raw = _raw(run, folder, vault)
    told = bundle.read(file, key, raw.now.date())
    tables = {name: run.table(name) for name in ("accounts", "members", "evidence", "hubs")}
    found, common = exchange.leads(tables, told, raw, key, reliability.value)
    _log_named(raw)
    alike, unmet = _alike(run, told, templates, reliability)
    if out is not None:
        _kept(out, pl.concat([found, alike]))
    lines = [
        f"{len(told.indicators):,} indicators of {told.campaign_id} from {told.source or 'an unnamed source'} "
        f"(reliability {reliability.value}, TLP:{told.tlp.upper()}, until {told.expires})",
        *(
            f"{row['campaign_id']}  {row['accounts']:,} of {row['of']:,} accounts use {row['indicators']:,} of them "
            f"({row['kinds']}); the rarest is on {row['users_at_most']:,} accounts here at most"
            for row in found.iter_rows(named=True)
        ),
        f"{common:,} are too common here to say anything" if common else "",
        *(
            f"{row['campaign_id']}  {row['accounts']:,} of {row['of']:,} accounts use {row['indicators']:,} templates "
            f"that are like some of the {len(told.templates):,} told of"
            for row in alike.iter_rows(named=True)
        ),
        unmet,
        "Leads for a person to follow: nothing in the run was changed."
        if found.height or alike.height
        else "No campaign uses any.",
    ]
    return "\n".join(line for line in lines if line)


def _alike(run: Run, told: Bundle, source: Path | None, reliability: Reliability) -> tuple[pl.DataFrame, str]:
    """Leads by templates, and why there are none where they were not compared."""
    import polars as pl

    from linkage.pipeline.exemplars import exemplars
    from linkage.privacy import likeness
    from linkage.privacy.exchange import LEADS

    nothing = pl.DataFrame(schema=LEADS)
    if not told.templates:
        return nothing, ""
    many = f"{len(told.templates):,} templates are told of too"
    if source is None:
        return nothing, f"{many}; give --templates IN, what the run was built from, to compare them"
    own = run.table("own_templates").drop_nulls(["template", "exemplar_row"])
    found = exemplars(source, run.manifest, own["exemplar_row"].to_list())
    if found.maker != told.templates_by:
        return nothing, f"{many}, made by {told.templates_by}; ours are by {found.maker} and cannot be compared"
    close = likeness.like(told.templates, found.unit, found.threshold).any(axis=0)
    met = own.filter(pl.col("exemplar_row").is_in(found.rows[close].tolist()))["template"].unique().sort()
    tables = {name: run.table(name) for name in ("members", "own_templates", "evidence")}
    return likeness.leads(tables, told, met.to_list(), reliability.value), ""


def _kept(out: Path, leads: pl.DataFrame) -> None:
    """Leads as CSV: what a bundle calls itself and its source is another's text, and no formula here."""
    from linkage.privacy import PrivacyError
    from linkage.report.formats import spreadsheet

    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(spreadsheet.table(leads.iter_rows(named=True), leads.columns).encode())
    except OSError as error:
        raise PrivacyError(f"{out}: cannot be written: {error.strerror}; choose another file") from error


def _opened(folder: Path) -> Run:
    from linkage import io

    return io.Run.open(folder)


def _raw(run: Run, folder: Path, vault: Path | None) -> Raw:
    from linkage.privacy.exchange import Raw
    from linkage.privacy.vault import vault_path

    return Raw(str(folder.resolve()), run.manifest, vault_path(vault), datetime.now(UTC))


def _log_named(raw: Raw) -> None:
    """Say where it was logged that raw values were looked at, if the vault was asked for any."""
    from linkage.privacy.vault import log_of

    about = raw.manifest.get("privacy")
    if isinstance(about, dict) and about.get("pseudonymised"):
        typer.echo(f"logged in {printable(log_of(raw.vault))}", err=True)
