"""Settings for all property tests: no deadlines, because no test here depends on the machine's speed.

`pytest --hypothesis-profile=thorough` looks much longer.
"""

from hypothesis import settings

settings.register_profile("house", deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile("house")
