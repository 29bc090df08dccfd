"""The command line: options, one call, a few lines to read. Heavy imports are inside the commands."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linkage import __version__, commands_explain, commands_privacy, commands_report, commands_serve
from linkage.errors import LinkageError, SettingsError
from linkage.progress import Progress, choose, printable
from linkage.terminal import say

if TYPE_CHECKING:
    from linkage import doctor as machine

EPILOG = """
\b
Exit codes:
  0  done
  1  our fault, or the machine's: a bug, a full disk, no memory left
  2  bad usage or settings: an option, linkage.toml, the output folder
  3  bad input: a table or a column is missing or cannot be read
  130  interrupted

\b
Settings come from the file given with -c; LINKAGE_SECTION__KEY variables
go over them, options over both.
"""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)


class Device(StrEnum):
    """Where dense kernels run."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


def main() -> None:
    """Run the command line; a failure becomes a message without a traceback, and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        if not commands_explain.at_once(sys.argv[1:]):
            app(prog_name="linkage")
    except (SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        _traceback_if_wanted(error)
        print(f"linkage: {_message(error)}", file=sys.stderr)
        sys.exit(_exit_code(error))


def _version(wanted: bool) -> None:
    if wanted:
        say(f"linkage {__version__}")
        raise typer.Exit


@app.callback()
def linkage(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Find the accounts one operator runs in an AI provider's logs.

    It bans nobody: it hands an investigator campaigns with their evidence, what speaks against it, and how sure it is.
    """


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="New or empty folder to write the tables to.")],
    accounts: Annotated[int | None, typer.Option(min=1, help="Accounts of the world.  [default: 20000]")] = None,
    scenario: Annotated[
        str | None, typer.Option(help="plain, rotating, stealth or relay: how campaigns hide.  [default: plain]")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of every random choice.  [default: 0]")] = None,
    config: Annotated[Path | None, typer.Option("-c", "--config", help="world.toml with further settings.")] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One setting, as campaigns.share=0.05; may be repeated."),
    ] = None,
) -> None:
    """Write a made-up world with planted campaigns and honest look-alikes, and the truth about it."""
    from linkage.layered import read_layers
    from linkage.simulate import World
    from linkage.simulate import simulate as write

    given = _assignments(changes or []) | {"accounts": accounts, "scenario": scenario, "seed": seed}
    world = read_layers(World, config, given, prefix=None)
    done = write(out, world)
    say(f"{out}: {done.accounts:,} accounts, {done.campaigns:,} campaigns among them, {done.exchanges:,} exchanges,")
    say(f"{done.prompts:,} prompts; who is what stands in {out / 'truth.parquet'}")


