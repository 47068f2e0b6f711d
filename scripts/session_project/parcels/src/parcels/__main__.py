"""Lets `python -m parcels` do what `parcels` does."""

import sys

from parcels.cli import main

sys.exit(main())
