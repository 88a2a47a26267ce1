"""The first change of groups in a window keeps them as the pages show them: nothing is grouped again."""

from artbyol.app.pages import Pages
from artbyol.app.works import Known
from artbyol.base.errors import UsageError
from artbyol.grouping.kept import Kept, KeptGroup, KeptWork, default_name
from artbyol.grouping.kept_file import save
from artbyol.storage.store import Store


def keep_as_shown(place: Store, pages: Pages, known: Known, number: int | None) -> dict[int, tuple[int, str]]:
    """Keep the groups of the pages; gives back the id and the name of each, by its number. Call it while `writing`.

    Args:
        number: how many groups are shown; None: those that were found.

    Raises:
        UsageError: the pages do not show so many.
    """
    group = pages.in_groups(number)
    if group is None:
        raise UsageError(f"The pages do not show {number} groups.", "load the page again: it has changed")
    works: list[list[KeptWork]] = [[] for _ in range(max(group, default=0))]
    for id, at in zip(pages.ids, group, strict=True):
        if at and id in known.by_id:  # it may be gone since
            work = known.by_id[id]
            works[at - 1].append(KeptWork(work.path, work.hash))
    groups = tuple(KeptGroup(at, default_name(at), tuple(members)) for at, members in enumerate(works, start=1))
    save(place, Kept(groups, next_id=len(groups) + 1, model_id=pages.model_id))
    return {one.id: (one.id, one.name) for one in groups}