@app.command()
def build(
    source: Annotated[Path, typer.Argument(metavar="IN", help="Folder of tables.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="RUN", help="Run folder to write.")],
    config: Annotated[Path | None, typer.Option("-c", "--config", help="linkage.toml.")] = None,
    previous: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Run folder of the build before: its campaigns keep their ids.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of every random choice.")] = None,
    device: Annotated[Device, typer.Option(help="Where dense kernels run.")] = Device.auto,
    model: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Model of another day, which `linkage train` wrote.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a run folder that is there.")] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="JSON lines on stderr: one a stage, one last.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what went wrong.")] = False,
) -> None:
    """Link the accounts in the tables of IN into campaigns and write a run folder with a report."""
    progress = choose(log_json, quiet)
    try:
        text = _build(source, out, config, previous, seed, device, model, overwrite, progress)
    except BaseException as error:
        progress.close(error=_message(error))
        if log_json:  # it has been told, in JSON; plain text would break the lines
            _traceback_if_wanted(error)
            raise typer.Exit(_exit_code(error)) from error
        raise
    if not quiet:
        say(text)


def _build(
    source: Path,
    out: Path,
    config: Path | None,
    previous: Path | None,
    seed: int | None,
    device: Device,
    model: Path | None,
    overwrite: bool,
    progress: Progress,
) -> str:
    from linkage.settings import read_settings

    settings = read_settings(config, seed=seed)

    from linkage import io, pipeline
    from linkage.closing import closing, summary

    io.check_output(out, overwrite)
    run = pipeline.build(source, settings, previous=previous, model=model, device=device.value, progress=progress)
    with progress.stage("write") as stage:
        run.save(out, overwrite=overwrite)
        pipeline.keep_values(run, settings)
        stage.detail = str(out)
    progress.close(summary(run))
    return closing(run, out, progress.seconds, progress.peak_bytes)


@app.command()
def train(
    source: Annotated[Path, typer.Argument(metavar="IN", help="Folder of tables, or of a run.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="MODEL", help="File to write the model to.")],
    config: Annotated[Path | None, typer.Option("-c", "--config", help="linkage.toml.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of every random choice.")] = None,
    device: Annotated[Device, typer.Option(help="Where dense kernels run.")] = Device.auto,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what went wrong.")] = False,
) -> None:
    """Teach a model on the accounts in the tables, or the run, of IN, to score another day with `build --model`."""
    from linkage.settings import read_settings

    settings = read_settings(config, seed=seed)

    from linkage import pipeline

    progress = choose(False, quiet)
    try:
        figures = pipeline.train(source, out, settings, device=device.value, progress=progress)
    except BaseException as error:
        progress.close(error=_message(error))
        raise
    progress.close()
    if not quiet:
        say(f"{out}: {figures['why']}")


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder that `linkage build` wrote.")],
    truth: Annotated[Path, typer.Option(metavar="FILE", help="Who is what: account_id with campaign or group.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write the JSON to this file too.")] = None,
) -> None:
    """Measure a run against accounts whose operator is known."""
    import json

    from linkage import evaluate as measure
    from linkage import io

    found = measure.evaluate(io.Run.open(folder), measure.read_truth(truth))
    text = json.dumps(found.to_dict(), indent=2)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text + "\n", encoding="utf-8")
    say(text if as_json else measure.render(found))


app.add_typer(commands_explain.app)


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say what this machine offers a build and what is missing. Exit code 0 when `linkage build` can run, else 2."""
    import json

    from linkage.doctor import examine

    found = examine()
    say(json.dumps(found.to_dict(), indent=2) if as_json else _findings(found))
    if not found.can_build:
        raise typer.Exit(2)


def _findings(found: machine.Diagnosis) -> str:
    width = max(len(finding.name) for finding in found.findings)
    lines = []
    for finding in found.findings:
        mark = "ok" if finding.ok and not finding.mend else "--" if finding.ok else "NO"
        lines.append(f"{mark}  {finding.name:{width}}  {finding.found}")
        lines += [f"    {'':{width}}  -> {finding.mend}"] if finding.mend else []
    ready = "`linkage build` can run here." if found.can_build else "`linkage build` cannot run here: see NO above."
    return "\n".join([*lines, "", ready])


commands_report.add(app)
commands_privacy.register(app, say)
commands_serve.register(app, say)


def _assignments(texts: list[str]) -> dict[str, Any]:
    """`campaigns.share=0.05` -> {"campaigns": {"share": 0.05}}; values as in TOML, else plain text."""
    import tomllib

    from linkage.layered import put

    values: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not all(part.strip() for part in key.split(".")):
            raise SettingsError(f"--set {text}: expected KEY=VALUE, such as campaigns.share=0.05")
        try:
            parsed = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            parsed = value.strip()
        put(values, tuple(part.strip() for part in key.split(".")), parsed)
    return values


def _exit_code(error: BaseException) -> int:
    if isinstance(error, KeyboardInterrupt):
        return 130
    return error.exit_code if isinstance(error, LinkageError) else 1


def _message(error: BaseException) -> str:
    """What a person reads. Values of the logs may stand in it: they are escaped."""
    if isinstance(error, LinkageError):
        return "\n".join(printable(line) for line in str(error).split("\n"))
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, OSError) and error.strerror:
        return printable(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    return (
        f"{type(error).__name__}: {printable(error)[:500]}\n"
        "  This is our fault, not yours. Please report it where you got linkage from, with what `linkage doctor` says\n"
        "  and the traceback that LINKAGE_TRACEBACK=1 in the environment shows."
    )


def _traceback_if_wanted(error: BaseException) -> None:
    if os.environ.get("LINKAGE_TRACEBACK", "") not in ("", "0"):
        import traceback

        traceback.print_exception(error)
