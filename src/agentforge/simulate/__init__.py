"""A truthful simulated provider: it charges, caches and refuses like the real one, and never costs anything."""

from agentforge.simulate.demo import Played, Playthrough, demonstrate, play
from agentforge.simulate.promptcache import AutomaticCache, Charge, PromptCache, Segment
from agentforge.simulate.provider import Exchange, Provider
from agentforge.simulate.reply import Chunk, Reply
from agentforge.simulate.script import Call, Failure, Need, Script, Step, Turn, load_script
from agentforge.simulate.seeker import Tally
from agentforge.simulate.server import Clock, as_plain, serve, serving

__all__ = [
    "AutomaticCache",
    "Call",
    "Charge",
    "Chunk",
    "Clock",
    "Exchange",
    "Failure",
    "Need",
    "Played",
    "Playthrough",
    "PromptCache",
    "Provider",
    "Reply",
    "Script",
    "Segment",
    "Step",
    "Tally",
    "Turn",
    "as_plain",
    "demonstrate",
    "load_script",
    "play",
    "serve",
    "serving",
]
