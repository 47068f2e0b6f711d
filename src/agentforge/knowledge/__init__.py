"""What there is to know: items, their sources, the catalogue and its search."""

from agentforge.knowledge.catalogue import Catalogue, changed_since
from agentforge.knowledge.frontmatter import Document, read_document
from agentforge.knowledge.items import Activation, Item, Kind, Level, Problem, Server, Setup, Source
from agentforge.knowledge.lines import FileLines, read_lines
from agentforge.knowledge.listing import own_words_left_out, pieces_of
from agentforge.knowledge.parsed import ParsedFiles
from agentforge.knowledge.pieces import Part, Piece, wire_bytes
from agentforge.knowledge.project import Project, look
from agentforge.knowledge.references import Reference, references_in
from agentforge.knowledge.server_listings import (
    deferred_lines,
    description_sent,
    failure_line,
    instructions_text,
    namespace_line,
)
from agentforge.knowledge.sizes import Build, Reported, Size, build_for, builds, reported
from agentforge.knowledge.sources import SOURCES, read_setup, read_setups

__all__ = [
    "SOURCES",
    "Activation",
    "Build",
    "Catalogue",
    "Document",
    "FileLines",
    "Item",
    "Kind",
    "Level",
    "ParsedFiles",
    "Part",
    "Piece",
    "Problem",
    "Project",
    "Reference",
    "Reported",
    "Server",
    "Setup",
    "Size",
    "Source",
    "build_for",
    "builds",
    "changed_since",
    "deferred_lines",
    "description_sent",
    "failure_line",
    "instructions_text",
    "look",
    "namespace_line",
    "own_words_left_out",
    "pieces_of",
    "read_document",
    "read_lines",
    "read_setup",
    "read_setups",
    "references_in",
    "reported",
    "wire_bytes",
]
