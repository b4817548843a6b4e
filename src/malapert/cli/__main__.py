"""`python -m malapert.cli`."""

from malapert.cli import main

main()
