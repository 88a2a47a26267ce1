"""`python -m artbyol`: the command line."""

from artbyol.cli import main

main()
