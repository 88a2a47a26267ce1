"""The axes on which works can be compared, and the ids under which the catalogue keeps what they measure.

`style` is the model's vector. The others are measured from the pixels by closed formulas: no network, no training, the
same for every collection. The number in an id is raised when the formula changes; `embed` then measures again.
"""

from typing import Final, Literal, get_args

Axis = Literal["style", "brushwork", "palette", "composition", "tone"]

AXES: Final[tuple[Axis, ...]] = get_args(Axis)

AXIS_IDS: Final[dict[Axis, str]] = {
    "brushwork": "brushwork-1",
    "palette": "palette-1",
    "composition": "composition-1",
    "tone": "tone-1",
}
"""Measured axes -> the id of their vectors in the catalogue."""

ATTRIBUTES_ID: Final = "attributes-1"
"""Of the vectors that hold a work's attributes and dominant colours (`artbyol.pictures.measures.attributes`)."""

MEASURED_IDS: Final = (*AXIS_IDS.values(), ATTRIBUTES_ID)
"""Everything measured: what every picture of a catalogue must have besides its style vector."""

STANDARDISED_IDS: Final = frozenset({"brushwork-1", "composition-1", "tone-1"})
"""Axes of features of different kinds: each feature is standardised over the collection before cosines are taken."""
