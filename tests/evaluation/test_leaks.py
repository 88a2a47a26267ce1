"""How far neighbours share a source: among all works, and among those of one label, where only the source is left."""

import numpy as np

from artbyol.evaluation.comparison import Candidate, Task
from artbyol.evaluation.leaks import find_leaks


def test_among_works_of_one_label_the_hand_is_told_from_its_source() -> None:
    n = 240
    generator, hand = np.random.default_rng(0), np.arange(n) // 60
    scanner = np.where(generator.random(n) < 0.9, hand % 2, 1 - hand % 2)  # most works of a hand are from one scanner
    noise = generator.standard_normal((n, 12)).astype(np.float32)
    by_hand, by_both = noise.copy(), noise.copy()
    by_hand[np.arange(n), hand] += 6
    by_both[np.arange(n), hand] += 6
    by_both[:, 6] += 8 * scanner
    rows = np.arange(n)
    candidates = [Candidate("hand", "", by_hand, rows), Candidate("both", "", by_both, rows)]
    candidates.append(Candidate("shape and size", "", by_both, rows, "distance"))
    # The first twenty are not scored; of the next nobody knows the scanner.
    task = Task(rows[20:], tuple(f"painter {one}" for one in hand[20:]), None, np.ones(n - 20, bool), 10, 0)
    said = [None if row == 20 else f"scanner {one}" for row, one in enumerate(scanner)]
    hand_alone, both = find_leaks(candidates, task, {"scanner": said, "format": ["in JPEG"] * n})
    assert [(one.source, one.encoder, one.works) for one in (hand_alone, both)] == [
        ("scanner", "hand", n - 21),
        ("scanner", "both", n - 21),
    ]
    assert hand_alone.overall.beyond.low > 0.2  # who finds the hand finds its scanner
    assert hand_alone.own_label.beyond.low < 0.02 and both.own_label.beyond.low > 0.05


def test_across_hands_only_works_of_others_are_looked_at() -> None:
    rows, scanner = np.arange(40), np.arange(40) % 2
    vectors = np.eye(2, dtype=np.float32)[scanner]
    hands = tuple(f"hand {one}" for one in scanner)
    task = Task(rows, ("movement",) * 40, hands, np.ones(40, bool), 10, 0)
    (found,) = find_leaks([Candidate("model", "", vectors, rows)], task, {"scanner": [str(one) for one in scanner]})
    assert found.overall.share.value == found.overall.chance == 0
