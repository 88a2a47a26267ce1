"""What all commands share: the options said once, who listens, Ctrl-C, and how an answer is printed.

A command is a function: its parameters are its options, it calls its verb, and its answer says how to show what was
found. `command` makes a Typer command of it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from inspect import Parameter
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, get_type_hints

from typer import Argument, Exit, Option
from typer.core import TyperCommand

from artbyol.base.errors import UsageError
from artbyol.cli import PANELS, app, epilog, unwrapped
from artbyol.cli.options import ALWAYS, OUTPUT, RARE, pixels, with_standard_input

if TYPE_CHECKING:
    from artbyol.report.csv_rows import Table

T = TypeVar("T")


@dataclass(frozen=True)
class Shown(Generic[T]):
    """What a command found, and how to print it.

    Attributes:
        found: the verb's result, for --json.
        show: prints it for a person.
        paths: for --paths and -0, relative to `found.folder`; None: those of the works found.
        csv: where it was asked for on standard output.
        failed: the command ends with exit code 1, though it answers.
        told: everything was printed while it ran.
    """

    found: T
    show: Callable[[T], None]
    paths: Iterable[bytes] | None = None
    csv: Table | None = None
    failed: bool = False
    told: bool = False


Answer = Shown[Any]


@dataclass(frozen=True)
class Call:
    """Calls a verb with a command's options.

    Attributes:
        options: arguments of the verb, by name. One that was not given (None) is left to the verb's own default.
    """

    options: dict[str, Any]

    def __call__(self, verb: Callable[..., T], **made: Any) -> T:
        """What the verb finds. `made`: arguments that the command has made of its options itself."""
        return verb(**{name: value for name, value in self.options.items() if value is not None} | made)


class OneChange(TyperCommand):
    """A command whose options are things to do: of one that is given twice only the last would be done."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        *_, given = self.make_parser(ctx).parse_args(args=list(args))
        for option in given:
            if option.param_type_name == "option" and given.count(option) > 1:
                raise UsageError(f"{option.opts[0]} is given twice.", "one change per command, one after the other")
        return super().parse_args(ctx, args)


def command(
    *examples: str,
    adds: Sequence[Parameter] = (),
    stops: bool = False,
    torchrun: bool = False,
    lasting: bool = False,
    kind: type[TyperCommand] = TyperCommand,
) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Make a function the command of its name.

    Its first parameter is a `Call`. Those before `*` are options that go to the verb, under the same names; those after
    it are for the command alone. Its docstring becomes the text of --help, and below headings as "Options:" it says of
    each parameter that has no annotation from `artbyol.cli.options` what it means: `name (--long -s METAVAR): help`.

    Args:
        examples: lines for --help that can be pasted into a shell.
        adds: options of `artbyol.cli.options` to be added, besides those that every command has.
        stops: Ctrl-C makes the verb stop at its next safe point.
        lasting: it goes on until somebody ends it.
        torchrun: torchrun may start several processes of it, which work together.
        kind: what it becomes, to parse its options in a way of its own.
    """

    def register(body: Callable[..., Answer]) -> Callable[..., Answer]:
        text, explained = _read(inspect.getdoc(body) or "")
        kinds = get_type_hints(body, include_extras=True)
        own = [
            _declare(p, kinds[p.name], *explained[p.name])
            if p.name in explained
            else p.replace(annotation=kinds[p.name])
            for p in list(inspect.signature(body).parameters.values())[1:]
        ]
        passed = {p.name for p in own if p.kind is not Parameter.KEYWORD_ONLY}

        def run(**given: Any) -> None:
            from artbyol.cli.console import asked, watching
            from artbyol.cli.interrupt import follows, stoppable

            if torchrun and follows(given["device"], given["precision"]):
                return
            asked.header, asked.json, asked.store = given["header"], given["json"], given["store"]
            given |= {name: with_standard_input(value) for name, value in given.items() if isinstance(value, list)}
            options = {name: given[name] for name in passed | ({"store", "device", "precision"} & given.keys())}
            if "max_megapixels" in given:
                options["max_pixels"] = pixels(given["max_megapixels"])
            verbose = given.get("verbose", False)
            with (
                stoppable() if stops else nullcontext() as stop,
                watching(given["quiet"], verbose, lasting=lasting) as listener,
            ):
                call = Call(options | {"listener": listener, "stop": stop})
                answer = body(call, **{p.name: given[p.name] for p in own})
            if not answer.told:
                _print(answer, given)
            if answer.failed:
                raise Exit(1)

        parameters = sorted((p.replace(kind=Parameter.KEYWORD_ONLY) for p in (*own, *adds, *ALWAYS)), key=_panel)
        run.__name__ = body.__name__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what Typer reads
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        panel = next(panel for panel, names in PANELS.items() if body.__name__ in names)
        app.command(cls=kind, help=unwrapped(text), epilog=epilog(examples), rich_help_panel=panel)(run)
        return body

    return register


def _read(docstring: str) -> tuple[str, dict[str, tuple[str, str, str]]]:
    """A docstring -> its text; and of each parameter that it explains, its usage, its meaning and its heading."""
    text, *sections = re.split(r"\n\n(?=(?:Options|Output|Rarely needed):\n)", docstring)
    explained = {}
    for section in sections:
        heading, entries = section.split(":\n", 1)
        for entry in re.split(r"\n(?=    \S)", entries):
            names, meaning = entry.split(": ", 1)
            name, _, usage = names.strip().rstrip(")").partition(" (")
            explained[name] = usage, meaning, heading
    return text, explained


def _declare(parameter: Parameter, kind: Any, usage: str, meaning: str, heading: str) -> Parameter:
    """A parameter as Typer reads it: one that must be given and has no names of its own is an argument."""
    names = [word for word in usage.split() if word.startswith("-")]
    more: dict[str, Any] = {
        "metavar": " ".join(word for word in usage.split() if not word.startswith("-")) or None,
        "help": " ".join(meaning.split()),
        "rich_help_panel": None if heading == "Options" else heading,
    }
    if names or parameter.default is not Parameter.empty:
        names = names or ["--" + parameter.name.replace("_", "-")]  # spelt out, so that Typer adds no --no-…
        return parameter.replace(annotation=Annotated[kind, Option(*names, **more)])
    return parameter.replace(annotation=Annotated[kind, Argument(**more)])


def _panel(parameter: Parameter) -> int:
    """Where a parameter stands in --help: its panel's place."""
    return (None, OUTPUT, RARE).index(parameter.annotation.__metadata__[0].rich_help_panel)


def _print(answer: Answer, given: dict[str, Any]) -> None:
    """The answer on standard output, as the options ask."""
    from artbyol.cli.output import write_csv, write_json, write_paths

    if answer.csv:
        write_csv(answer.csv)
    if given["json"]:
        write_json(answer.found)
    elif given.get("paths") or given.get("null"):
        paths = [one.path for one in answer.found] if answer.paths is None else answer.paths
        write_paths(answer.found.folder, paths, b"\0" if given["null"] else b"\n")
    elif not answer.csv:
        answer.show(answer.found)
