"""`artbyol open`"""

from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import NETWORK, Folder


@command("artbyol open paintings", "artbyol open paintings --no-browser", adds=NETWORK, lasting=True)
def open(call: Call, folder: Folder, port: int = 0, *, browser: bool = True) -> Answer:
    """Open FOLDER in the browser: its gallery, and everything that can be done with what is seen there.

    Drop a picture on it to find its kin; star, note and choose works; name, merge and split groups; take works along.
    Only this machine can reach it. Ctrl-C ends it; opened twice, the second joins the first.

    Options:
        port (N): The port; default: any that is free.
        browser (--browser/--no-browser): Open the browser, or only print the address.
    """
    from artbyol.app.serving import Served, serve
    from artbyol.cli.console import asked, on_terminal, remark
    from artbyol.cli.output import write_json

    def ready(served: Served) -> None:
        if asked.json:
            write_json(served)
        else:
            print(served.address, flush=True)  # noqa: T201
        if served.joined:
            remark("The collection is open already; this is its address.")
        elif on_terminal():
            remark("Ctrl-C ends it.")

    return Shown(call(serve, browser=browser, ready=ready), lambda served: None, told=True)
