"""`python -m grader` is the command `grader`."""

import sys

from grader.cli.entry import main

sys.exit(main())
