from context.looked_at import look


def test_a_crowd_is_shown_by_its_first_line_and_the_rest_by_what_is_unlike_it():
    lines = [f"2026-01-01 10:00:{at % 60:02} served /item/{at} in {at % 30} ms" for at in range(300)]
    lines[100] = "2026-01-01 10:00:40 served /item/100 in 91000 ms"
    lines[200] = "operator logged in"
    looked = look("\n".join(lines))
    assert looked.family == "output"
    assert lines[0] in looked
    assert lines[100] in looked
    assert lines[200] in looked
    assert len(looked.admitted.text) < 700


def test_a_traceback_stays_with_its_frames():
    trace = "Traceback (most recent call last):\n  File \"a.py\", line 3, in f\n    g()\nKeyError: 'price'"
    looked = look("going on\n" * 200 + trace + "\n" + "going on\n" * 200)
    assert trace in looked


def test_head_and_tail_stay():
    lines = [f"{chr(97 + at % 26) * 9} {chr(97 + at // 26) * 9} said" for at in range(400)]
    looked = look("\n".join(lines))
    assert lines[0] in looked
    assert lines[-1] in looked


def test_one_long_line_is_cut_inside():
    looked = look("word " * 1_000 + "ERROR disk gone " + "word " * 1_000)
    assert "ERROR disk gone" in looked
    assert "[characters " in looked
