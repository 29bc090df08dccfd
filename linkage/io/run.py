"""A finished run: its tables, manifest and report, from a folder or from memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path

import polars as pl

from linkage import tables as schemas
from linkage.errors import InputError, RunFolderError
from linkage.io.campaign import Campaigns
from linkage.io.guard import guard
from linkage.io.write import MANIFEST, REPORT, write_run
from linkage.progress import printable


class Run:
    """What a build returns. Tables are typed as in `tables.OUTPUT` and may have further columns.

    `Run.open(folder)` reads a run folder, each table when it is first asked for. `Run(tables=..., manifest=...,
    report=...)` holds one in memory; `save` writes it. A report that is a function is called when the page is first
    asked for. `masked` is what its pseudonyms stand for: it is never written.
    """

    def __init__(
        self,
        *,
        tables: Mapping[str, pl.DataFrame],
        manifest: Mapping[str, object],
        report: str | Callable[[], str] | None = None,
        path: Path | None = None,
        masked: pl.DataFrame | None = None,
    ) -> None:
        self.path = path
        self.masked = masked
        self.manifest: dict[str, object] = dict(manifest)
        self._tables = {name: _checked(name, frame, name) for name, frame in tables.items()}
        self._report = report
        if path is None and (missing := [name for name in schemas.OUTPUT if name not in self._tables]):
            raise RunFolderError(f"run in memory: {', '.join(missing)} missing; give every table of a run")

    @classmethod
    def open(cls, path: Path | str) -> Run:
        """The run in a folder. Raises RunFolderError if it is not a whole run folder."""
        folder = Path(path)
        advice = "give the folder that `linkage build` wrote"
        if not folder.is_dir():
            raise RunFolderError(f"{folder}: {'is a file' if folder.exists() else 'no such folder'}; {advice}")
        if ".partial-" in folder.name or not (folder / MANIFEST).is_file():
            raise RunFolderError(f"{folder}: is not a finished run (no {MANIFEST}, or a partial folder); {advice}")
        files = (*(f"{name}.parquet" for name in schemas.OUTPUT if name not in schemas.LATER), REPORT)
        if missing := [name for name in files if not (folder / name).is_file()]:
            raise RunFolderError(f"{folder}: the run lacks {', '.join(missing)}; build it again")
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunFolderError(f"{folder / MANIFEST}: is not JSON: {error}; build the run again") from error
        if not isinstance(manifest, dict):
            raise RunFolderError(f"{folder / MANIFEST}: is not an object; build the run again")
        return cls(tables={}, manifest=manifest, path=folder)

    def save(self, folder: Path | str, overwrite: bool = False) -> Run:
        """Write the run to a folder and return the run opened from it. Raises RunFolderError, see `write_run`."""
        tables = {name: self.table(name) for name in schemas.OUTPUT if name not in self.lacks}
        manifest = {key: value for key, value in self.manifest.items() if key != "outputs"}
        write_run(folder, tables, manifest, lambda: self.html, overwrite=overwrite)
        return Run.open(folder)

    @property
    def lacks(self) -> tuple[str, ...]:
        """Tables that the run does not have, since an older version made it."""
        folder = self.path
        if folder is None:
            return ()
        later = sorted(schemas.LATER - set(self._tables))
        return tuple(name for name in later if not (folder / f"{name}.parquet").is_file())

    def table(self, name: str) -> pl.DataFrame:
        """A table by its name in `tables.OUTPUT`. Raises RunFolderError if its file is damaged or lacks a column."""
        if name not in schemas.OUTPUT:
            raise RunFolderError(f"{name}: a run has no such table; use one of {', '.join(schemas.OUTPUT)}")
        if name not in self._tables:
            self._tables[name] = self._read(name)
        return self._tables[name]

    def columns(self, name: str, *wanted: str) -> pl.DataFrame:
        """Some columns of a table, without reading the others. Raises as `table` does."""
        if self.path is None or name in self._tables:
            return self.table(name).select(wanted)
        return self._read(name, wanted)

    def rows(self, name: str, *where: pl.Expr, columns: Sequence[str] = ()) -> pl.DataFrame:
        """The rows of a table for which all of `where` holds, and of these the columns named, or all.

        A large table is not read as a whole: parts that the predicates rule out are skipped. Raises as `table` does.
        """
        if name not in schemas.OUTPUT or self.path is None or name in self._tables:
            return self.table(name).filter(*where).select(columns or pl.all())
        file = self.path / f"{name}.parquet"
        try:
            with guard(file):
                _check(name, pl.read_parquet_schema(file), str(file))
                return pl.scan_parquet(file, glob=False).filter(*where).select(columns or pl.all()).collect()
        except InputError as error:
            raise RunFolderError(str(error)) from error

    def _read(self, name: str, wanted: tuple[str, ...] | None = None) -> pl.DataFrame:
        """All columns of a table's file, or those wanted."""
        assert self.path is not None
        file = self.path / f"{name}.parquet"
        try:
            with guard(file):
                _check(name, pl.read_parquet_schema(file), str(file), wanted)
                return pl.read_parquet(file, glob=False, columns=list(wanted) if wanted else None)
        except InputError as error:
            raise RunFolderError(str(error)) from error

    @property
    def accounts(self) -> pl.DataFrame:
        """Every account, one row each."""
        return self.table("accounts")

    @property
    def members(self) -> pl.DataFrame:
        """Who stands in which campaign, with what share."""
        return self.table("members")

    @property
    def communities(self) -> pl.DataFrame:
        """Every group found, honest ones too."""
        return self.table("communities")

    @property
    def campaigns(self) -> Campaigns:
        """The groups that passed assessment: a frame, and a sequence of `Campaign`."""
        return Campaigns(self)

    @property
    def attributions(self) -> pl.DataFrame:
        """Who runs each campaign, who carries it and who benefits, or why nobody is named."""
        return self.table("attributions")

    @property
    def robustness(self) -> pl.DataFrame:
        """Each campaign without each independence group of evidence."""
        return self.table("robustness")

    @property
    def links(self) -> pl.DataFrame:
        """Pairs of accounts with their probability and bits a channel."""
        return self.table("links")

    @property
    def evidence(self) -> pl.DataFrame:
        """The reasons behind the links inside campaigns."""
        return self.table("evidence")

    @property
    def assessed_links(self) -> pl.DataFrame:
        """The probability of each link once groups are assessed; empty where the assessment abstains."""
        return self.table("assessed_links")

    @property
    def hubs(self) -> pl.DataFrame:
        """Identifiers left out as too common."""
        return self.table("hubs")

    @property
    def bridges(self) -> pl.DataFrame:
        """Links and accounts that hold a community together."""
        return self.table("bridges")

    @property
    def templates(self) -> pl.DataFrame:
        """Near-duplicate prompts that two accounts or more sent, and an exemplar of each."""
        return self.table("templates")

    @property
    def activity(self) -> pl.DataFrame:
        """Exchanges of each campaign's members by day and hour."""
        return self.table("activity")

    @property
    def models(self) -> pl.DataFrame:
        """Exchanges of each campaign's members by model and day, and everybody's."""
        return self.table("models")

    @property
    def own_templates(self) -> pl.DataFrame:
        """Templates that only one campaign uses."""
        return self.table("own_templates")

    @property
    def lineage(self) -> pl.DataFrame:
        """What became of the campaigns of the build before."""
        return self.table("lineage")

    @property
    def decisions(self) -> pl.DataFrame:
        """What people decided before, and how it bound."""
        return self.table("decisions")

    @property
    def rejected(self) -> pl.DataFrame:
        """Input rows and values that were left out, with the reason."""
        return self.table("rejected")

    @property
    def report(self) -> Path | None:
        """The report's file; None in memory, where `html` has it."""
        return None if self.path is None else self.path / REPORT

    @property
    def html(self) -> str:
        """The report page."""
        if self._report is None:
            file = self.report
            self._report = "" if file is None else file.read_text(encoding="utf-8")
        if not isinstance(self._report, str):
            self._report = self._report()
        return self._report

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return f"<p>{escape(printable(repr(self)))}</p>{self.campaigns._repr_html_()}"

    def __repr__(self) -> str:
        where = "in memory" if self.path is None else str(self.path)
        found = f"{self.campaigns.height} campaigns, {self.members['account_id'].n_unique()} members"
        return f"<Run {where}: {self.accounts.height} accounts, {found}>"


def _checked(name: str, frame: pl.DataFrame, where: str) -> pl.DataFrame:
    """The frame, if it has at least the columns and types of its schema."""
    _check(name, frame.schema, where)
    return frame


def _check(name: str, given: Mapping[str, pl.DataType], where: str, wanted: tuple[str, ...] | None = None) -> None:
    """Raise RunFolderError unless the columns of a table, or those wanted, are there and of their types."""
    for column, kind in schemas.OUTPUT.get(name, pl.Schema()).items():
        found = given.get(column)
        if found != kind and (wanted is None or column in wanted):
            state = "is missing" if found is None else f"is {found}, not {kind}"
            raise RunFolderError(f"{where}: column {column!r} {state}; build the run again with this version")
