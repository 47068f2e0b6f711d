from __future__ import annotations

import pytest

from parcels.numbers import BadNumber, TrackingNumber, is_number, numbers_in


def test_a_number_survives_printing_and_parsing() -> None:
    number = TrackingNumber("KC", "482109375")
    assert TrackingNumber.parse(str(number)) == number
    assert TrackingNumber.parse(number.pretty) == number


@pytest.mark.parametrize(
    "text", ["kc4821093753", "KC 4821 0937 53", "KC-4821-0937-53", " KC4821093753 "]
)
def test_blanks_dashes_and_case_do_not_matter(text: str) -> None:
    assert str(TrackingNumber.parse(text)) == "KC4821093753"


@pytest.mark.parametrize(
    "text", ["", "KC", "K4821093755", "KC482109375", "KC48210937535", "1234567890AB"]
)
def test_what_has_another_shape_is_refused(text: str) -> None:
    with pytest.raises(BadNumber, match="two letters and ten digits"):
        TrackingNumber.parse(text)


def test_a_wrong_check_digit_is_named() -> None:
    with pytest.raises(BadNumber, match="the check digit is 4, not 3"):
        TrackingNumber.parse("KC4821093754")


@pytest.mark.parametrize("position", range(9))
def test_one_wrong_digit_never_passes(position: int) -> None:
    right = "4821093753"
    for digit in set("0123456789") - {right[position]}:
        assert not is_number("KC" + right[:position] + digit + right[position + 1 :])


def test_numbers_are_found_in_running_text_once_each() -> None:
    text = (
        "Where are KC 4821 0937 53 and tw0000000019? KC4821093753 is late, KC4821093754 is a typo."
    )
    assert [str(number) for number in numbers_in(text)] == ["KC4821093753", "TW0000000019"]
