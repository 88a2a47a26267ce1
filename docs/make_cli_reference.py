"""Write docs/cli.md from the commands themselves: `python docs/make_cli_reference.py`.

The words are those of `--help`, taken from where the commands declare them, and laid out here: what Typer and Rich
print differs from version to version and from terminal to terminal, this file must not. tests/test_docs.py compares.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from typer.models import ArgumentInfo, CommandInfo, OptionInfo

from artbyol import cli

TARGET = Path(__file__).resolve().parent / "cli.md"
WIDTH = 88
COLUMN = 26  # where the explanations begin

HEAD = """# The command line

<!-- Written by docs/make_cli_reference.py; do not edit. -->

{help}

{panels}

Every command knows `--help` (or `-h`) and ends with one of these exit codes:

| Code | Meaning |
| --- | --- |
| 0 | done |
| 1 | failed; the message says why and, where there is a remedy, what to try. Also: `doctor` found something wrong |
| 2 | wrong usage: an unknown option, a value out of range |
| 130 | interrupted by Ctrl-C; what was done is saved |

Answers go to standard output, everything else (progress, remarks, errors) to standard error. On a terminal answers
are tables; in a pipe they are lines with tabs between the fields. `--json` gives everything there is to know.

`artbyol` itself has these options:

```
{options}
```
"""

COMPLETION = (
    ("--install-completion", "Install completion for the current shell."),
    ("--show-completion", "Show completion for the current shell, to copy it or customize the installation."),
)
HELP_OPTION = ("--help, -h", "Show this message and exit.")


def reference() -> str:
    """The whole document."""
    cli.register(*cli.COMMANDS)
    callback = cli.app.registered_callback
    assert callback is not None and callback.callback is not None
    options = [*(entry for _, entry in _options(callback.callback)), *COMPLETION, HELP_OPTION]
    panels = [
        f"- **{panel}**: {', '.join(f'[{name}](#artbyol-{name})' for name in names)}"
        for panel, names in cli.PANELS.items()
    ]
    listed = "\n".join(_entry(*option) for option in options)
    head = HEAD.format(help=_wrapped(cli.app.info.help), options=listed, panels="\n".join(panels))
    return "\n".join([head, *map(_section, cli.app.registered_commands)])


def _wrapped(text: Any) -> str:
    return "\n\n".join(textwrap.fill(paragraph, 118) for paragraph in str(text).split("\n\n"))


def _section(command: CommandInfo) -> str:
    assert command.callback is not None
    name = command.callback.__name__
    arguments = list(_arguments(command.callback))
    usage = " ".join(["artbyol", name, "[OPTIONS]", *(label for label, _ in arguments)])
    panels: dict[str | None, list[tuple[str, str]]] = {None: []}
    for panel, option in _options(command.callback):
        panels.setdefault(panel, []).append(option)
    panels[None].append(HELP_OPTION)
    blocks = ["\n".join(_entry(*argument) for argument in arguments)]
    for panel, options in panels.items():
        blocks.append("\n".join([*([f"  {panel}:"] if panel else []), *(_entry(*option) for option in options)]))
    *examples, _ = str(command.epilog).split("\n\n")
    blocks.append(textwrap.indent("\n".join(examples), "  "))
    listed = "\n\n".join(blocks)
    return f"## artbyol {name}\n\n    {usage}\n\n{_wrapped(command.help)}\n\n```\n{listed}\n```\n"


def _parameters(command: Callable[..., Any]) -> Iterator[tuple[Any, Any, Any]]:
    """Type, declaration and default of each parameter, in the order of --help."""
    hints = get_type_hints(command, include_extras=True)
    for name, parameter in inspect.signature(command).parameters.items():
        kind, *declared = get_args(hints[name])
        yield kind, declared[0], parameter.default


def _arguments(command: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    for _, declared, _ in _parameters(command):
        if isinstance(declared, ArgumentInfo):
            yield str(declared.metavar), str(declared.help)


def _options(command: Callable[..., Any]) -> Iterator[tuple[str | None, tuple[str, str]]]:
    """The panel of each option, and its entry: names and explanation."""
    parameters = inspect.signature(command).parameters
    for parameter, (kind, declared, default) in zip(parameters, _parameters(command), strict=True):
        if not isinstance(declared, OptionInfo):
            continue
        # In an Annotated type the first name stands where otherwise the default stands.
        names = [one for one in (declared.default, *(declared.param_decls or ())) if str(one).startswith("-")]
        names = names or ["--" + parameter.replace("_", "-")]
        names.sort(key=lambda one: not one.startswith("--"))  # the long name first, as people look for it
        said = [str(declared.help)]
        if declared.envvar:
            said.append(f"[env var: {declared.envvar}]")
        if default is inspect.Parameter.empty:
            said.append("[required]")
        elif default is not None and default is not False:
            said.append(f"[default: {default}]")
        yield declared.rich_help_panel, (f"{', '.join(names)} {_value(kind, declared)}".strip(), " ".join(said))


def _value(kind: Any, declared: OptionInfo) -> str:
    """What an option expects after its name."""
    if declared.metavar:
        return str(declared.metavar)
    if get_origin(kind) is Literal:
        return "|".join(get_args(kind))
    some = [one for one in get_args(kind) or (kind,) if one is not type(None)]
    return {bool: "", int: "N", float: "N"}.get(some[0], "TEXT")


def _entry(label: str, said: str) -> str:
    """One option, its explanation wrapped beside or below it."""
    lines = textwrap.wrap(said, WIDTH - COLUMN)
    first = f"  {label}"
    if len(first) > COLUMN - 2:
        return "\n".join([first, *(" " * COLUMN + line for line in lines)])
    return "\n".join([f"{first:<{COLUMN}}{lines[0]}", *(" " * COLUMN + line for line in lines[1:])])


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
