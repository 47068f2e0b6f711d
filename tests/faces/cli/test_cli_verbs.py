from agentforge.faces.cli.verbs import TOPICS, VERBS


def test_every_first_word_of_two_is_explained_and_no_other():
    assert set(TOPICS) == {words.partition(" ")[0] for words in VERBS if " " in words}


def test_a_verb_is_not_also_a_topic():
    assert not set(TOPICS) & set(VERBS)


def test_every_line_of_help_is_a_short_sentence():
    for line in [*TOPICS.values(), *(verb.help for verb in VERBS.values())]:
        assert line[0].isupper()
        assert line.endswith((".", "?"))
        assert len(line) < 70
