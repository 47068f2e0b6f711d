from agentforge.context import Change, Kept, Receipt
from agentforge.simulate.whatif.view import View
from agentforge.wire import Message, Text

LONG = "\n".join(f"value_{number} = {number * 1111}" for number in range(40))


def message(text):
    return Message("user", (Text(text),))


def cut(before=LONG, after="value_0 = 0\n[cut]", *, kept=True):
    stored = Kept(before.encode()) if kept else None
    return Receipt("admit", "causal", (Change("messages.0", before, after, "long", stored),))


def shown(*receipts, text="value_0 = 0\n[cut]"):
    view = View()
    view.show([message(text)], receipts)
    return view


def test_what_was_cut_and_is_referred_to_is_recalled():
    (recall,) = shown(cut()).needed([message("It is value_17.")])
    assert recall.asked == {"handle": Kept(LONG.encode()).handle, "pattern": "value_17"}
    assert recall.references == ("value_17",)
    assert "value_17 = 18887" in recall.text


def test_what_stayed_in_view_needs_no_recall():
    assert shown(cut()).needed([message("It is value_0.")]) == []


def test_what_another_message_shows_needs_no_recall():
    view = shown(cut())
    view.show([message("and value_17 = 18887")], [cut()])
    assert view.needed([message("It is value_17.")]) == []


def test_what_was_recalled_is_in_view_from_then_on_with_all_that_its_answer_says():
    view = shown(cut())
    view.needed([message("It is value_17.")])
    assert view.needed([message("It is value_17, which is 18887.")]) == []


def test_what_nobody_ever_said_is_no_recall():
    assert shown(cut()).needed([message("It is value_99.")]) == []


def test_where_nothing_is_cut_nothing_is_looked_for():
    view = shown(text=LONG)
    assert view.needed([message("It is value_17.")]) == []
    assert not view.cuts


def test_two_sources_are_two_recalls_and_one_that_says_both_is_one():
    other = LONG.replace("value", "other")
    both = shown(cut(), cut(other, "[cut]"))
    assert len(both.needed([message("value_17 and other_18")])) == 2
    same = shown(cut(), cut(LONG + "\nmore_text_1 = 1", "[cut]"))
    assert len(same.needed([message("value_17 and value_18")])) == 1


def test_after_a_clearing_only_what_is_shown_again_counts():
    view = shown(cut())
    view.clear()
    assert view.needed([message("It is value_17.")]) == []
    view.show([message("[cut]")], [cut()])
    assert len(view.needed([message("It is value_17.")])) == 1


def test_a_change_that_makes_a_text_shorter_is_a_cut_though_nothing_is_kept():
    assert len(shown(cut(kept=False)).needed([message("It is value_17.")])) == 1
    assert not shown(cut("short", "much longer", kept=False)).cuts


def test_a_recall_gives_back_a_piece_and_no_file():
    wide = "\n".join(f"value_{number} = {'x' * 900}" for number in range(40))
    (recall,) = shown(cut(wide)).needed([message("value_17")])
    assert len(recall.text) < 1_000


def test_signs_that_mean_something_in_a_pattern_are_looked_for_as_they_stand():
    line = "result = [total(a) + (b * c) for a in some.list] | other?"
    (recall,) = shown(cut(f"{LONG}\n{line}\n")).needed([message(line)])
    assert line in recall.text


def test_a_question_is_never_longer_than_a_pattern_may_be():
    lines = [f"line {number} says {'word ' * 60}" for number in range(9)]
    (recall,) = shown(cut("\n".join([*lines, LONG]))).needed([message("\n".join(lines))])
    assert len(recall.asked["pattern"]) <= 400
    assert len(recall.references) == 9
