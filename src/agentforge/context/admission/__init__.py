"""What of a tool result enters the context: what matters, what was asked for, and a handle to the rest."""

from agentforge.context.admission.admit import admit, closing_handle, closing_line
from agentforge.context.admission.values import Admitted, Call

__all__ = ["Admitted", "Call", "admit", "closing_handle", "closing_line"]
