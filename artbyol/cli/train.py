"""`artbyol train`"""

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import NETWORK, VERBOSE, Add, Effort, Exclude, Folder, Seed


@command(
    "artbyol train paintings",
    "artbyol train paintings --effort thorough --recipe brushwork",
    adds=(*NETWORK, *VERBOSE),
    stops=True,
    torchrun=True,
)
def train(
    call: Call,
    folder: Folder,
    effort: Effort = "standard",
    recipe: str = "style",
    backbone: str = "efficientnet_lite0",
    weights: str = "pretrained",
    fresh: bool = False,
    epochs: int | None = None,
    batch_size: int | None = None,
    image_size: int | None = None,
    seed: Seed = 0,
    exclude: Exclude = None,
    add: Add = None,
) -> Answer:
    """Adapt the encoder to FOLDER, without labels.

    Prints the plan before it starts, and ends with a verdict: what it changed, measured without labels on works
    held out from it. An earlier stage, as the untrained encoder, becomes the model where it is better beyond chance.
    Ctrl-C saves; run the same command again to resume. The defaults need no network.

    Options:
        recipe (RECIPE): style: learns from crops and mutual nearest neighbours; overlooks the palette from 200 works
            on. brushwork: the same, with colours changed at random, so that the palette counts less in small
            collections, too. classic: BYOL as published, every layer learning; the one for --weights none.
        backbone (NAME): efficientnet_lite0, efficientnet_lite2, resnet18, resnet34, resnet50, mobilenet_v3_small,
            convnext_tiny, conv4, or timm:NAME for any network timm has. A+B: two that look at the same views, such as
            efficientnet_lite0+timm:vit_base_patch16_clip_quickgelu_224.openai.
        weights (WEIGHTS): pretrained, none (random), or a .safetensors file; with A+B it is that of B.
        fresh: Begin anew even where a stopped run could be resumed.

    Rarely needed:
        epochs (N): Passes over the pictures, instead of what --effort sets.
        batch_size (N): Works per step, instead of what --effort sets.
        image_size (N): Side of the whole work in pixels, instead of what --effort sets.
    """
    from artbyol.cli.render.training import trained

    return Shown(call(artbyol.train), lambda found: trained(found, folder))
