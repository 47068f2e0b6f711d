from context.looked_at import look


def test_a_process_list_shows_what_stands_out():
    rows = [f"pod-{at:03}     1/1     Running     0     {at % 9}d" for at in range(120)]
    rows[70] = "pod-070     0/1     CrashLoopBackOff     412     3d"
    looked = look(
        "\n".join(["NAME     READY     STATUS     RESTARTS     AGE", *rows]), "Bash", {"command": "kubectl get pods"}
    )
    assert looked.family == "columns"
    assert rows[70] in looked
    assert "NAME     READY" in looked
    assert "STATUS Running 119, CrashLoopBackOff 1" in looked.notes


def test_prose_in_capitals_is_no_table():
    assert look("SOME WORDS IN CAPITALS\n" + "and then words of prose that go on\n" * 60).family != "columns"
