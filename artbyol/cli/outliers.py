"""`artbyol outliers`"""

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import PATHS, By, Count, Folder, Sheet


@command("artbyol outliers paintings --sheet outliers.pdf", "artbyol outliers paintings -k 30 --by tone", adds=PATHS)
def outliers(call: Call, folder: Folder, k: Count = 12, by: By = "style", sheet: Sheet = None) -> Answer:
    """Find the outliers: the works farthest from the ten works nearest to them, and what sets them apart.

    The score tells how close those ten are: 75 means closer than 75 % of all pairs of works in this collection. For
    most works it is near 100. A * marks an outlier by Tukey's rule. Copies of a work do not count.
    """
    from artbyol.cli.render.search import outliers as show

    return Shown(call(artbyol.outliers), show)
