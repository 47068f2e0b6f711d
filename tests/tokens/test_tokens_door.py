import agentforge.tokens as tokens


def test_the_door_opens_what_it_names() -> None:
    assert all(hasattr(tokens, name) for name in tokens.__all__)
    assert len(set(tokens.__all__)) == len(tokens.__all__)


def test_the_door_says_in_one_line_what_the_room_is() -> None:
    assert tokens.__doc__
    assert "\n" not in tokens.__doc__.strip()


def test_the_door_has_no_name_that_says_too_little() -> None:
    assert {"dump_calibration", "load_calibration"} <= set(tokens.__all__)
    assert not {"dump", "load"} & set(tokens.__all__)
