"""Benchmarks: each says in its first lines what it needs."""

import argparse


def given(explained: str | None) -> list[str]:
    """What a benchmark without options was given; with --help, what it wants."""
    parser = argparse.ArgumentParser(description=explained, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("given", nargs="*")
    return list(parser.parse_args().given)
