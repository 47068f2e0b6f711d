"""What there is to know: items, their sources, the catalogue and its search."""

from agentforge.knowledge.catalogue import Catalogue, changed_since
from agentforge.knowledge.claude_listing import deferred_lines, instructions_text
from agentforge.knowledge.frontmatter import Document, read_document
from agentforge.knowledge.items import Activation, Item, Kind, Level, Problem, Server, Setup, Source
from agentforge.knowledge.listing import pieces_of
from agentforge.knowledge.parsed import ParsedFiles
from agentforge.knowledge.pieces import Part, Piece, wire_bytes
from agentforge.knowledge.sizes import Build, Reported, Size, build_for, builds, reported
from agentforge.knowledge.sources import SOURCES, read_setup, read_setups

__all__ = [
    "SOURCES",
    "Activation",
    "Build",
    "Catalogue",
    "Document",
    "Item",
    "Kind",
    "Level",
    "ParsedFiles",
    "Part",
    "Piece",
    "Problem",
    "Reported",
    "Server",
    "Setup",
    "Size",
    "Source",
    "build_for",
    "builds",
    "changed_since",
    "deferred_lines",
    "instructions_text",
    "pieces_of",
    "read_document",
    "read_setup",
    "read_setups",
    "reported",
    "wire_bytes",
]
