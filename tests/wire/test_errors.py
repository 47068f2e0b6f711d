import pickle
import re

import pytest

from agentforge.wire import errors
from agentforge.wire.errors import AgentForgeError, NotJson, WireError

TREE = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, AgentForgeError)]


def drawn():
    """Each class in the drawing of the module's docstring, under its parent."""
    parents, found = {}, []
    for line in errors.__doc__.splitlines():
        if match := re.match(r"( *)[*+-] (\w+)", line):
            depth = len(match[1]) // 2
            parents[depth] = match[2]
            found.append((match[2], parents.get(depth - 1)))
    return found


def test_the_drawing_shows_the_tree_as_it_is():
    real = [(one.__name__, one.__base__.__name__ if one is not AgentForgeError else None) for one in TREE]
    assert sorted(drawn(), key=str) == sorted(real, key=str)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (WireError("it broke"), "it broke"),
        (WireError("it broke", where="$.model"), "$.model: it broke"),
        (NotJson("it broke", fix="mend it"), "it broke (mend it)"),
        (NotJson("it broke", where="line 1", fix="mend it"), "line 1: it broke (mend it)"),
    ],
)
def test_an_error_says_where_what_and_how_to_mend_it_in_one_line(error, line):
    assert str(error) == line


@pytest.mark.parametrize("kind", TREE)
def test_an_error_reaches_another_process_whole(kind):
    error = pickle.loads(pickle.dumps(kind("it broke", where="here", fix="mend it")))
    assert type(error) is kind
    assert (error.what, error.where, error.fix) == ("it broke", "here", "mend it")
