"""The command line: parse, call the verb, render. It computes nothing; heavy imports happen inside the commands."""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from artbyol.base.errors import ArtbyolError

HELP = """Find works close in style in your own folder of paintings.

artbyol trains a style encoder on your folder, without labels and without the network, then finds neighbours and
groups by hand and style. Your pictures are only read; everything artbyol makes goes into FOLDER/.artbyol.
"""
EXAMPLES = ("artbyol explore paintings", "artbyol similar paintings/harbour.jpg")
EXIT_CODES = "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (what was done is saved)."

PANELS = {
    "Begin": ("explore", "train", "embed", "merge"),
    "Ask": ("similar", "describe", "between", "path", "compare"),
    "Look": ("open", "gallery", "cluster", "timeline", "outliers"),
    "Curate": ("groups", "duplicates"),
    "Take along": ("export", "tag"),
    "Check": ("info", "doctor", "evaluate"),
}
"""The commands, in the order and under the headings of --help; each stands in a module of its name."""

COMMANDS = tuple(name for names in PANELS.values() for name in names)


class Boundary(TyperGroup):
    """The one place where artbyol's errors become a message, a hint and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # here, where a full disk can still be told from success
            return result
        except ArtbyolError as error:
            from artbyol.cli.console import show_error

            show_error(error)
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt:
            print("\nInterrupted. What was saved is kept; run the same command again to resume.", file=sys.stderr)  # noqa: T201
            raise typer.Exit(130) from None
        except BrokenPipeError:
            # Whoever read our output has enough; Python would complain once more when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except ImportError as error:
            print(f"Error: {error}.\nTry:   artbyol doctor .  # says which packages are not whole", file=sys.stderr)  # noqa: T201
            raise typer.Exit(1) from error
        except OSError as error:
            # The system's own: what we print goes to a full disk, a drive was unplugged.
            where = f" ({error.filename})" if error.filename else ""
            print(f"Error: {error.strerror or error}{where}", file=sys.stderr)  # noqa: T201
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from error


def unwrapped(text: str) -> str:
    """A text with a line for each paragraph: Typer keeps line ends, and Rich breaks lines where the terminal ends."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def epilog(examples: Sequence[str]) -> str:
    """What stands below the options of --help. A paragraph for each example: some versions of Typer join lines."""
    return "\n\n".join(["Examples:", *(f"  {one}" for one in examples), EXIT_CODES])


app = typer.Typer(
    name="artbyol",
    cls=Boundary,
    help=unwrapped(HELP),
    epilog=epilog(EXAMPLES),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"artbyol {version('artbyol')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def register(*commands: str) -> None:
    """Make these commands known. Who asks for one need not wait for all, which takes a twentieth of a second."""
    for name in commands:
        import_module(f"artbyol.cli.{name}")


def main() -> None:
    """Entry point of the `artbyol` command."""
    # Imports make a hundred thousand objects that all stay: looking for garbage among them took an eighth of the time
    # that `similar` takes.
    gc.set_threshold(100_000)
    for stream in (sys.stdout, sys.stderr):
        # Where the encoding lacks a letter (a pipe on Windows), it is written as \u6d77, and the output to its end.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        register(*set(sys.argv[1:2]) & set(COMMANDS) or COMMANDS)
        app()
    except KeyboardInterrupt:  # before any command began
        sys.exit(130)
    finally:
        gc.freeze()  # the last look for garbage took a second of a processor where torch was loaded
