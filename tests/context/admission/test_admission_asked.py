from agentforge.context.admission.asked import MOST_WORDS, asked, words_of
from agentforge.context.admission.values import ASKED, Call
from agentforge.context.text import Lines


def test_the_words_of_a_call_come_before_those_of_the_user():
    call = Call(
        "Grep",
        {"pattern": "find_basket|total", "path": "src/shop"},
        'Mend `tax rate` in BasketView, please; see "Zone 3".',
    )
    words = words_of(call)
    assert words[:2] == ("find_basket", "total")
    assert {"src/shop", "shop", "tax rate", "zone 3", "basketview"} <= set(words)
    assert "please" not in words


def test_reminders_and_usual_words_say_nothing():
    call = Call("Bash", {"command": "cat the file"}, "<system-reminder>use `snake_case`</system-reminder> go on")
    assert words_of(call) == ()


def test_words_are_bounded():
    assert len(words_of(Call("x", {"query": " ".join(f"word{at}x" for at in range(999))}))) == MOST_WORDS


def test_the_pieces_with_rare_words_are_found_and_frequent_ones_only_at_first():
    text = "total\n" * 50 + "find_basket\n" + "total\n" * 50
    weights = asked(Lines(text), text, ("total", "find_basket"))
    assert weights == {0: (ASKED, 7), 1: (ASKED, 7), 50: (ASKED, 1)}
