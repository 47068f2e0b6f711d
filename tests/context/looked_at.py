"""What admission makes of a text, for the tests of its families."""

from dataclasses import dataclass

from agentforge.context import Settings
from agentforge.context.admission import Admitted, Call, admit
from agentforge.context.admission.families import FAMILIES
from agentforge.context.admission.values import Subject

SMALL = Settings(admit_above=800, admit_to=900)


@dataclass(frozen=True)
class Looked:
    """The family that took a text, and the text as it is shown."""

    family: str
    admitted: Admitted

    def __contains__(self, words: str) -> bool:
        return words in self.admitted.text

    @property
    def notes(self) -> str:
        """Our own words at the top."""
        return self.admitted.text.partition("\n")[0]


def look(text: str, tool: str = "", input: dict[str, object] | None = None, *, prompt: str = "") -> Looked:
    """What becomes of a text in a small room."""
    call = Call(tool, input or {}, prompt)
    return Looked(family_of(text, call), admit(text, call, SMALL))


def family_of(text: str, call: Call) -> str:
    """The first family that takes it."""
    subject = Subject(text, call)
    return next(family.name for family in FAMILIES if family.recognises(subject))
