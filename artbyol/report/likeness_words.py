"""Where likeness ends, and where on a picture it is, in words."""

from artbyol.search.results import Places, Whereabouts

_ROWS = ("upper", "", "lower")
_COLUMNS = ("left", "", "right")


def where_likeness_ends(kin: int | None, shown: int) -> str:
    """Which of the works shown, the nearest first, are more alike to the query than chance would have them: where that
    is known (`artbyol.search.results.Neighbours.kin`) and not all of them are."""
    if kin is None or kin >= shown:
        return ""
    if not kin:
        return "None of these is kin: among so many works, some come this close by chance."
    first = "The first is kin" if kin == 1 else f"The first {kin:,} are kin"
    return f"{first}: closer than chance brings, one in ten mistakenly. The others come as close by chance."


def where_alike(where: Whereabouts | None) -> str:
    """The places of either picture that are most like the other, as in "upper left, there the middle"."""
    return f"{_place(where.on_query)}, there {_place(where.on_work)}" if where else ""


def _place(places: Places) -> str:
    """The third of a picture's height and of its width in which the place with the highest number is."""
    _, row, column = max((value, -row, -column) for row, line in enumerate(places) for column, value in enumerate(line))
    name = _third(_ROWS, -row, len(places)), _third(_COLUMNS, -column, len(places[0]))
    return " ".join(word for word in name if word) or "the middle"


def _third(names: tuple[str, ...], place: int, places: int) -> str:
    return names[min(2, int(3 * (place + 0.5) / places))]
