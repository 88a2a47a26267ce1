"""`artbyol train`"""

from __future__ import annotations

from typing import Annotated

import typer

from artbyol.cli import app
from artbyol.cli.options import (
    Device,
    EffortDial,
    Folder,
    Json,
    MaxMegapixels,
    Precision,
    Quiet,
    Seed,
    StoreDir,
    pixels,
)

Backbone = Annotated[
    str,
    typer.Option(
        help=(
            "efficientnet_lite0, efficientnet_lite2, resnet18, resnet34, resnet50, mobilenet_v3_small, "
            "convnext_tiny, conv4, or timm:NAME for any network timm has."
        )
    ),
]
Weights = Annotated[str, typer.Option(help="pretrained, none (random), or a .safetensors file.")]
Recipe = Annotated[
    str,
    typer.Option(
        help=(
            "style: keeps brushwork and palette, and learns from mutual nearest neighbours. brushwork: the same, "
            "with colours changed at random so that the palette counts less. classic: BYOL as published, every "
            "layer learning; the one for --weights none."
        )
    ),
]
Epochs = Annotated[int | None, typer.Option(help="Passes over the pictures, instead of what the dial says.")]
BatchSize = Annotated[int | None, typer.Option(help="Works per step, instead of what the dial says.")]
ImageSize = Annotated[int | None, typer.Option(help="Side of the whole work in pixels, instead of what the dial says.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin anew even where a stopped run could be resumed.")]


@app.command()
def train(
    folder: Folder,
    backbone: Backbone = "efficientnet_lite0",
    weights: Weights = "pretrained",
    recipe: Recipe = "style",
    effort: EffortDial = "standard",
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    image_size: ImageSize = None,
    seed: Seed = 0,
    device: Device = "auto",
    precision: Precision = "auto",
    max_megapixels: MaxMegapixels = 500,
    fresh: Fresh = False,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Adapt the encoder to FOLDER, without labels.

    Prints the plan before it starts, and ends with a verdict: whether training helped, judged without labels on works
    held out from it. The stage that did best, the untrained encoder included, becomes the model. Ctrl-C saves; the same
    command goes on from there. The defaults need no network.
    """
    from artbyol.cli.console import watching
    from artbyol.cli.interrupt import stoppable
    from artbyol.cli.output import write_json
    from artbyol.cli.summaries import trained
    from artbyol.cli.together import follows
    from artbyol.verbs.train import train as run

    if follows(device, precision):
        return
    with stoppable() as stop, watching(quiet) as listener:
        report = run(
            folder,
            store=store,
            backbone=backbone,
            weights=weights,
            recipe=recipe,
            effort=effort,
            epochs=epochs,
            batch_size=batch_size,
            image_size=image_size,
            seed=seed,
            device=device,
            precision=precision,
            max_pixels=pixels(max_megapixels),
            fresh=fresh,
            listener=listener,
            stop=stop,
        )
    if json:
        write_json(report)
    else:
        trained(report, folder)
