"""What the model sees at this step: settings, transforms and their receipts."""

from agentforge.context.apply import apply
from agentforge.context.find_and_call import CALL, FIND, FoundAndCalled
from agentforge.context.settings import RULES, UNTOUCHED, LazyTools, RecallBy, Settings, settings_of
from agentforge.context.transform import Change, Kept, Kind, Receipt, Role, Run, SessionView, Transform
from agentforge.context.transforms import TRANSFORMS
from agentforge.context.transforms.lazy_tools import lock_tools, searches_tools, tools_behind
from agentforge.context.transforms.results import results_in

__all__ = [
    "CALL",
    "FIND",
    "RULES",
    "TRANSFORMS",
    "UNTOUCHED",
    "Change",
    "FoundAndCalled",
    "Kept",
    "Kind",
    "LazyTools",
    "RecallBy",
    "Receipt",
    "Role",
    "Run",
    "SessionView",
    "Settings",
    "Transform",
    "apply",
    "lock_tools",
    "results_in",
    "searches_tools",
    "settings_of",
    "tools_behind",
]
