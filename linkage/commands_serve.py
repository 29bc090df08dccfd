"""Commands of the triage app and of the decisions made in it. Heavy imports are inside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from linkage.serve.log import Log

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder that `linkage build` wrote.")]
StateFile = Annotated[
    Path | None,
    typer.Option("--state", metavar="FILE", help="Log of decisions.  [default: the user's, for runs in RUN's folder]"),
]


def register(app: typer.Typer, say: Callable[[str], None]) -> None:
    """Add the commands; `say` prints lines that can drive no terminal."""

    @app.command()
    def serve(
        run: RunFolder,
        state: StateFile = None,
        user: Annotated[
            list[str] | None,
            typer.Option("--user", metavar="NAME", help="Make a token for one more person; may be repeated."),
        ] = None,
        port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8765,
        host: Annotated[
            str, typer.Option(help="Address to listen on. Anything but loopback is open to others, unencrypted.")
        ] = "127.0.0.1",
        vault: Annotated[Path | None, typer.Option(metavar="FILE", help="The vault.  [default: the user's]")] = None,
        harm_weight: Annotated[
            float, typer.Option(min=0.0, help="Exchanges of an operator that one of an innocent weighs in the queue.")
        ] = 10.0,
    ) -> None:
        """Serve RUN as a triage app to a browser on this machine: queue, evidence, decisions."""
        _serve(run, state, user or [], port, host, vault, harm_weight, say)

    @app.command()
    def decisions(
        run: RunFolder,
        out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="decisions.parquet to write.")],
        state: StateFile = None,
    ) -> None:
        """Write what was decided in `linkage serve` as the decisions table of the next build."""
        say(_written(run, out, state))

    @app.command()
    def audit(
        run: RunFolder,
        state: StateFile = None,
        head: Annotated[
            str | None, typer.Option(metavar="HASH", help="Hash kept from before: it must still be in the log.")
        ] = None,
    ) -> None:
        """Check that the log of decisions is whole: every entry holds the hash of the one before."""
        lines, whole = _checked(run, state, head)
        say(lines)
        if not whole:
            raise typer.Exit(1)


def _serve(
    folder: Path, state: Path | None, users: list[str], port: int, host: str, vault: Path | None, harm_weight: float,
    say: Callable[[str], None],
) -> None:  # fmt: skip
    from datetime import UTC, datetime

    from linkage.errors import MissingExtraError

    try:
        import uvicorn

        from linkage.serve import app
    except ImportError as error:
        raise MissingExtraError(
            f"linkage serve needs fastapi and uvicorn: pip install 'account-linkage[serve]' ({error})"
        ) from error
    from linkage.io import Run
    from linkage.serve.desk import state_path
    from linkage.serve.log import Log
    from linkage.serve.sessions import new_token, system_user

    run = Run.open(folder)
    log = Log(state_path(folder, state))
    made = app.make_users(log, users, datetime.now(UTC))
    me = system_user()
    tokens = {} if me in log.users() else {me: new_token()}
    served = app.create(run, log, tokens, host=host, port=port, vault=vault, harm_weight=harm_weight)
    served.site.warm()
    name = f"[{host}]" if ":" in host else host
    say(f"serving {folder} at http://{name}:{port}/ until interrupted")
    say(f"decisions are kept in {log.path}")
    for each, token in {**tokens, **made}.items():
        lasts = "as long as this runs" if each in tokens else "until --user makes another; it is shown only now"
        say(f"token of {each} ({lasts}): {token}")
    if len({**tokens, **log.users()}) < 2:
        say("a confirmation needs a second person: --user NAME makes a token for one")
    for line in warnings(host):
        say(line)
    config = uvicorn.Config(
        served.asgi, host=host, port=port, log_level="warning", access_log=False, server_header=False, date_header=False
    )
    uvicorn.Server(config).run()


def warnings(host: str) -> list[str]:
    """What to say of an address that others can reach."""
    from linkage.serve.app import is_loopback

    if is_loopback(host):
        return []
    return [
        f"WARNING: {host} can be reached from other machines, and what is sent is not encrypted, tokens included.",
        "WARNING: put a proxy with TLS before it, or serve on 127.0.0.1 and come through an SSH tunnel.",
    ]


def _written(folder: Path, out: Path, state: Path | None) -> str:
    from linkage.io import Run
    from linkage.serve.desk import Desk, told, write_decisions

    run = Run.open(folder)
    log = _opened(folder, state)
    frame = told(Desk(log).state, run.table("decisions"))
    write_decisions(frame, out)
    enforced = int((frame["decision"] == "enforced").sum())
    return f"{out}: {enforced:,} accounts enforced, {frame.height - enforced:,} cleared, as {log.path} holds"


def _checked(folder: Path, state: Path | None, head: str | None) -> tuple[str, bool]:
    log = _opened(folder, state)
    found = log.check()
    if found.broken is not None:
        return f"{log.path}: BROKEN: {found.why}", False
    if head is not None and not log.holds(head):
        return f"{log.path}: BROKEN: no entry has the hash {head[:80]}; entries are missing at the end", False
    return f"{log.path}: whole, {found.entries:,} entries; keep its head elsewhere: {found.head}", True


def _opened(folder: Path, state: Path | None) -> Log:
    from linkage.errors import RunFolderError
    from linkage.serve.desk import state_path
    from linkage.serve.log import Log

    path = state_path(folder, state)
    if not path.is_file():
        raise RunFolderError(f"{path}: there is no log of decisions; `linkage serve {folder}` makes one")
    return Log(path)
