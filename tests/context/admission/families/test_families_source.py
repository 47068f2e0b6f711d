import pytest

from agentforge.context import Settings
from agentforge.context.admission import Call, admit
from context.looked_at import look
from context.planted import source_file

SOURCE = source_file().text


def test_a_file_of_usual_length_passes_whole():
    assert not admit(SOURCE[:7_900], Call("Read", {"file_path": "a.py"}), Settings()).cut
    assert admit(SOURCE[:8_100], Call("Read", {"file_path": "a.py"}), Settings()).cut


@pytest.mark.parametrize(
    ("tool", "input"),
    [("Read", {"file_path": "a.py", "offset": 1, "limit": 400}), ("Bash", {"command": "sed -n 1,400p a.py"})],
)
def test_lines_asked_for_by_number_pass_whole_up_to_three_times_as_many(tool, input):
    assert not admit(SOURCE[:23_000], Call(tool, input), Settings()).cut
    assert admit(SOURCE[:25_000], Call(tool, input), Settings()).cut


def test_what_was_named_stays_with_its_body_and_its_line_numbers():
    looked = look(SOURCE, "Read", {"file_path": "prices.py"}, prompt="Is price_44 right?")
    body = SOURCE[SOURCE.index("def price_44") : SOURCE.index("def price_45")]
    assert all(line in looked for line in body.split("\n")[:9])


def test_the_outline_has_classes_before_their_methods():
    text = "".join(f"class Part{at}:\n" + "    def run(self):\n        return 1\n\n" * 30 for at in range(25))
    looked = look(text, "Bash", {"command": "cat parts.py"})
    assert looked.family == "source"
    assert all(f"class Part{at}:" in looked for at in range(25))


@pytest.mark.parametrize(
    "text",
    [
        "export function run(a: number) {\n  return a + 1;\n}\n\n",
        "func Run(a int) int {\n\treturn a + 1\n}\n\n",
        "pub fn run(a: u8) -> u8 {\n    a + 1\n}\n\n",
        "public int run(int a) {\n    return a + 1;\n}\n",
    ],
)
def test_code_is_known_without_the_name_of_its_file(text):
    assert look(text * 40).family == "source"
