"""Which model a collection uses, and whether its vectors are that model's. No network is loaded to tell."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from artbyol.base.errors import (
    FolderError,
    ModelError,
    ModelMismatchError,
    StoreFormatError,
    StoreMissingError,
    UsageError,
)
from artbyol.encoder import DEFAULT_BACKBONE
from artbyol.pictures.decode import DECODING_VERSION
from artbyol.pictures.measures.axes import AXES, AXIS_IDS, Axis
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import Store
from artbyol.storage.tensor_file import TensorFormat


class EncoderHeader(TypedDict):
    """What `artbyol.encoder.style_encoder.EncoderConfig` was."""

    backbone: str
    weights: str
    views: dict[str, Any]
    features: str
    dimensions: int | None


class PlanHeader(TypedDict):
    """Of the plan of a training (`artbyol.training.plan.Plan`) what is asked of it later."""

    backbone: str
    weights: str
    recipe: str
    effort: str
    epochs: int
    seed: int
    device: str
    precision: str


class TrainedOn(TypedDict):
    """Whose works a model was trained on."""

    works: int


class ModelHeader(TypedDict):
    """The header of a model's file."""

    model_id: str
    made: str
    plan: PlanHeader
    trained_on: TrainedOn
    encoder: EncoderHeader
    versions: dict[str, str]
    verdict: NotRequired[dict[str, Any] | None]


class StateHeader(TypedDict):
    """The header of a training's state."""

    key: str
    done: int
    total: int


MODEL = TensorFormat(
    "artbyol-model",
    1,
    ModelError,
    "make it anew: artbyol train, then artbyol embed, of the same folder",
    header=ModelHeader,
)
"""The file of a trained model; `artbyol.encoder.model_file` turns it into an encoder."""

TRAINING_STATE = TensorFormat("artbyol-training-state", 1, ModelError, header=StateHeader)
"""What a training that was stopped goes on from; it tells how far it came (`artbyol.training.run`)."""

OF_SQUARES = r"squares-[0-9a-f]{8}\.npy|squares\.safetensors"
OF_A_TRAINING = rf"(classic|projection|layers)\.safetensors|{OF_SQUARES}"
"""Names of the files that lie in the store's `training` folder while one lasts, of artbyols before this one, too."""

BEFORE_VERDICT = (
    "The training was stopped before its verdict. Its steps are done and saved, its model is not written yet. "
    "Run the same train command again to finish it."
)

STATISTICS_VERSION = 2
"""Which numbers `artbyol.encoder.channel_statistics` takes from a network: those of another version are no neighbours
of these."""


@dataclass(frozen=True)
class FrozenChoice:
    """Which backbone the controls read: the model's own, where its training left it as it was, else the default.

    Attributes:
        name, weights: of the backbone, in words.
        of_model: whether it is taken from the model's file.
    """

    name: str
    weights: str
    of_model: bool


def untrained_id() -> str:
    """The id of the pretrained default that nobody has trained, and of the pixels that it sees."""
    seen = f"-d{DECODING_VERSION}" if DECODING_VERSION > 1 else ""  # stores from before the second do not say it
    return f"untrained-{DEFAULT_BACKBONE}-{STATISTICS_VERSION}{seen}"


def features_key(backbone: str, weights: str, device: str, precision: str) -> dict[str, Any]:
    """What decides the channel statistics that are kept between runs: with another key they are made anew."""
    key = {
        "backbone": backbone,
        "weights": weights,
        "statistics": STATISTICS_VERSION,
        "device": device,
        "precision": precision,
    }
    return {**key, "decoding": DECODING_VERSION} if DECODING_VERSION > 1 else key  # as in `untrained_id`


def current_model_id(place: Store) -> str:
    """The id of the model the collection uses now: its trained one, else the pretrained default.

    Raises:
        ModelError: the model file is damaged.
    """
    return id_in(place.trained_model)


def id_in(model: Path | None) -> str:
    """The id of the model in a file, None: of the pretrained default. Raises ModelError: there is none, or damaged."""
    return str(MODEL.read_header(model)["model_id"]) if model else untrained_id()


def left_by_training(place: Store) -> list[Path]:
    """The files of a training that was stopped; not what somebody else has put there."""
    return sorted(path for path in place.training.glob("*") if re.fullmatch(OF_A_TRAINING, path.name))


def unfinished_training(place: Store) -> str | None:
    """What a training that was stopped has left, and how to go on with it, in words; None where there is none."""
    left = left_by_training(place)
    for state in left:
        with suppress(ModelError, StoreFormatError):
            header = TRAINING_STATE.read_header(state)
            if header["done"] == header["total"]:
                return BEFORE_VERDICT
    half_way = "A training was stopped half-way; what it did is saved. Run the same train command again to resume."
    return half_way if left else None


def nothing_embedded(place: Store) -> FolderError:
    """The error for a collection without a single usable picture."""
    return FolderError(f"The collection {place.folder} holds no embedded picture.", place.command("embed"))


def axis_in_use(place: Store, catalogue: Catalogue, axis: Axis) -> str:
    """The id of the vectors that an axis compares: for style those of the model, which must be the current one.

    Raises:
        UsageError: there is no such axis. Otherwise as `all_measured`, and for style
        StoreMissingError: nothing was embedded. ModelMismatchError: trained since. ModelError: damaged model file.
    """
    if axis in AXIS_IDS:
        return all_measured(place, catalogue, AXIS_IDS[axis])
    if axis != "style":
        raise UsageError(f"There is no axis {axis!r}.", f"one of {', '.join(AXES)}")
    held, current = catalogue.model_id, current_model_id(place)
    if held is None:
        raise StoreMissingError(f"Nothing has been embedded yet in {place.folder}.", place.command("embed"))
    if current != held:
        raise model_mismatch(place, held, current)
    return held


def model_mismatch(place: Store, held: str, current: str) -> ModelMismatchError:
    """The error for vectors that are not of the model in use."""
    return ModelMismatchError(
        f"The pictures were embedded by {held}, but the model now is {current}.", place.command("embed")
    )


def all_measured(place: Store, catalogue: Catalogue, measured: str) -> str:
    """This id, once every picture of the collection is known to have its vector.

    Raises:
        StoreMissingError: some were catalogued before artbyol measured this. FolderError: there are no pictures.
    """
    works = catalogue.counts().contents
    if not works:
        raise nothing_embedded(place)
    missing = len(catalogue.missing(measured))
    if missing:
        raise StoreMissingError(
            f"Of {missing:,} of the {works:,} pictures in {place.folder} nothing was measured under {measured!r} yet.",
            place.command("embed"),
        )
    return measured


def backbone_stayed(header: Mapping[str, Any]) -> bool:
    """Whether the backbone of a model with this header is still what its weights' name says. Training on pixels changes
    it; so did an option, gone since, that let a number of upper layers learn, which headers from then name."""
    learnt = header["plan"].get("unfrozen", -1 if header["plan"]["recipe"] == "classic" else 0)
    return bool(learnt == 0)


def frozen_choice(place: Store) -> FrozenChoice:
    """The backbone for the controls of a collection. Reads the model's header only."""
    if place.model.exists():
        header = MODEL.read_header(place.model)
        if backbone_stayed(header):
            named = header["plan"]["weights"] == "pretrained"
            weights = "pretrained" if named else header["encoder"]["weights"]
            return FrozenChoice(header["encoder"]["backbone"], weights, True)
    return FrozenChoice(DEFAULT_BACKBONE, "pretrained", False)
