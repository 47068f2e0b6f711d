from hypothesis import given
from hypothesis import strategies as st

from agentforge.simulate.whatif.references import references, texts_of
from agentforge.wire import Json, Message, Other, Text, Thinking, ToolResult, ToolUse


def test_paths_names_values_and_whole_lines_refer():
    found = references("see src/shop/cart.py: total_price was 1,299.50 in computeTotals, line 4711")
    assert {"src/shop/cart.py", "total_price", "1,299.50", "computeTotals", "4711"} <= found


def test_words_of_the_language_and_short_things_refer_to_nothing():
    assert references("Another function\n12 a_b x/y ok") == set()


def test_a_line_of_a_numbered_listing_is_also_the_line_itself():
    assert "return order.total - order.fee" in references("   12\treturn order.total - order.fee")


def test_the_numbers_within_a_name_are_part_of_it():
    assert references("handle_2026_11") == {"handle_2026_11"}


@given(st.text(max_size=300))
def test_what_a_text_refers_to_stands_in_it(text):
    assert all(reference in text for reference in references(text))


def test_a_long_word_is_read_in_one_go():
    assert references("a" * 2_000_000) == set()


def test_everything_a_message_shows_is_read_and_no_thinking():
    message = Message(
        "user",
        (
            Text("one"),
            Thinking("two"),
            ToolUse("t", "Bash", Json.of({"command": ["three", 4444], "deep": {"in": "five"}})),
            ToolUse("t", "Bash", Json(b"six")),
            ToolResult("t", "seven"),
            ToolResult("t", (Text("eight"),)),
            ToolResult("t"),
            Other("holo", Json(b'"nine"')),
        ),
    )
    assert list(texts_of(message)) == ["one", "three", "4444", "five", "six", "seven", "eight", '"nine"']
