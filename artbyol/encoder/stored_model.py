"""A trained model as its file holds it, in numpy: read, and checked against its id, without torch."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artbyol.base.errors import ModelError, StoreMissingError, UsageError
from artbyol.encoder.current import MODEL
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.projection import Projection
from artbyol.storage.atomic import replacing
from artbyol.storage.store import Store, find
from artbyol.storage.tensor_file import Arrays

_FITTED = "projection."
"""How the names of weights begin that are not the backbone's."""


@dataclass(frozen=True)
class StoredModel:
    """What a model's file holds. Its backbone, which is nearly all of it, is read where it is asked for: where a graph
    of it is kept, nobody asks.

    Attributes:
        config: its configuration; `header`: its header.
        projection: features -> style vectors.
    """

    path: Path
    config: EncoderConfig
    header: dict[str, Any]
    projection: Projection

    def weights(self) -> Arrays:
        """All of its weights, by the names of `StyleEncoder`.

        Raises:
            ModelError: damaged, not those its id stands for, or another model's, made this very moment.
        """
        header, weights = MODEL.read(self.path)
        if header["model_id"] != self.header["model_id"]:
            raise ModelError(f"{self.path} was replaced while it was read.", "run the same command again")
        if content_id(weights, header["encoder"]) != header["model_id"]:
            raise self.not_described(ValueError("its id is another"))
        return weights

    def not_described(self, error: Exception) -> ModelError:
        """The error where weights and header are not of one model."""
        return _not_described(self.path, error)


def read_model(path: Path) -> StoredModel:
    """A model from its file.

    Raises:
        ModelError: damaged, or its tensors or its configuration are not those its id stands for.
    """
    header, fitted = MODEL.read(path, within=_FITTED)
    try:
        projection = Projection.of({name.removeprefix(_FITTED): array for name, array in fitted.items()})
        model = StoredModel(path, EncoderConfig.from_dict(header["encoder"]), header, projection)
    except (KeyError, ValueError, TypeError) as error:
        raise _not_described(path, error) from error
    if "checksum" not in header:  # made before there were any: its id says which numbers they are
        model.weights()
    return model


def _not_described(path: Path, error: Exception) -> ModelError:
    message = f"{path} does not hold the model its header describes: {str(error).splitlines()[0]}."
    return ModelError(message, MODEL.remedy)


def model_file(named: Path) -> Path | None:
    """The file of the model that is meant by a path: of a collection, of a store, or a model's own; None: there the
    pretrained default serves, because nothing was trained.

    Raises:
        StoreMissingError: it is none of these.
    """
    if named.is_file():
        return named.absolute()
    store = find(named, named) or find(named)
    if store is None:
        raise StoreMissingError(f"{named} is no model's file, nor a collection or its store.", "artbyol train FOLDER")
    return store.trained_model


def bring_model(file: Path, place: Store) -> None:
    """Give a store a copy of a trained model. Call it while `writing`.

    Raises:
        ModelError: it is damaged. UsageError: the store has another model, which is not replaced.
    """
    model = read_model(file)
    if place.model.exists():
        if MODEL.read_header(place.model)["model_id"] != model.header["model_id"]:
            hint = "embed with that, without --model, or name a store without one: --store DIR"
            raise UsageError(f"The collection {place.folder} has another trained model than {file}.", hint)
        return
    model.weights()  # they are checked
    with replacing(place.model) as temporary:
        shutil.copyfile(file, temporary)


def content_id(weights: Arrays, config: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits of SHA-256 over the weights and the configuration: the same model, the same id."""
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(weights[name].tobytes())
    return digest.hexdigest()[:12]
