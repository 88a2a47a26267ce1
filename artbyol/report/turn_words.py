"""What a turning point may be besides a turn of style, in words."""

from artbyol.grouping.timeline import TurningPoint


def change_of_hands(turn: TurningPoint) -> str:
    """Who ends and who begins at a turn, and what the works of the others say of it; "" where nobody does."""
    sides = (turn.ends, "end"), (turn.begins, "begin")
    said = [f"works by {', '.join(names)} {verb} here" for names, verb in sides if names]
    if not said:
        return ""
    works = f"W{'; '.join(said)[1:]}."
    if turn.within is None:
        return f"{works} Too few artists have works on both sides to tell a turn of style from a change of hands."
    if turn.is_of_hands:
        return (
            f"{works} Artists with works on both sides show no such turn (p = {turn.within:.2f}): the artists changed."
        )
    return f"{works} Yet artists with works on both sides turn as well (p = {turn.within:.3f})."
