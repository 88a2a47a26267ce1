"""Draw the sample pictures anew: eight subjects in each of eight styles, the same on every run.

python sample_images/draw.py [--output DIR] [--only WORD] [--times N]
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path

import numpy as np
from palettes import PALETTES
from PIL import Image
from scene import Layout
from styles import STYLES, Style
from subjects import SUBJECTS, Subject

SEED = 1917


def sheet_size(style: Style, subject: Subject) -> tuple[int, int]:
    """Width and height of a picture: the subject's own size, stretched a little by the style."""
    stretch = style.stretch**0.5
    return max(512, round(subject.width * stretch)), max(512, round(subject.height / stretch))


def draw(style_number: int, subject_number: int, time: int = 0) -> Image.Image:
    """One picture. Within a style each subject has another palette, within a subject each style has, and each `time`
    it is drawn both palette and scene are others; time 0 is the sample picture."""
    style, subject = STYLES[style_number], SUBJECTS[subject_number]
    rng = np.random.default_rng([SEED + time, style_number, subject_number])
    palette = PALETTES[(subject_number + 3 * style_number + time) % len(PALETTES)]
    width, height = sheet_size(style, subject)
    layout = Layout(subject.scene(width / height, rng), width, height)
    return style.render(layout, palette, rng)


def main() -> None:
    """Draw every picture, or those whose name holds a word."""
    parser = argparse.ArgumentParser(description="Draw the sample pictures anew.")
    here = Path(__file__).resolve().parent
    parser.add_argument("--output", type=Path, default=here, metavar="DIR", help="folder to draw in")
    parser.add_argument("--only", default="", metavar="WORD", help="draw only pictures whose name holds WORD")
    parser.add_argument("--times", type=int, default=1, metavar="N", help="draw each N times, each time differently")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for time, (style_number, style), (subject_number, subject) in product(
        range(options.times), enumerate(STYLES), enumerate(SUBJECTS)
    ):
        name = f"{style.name}_{subject.name}{f'_{time}' if time else ''}.jpg"
        if options.only in name:
            picture = draw(style_number, subject_number, time)
            picture.save(options.output / name, quality=style.quality, optimize=True, progressive=True)


if __name__ == "__main__":
    main()
