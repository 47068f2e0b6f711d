import pytest

from agentforge.context.admission.values import Call, Subject


@pytest.mark.parametrize(
    ("input", "command", "path", "pattern"),
    [
        ({"command": "ls -l"}, "ls -l", "", ""),
        ({"command": ["bash", "-lc", "ls"]}, "bash -lc ls", "", ""),
        ({"cmd": "ls"}, "ls", "", ""),
        ({"file_path": "/p/a.py"}, "", "/p/a.py", ""),
        ({"filePath": "a.py", "limit": 5}, "", "a.py", ""),
        ({"pattern": "x", "path": "src"}, "", "src", "x"),
        ({"command": 5, "path": None}, "", "", ""),
    ],
)
def test_a_call_tells_what_it_did_whatever_its_client_calls_it(input, command, path, pattern):
    call = Call("tool", input)
    assert (call.command, call.path, call.pattern) == (command, path, pattern)


def test_the_sample_is_of_head_middle_and_tail():
    sample = Subject("\n".join(f"{at} words" for at in range(1_000)), Call()).sample
    assert (sample[0], sample[16], sample[-1]) == ("0 words", "500 words", "999 words")


def test_a_sample_is_looked_at_without_numbers_and_colours():
    subject = Subject("1\t\x1b[31mred\x1b[0m\n2\tblue", Call())
    assert [line.strip() for line in subject.sample] == ["red", "blue"]


def test_lines_alike_but_for_digits_are_found():
    assert Subject("a1\na22\n\nb", Call()).alike == {"a": [0, 1], "": [2], "b": [3]}
    long = "x1" * 700
    assert [index for lines in Subject(f"a1\n{long}\na2", Call()).alike.values() for index in lines][:2] == [0, 8]


def test_small_letters_stand_where_the_large_ones_did():
    subject = Subject("İ ERROR", Call())
    assert len(subject.low) == len(subject.text)
