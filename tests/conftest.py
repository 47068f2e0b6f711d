"""One setting for all property tests: no deadline, because no test here depends on the machine's speed."""

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
