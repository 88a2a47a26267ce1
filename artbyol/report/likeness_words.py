"""Where likeness ends, in words."""


def where_likeness_ends(kin: int | None, shown: int) -> str:
    """Which of the works shown, the nearest first, are more alike to the query than chance would have them: where that
    is known (`artbyol.search.results.Neighbours.kin`) and not all of them are."""
    if kin is None or kin >= shown:
        return ""
    if not kin:
        return "None of these is more alike than chance would have it: they are merely the nearest."
    first = "The first is" if kin == 1 else f"The first {kin:,} are"
    return f"{first} more alike than chance would have it, one in ten mistakenly; the others are merely the next."
