"""The command line, as `python -m agentforge.faces.cli`."""

import sys

from agentforge.faces.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
