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


@dataclass(frozen=True)
class StoredModel:
    """What a model's file holds: its configuration, its header, and its weights by the names of `StyleEncoder`."""

    path: Path
    config: EncoderConfig
    header: dict[str, Any]
    weights: Arrays

    def part(self, name: str) -> Arrays:
        """The weights of its "backbone" or of its "projection", by their names there."""
        return {one.removeprefix(f"{name}."): v for one, v in self.weights.items() if one.startswith(f"{name}.")}

    def projection(self) -> Projection:
        """Features -> style vectors. Raises ModelError: its weights are not those of one."""
        try:
            return Projection.of(self.part("projection"))
        except (KeyError, ValueError) as error:
            raise self.not_described(error) from error

    def not_described(self, error: Exception) -> ModelError:
        """The error where weights and header are not of one model."""
        return _not_described(self.path, error)


def read_model(path: Path) -> StoredModel:
    """A model from its file.

    Raises:
        ModelError: damaged, or its tensors or its configuration are not those its id stands for.
    """
    header, weights = MODEL.read(path)
    try:
        # Its id says which numbers they are, also in files made before there were checksums: one id, one model.
        if content_id(weights, header["encoder"]) != header["model_id"]:
            raise ValueError("its id is another")
        return StoredModel(path, EncoderConfig.from_dict(header["encoder"]), header, weights)
    except (ValueError, TypeError) as error:
        raise _not_described(path, error) from error


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
    return store.model if store.model.exists() else None


def bring_model(file: Path, place: Store) -> None:
    """Give a store a copy of a trained model. Call it while `writing`.

    Raises:
        ModelError: it is damaged. UsageError: the store has another model, which is not replaced.
    """
    model_id = read_model(file).header["model_id"]
    if place.model.exists():
        if MODEL.read_header(place.model)["model_id"] != model_id:
            hint = "embed with that, without --model, or name a store without one: --store DIR"
            raise UsageError(f"The collection {place.folder} has another trained model than {file}.", hint)
        return
    with replacing(place.model) as temporary:
        shutil.copyfile(file, temporary)


def content_id(weights: Arrays, config: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits of SHA-256 over the weights and the configuration: the same model, the same id."""
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(weights[name].tobytes())
    return digest.hexdigest()[:12]
