"""What all tests share: property tests that try the same examples in every run."""

from hypothesis import settings

# A failure in a run of CI must be one that anybody can repeat. `--hypothesis-profile explore`
# tries others.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("repeatable")
