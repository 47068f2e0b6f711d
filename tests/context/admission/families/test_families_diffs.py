from context.looked_at import look


def diff(files=30):
    return "\n".join(
        f"diff --git a/src/m{at}.py b/src/m{at}.py\nindex 1..2 100644\n--- a/src/m{at}.py\n+++ b/src/m{at}.py\n"
        f"@@ -1,9 +1,9 @@ def f():\n"
        + " same\n" * 20
        + f"-old_{at} = 1\n+new_{at} = 2\n+more_{at} = 3"
        + "\n same" * 20
        for at in range(files)
    )


def test_every_file_is_named_with_its_counts_and_its_first_changes():
    looked = look(diff(), "Bash", {"command": "git diff"})
    assert looked.family == "diff"
    assert "diff of 30 files: src/m0.py +2 -1, src/m1.py +2 -1" in looked.notes
    assert "+new_0 = 2" in looked


def test_conflicts_and_what_is_left_to_do_stay():
    text = diff().replace("+more_29 = 3", "+<<<<<<< HEAD").replace("+more_28 = 3", "+# BUG: wrong for refunds")
    looked = look(text, "Bash", {"command": "git diff"})
    assert "BUG: wrong for refunds" in looked


def test_a_diff_of_usual_length_passes_whole():
    assert not look(diff(5), "Bash", {"command": "git diff"}).admitted.cut
