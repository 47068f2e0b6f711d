"""Source code: imports, an outline with line numbers, remarks that warn, and the parts that were asked for.

A file that is read is often edited next, and an edit must quote it to the letter; each recall costs a whole round trip.
So a file of usual length passes whole, as does a range of lines somebody asked for by number, unless it is very long;
of a long one, the parts that the call or the user names stay whole, and the outline gives the numbers to ask for.

Where `WHOLE` lies was tried with a real client that reads ten files of 8,200 to 11,000 characters, one call each, and
pays for every recall (claude-opus-5-5, list prices): $0.37 whole; cut, $0.22 where a line of every second file is
needed later and $0.28 where one of each is. A cut there saves about $0.018 a file and a recall costs $0.008, so it pays
up to two recalls a file. Between 6,000 and 8,000 one recall would eat the saving: these pass.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final

from agentforge.context.admission.asked import asked, words_of
from agentforge.context.admission.edges import edges, merged
from agentforge.context.admission.values import ASKED, EDGE, ODD, SHAPE, Call, Family, Sketch, Subject, Weight
from agentforge.context.text import count, counted, is_numbered, line_count, piece, piece_at, places, without_numbers

WHOLE: Final = 8_000
"""Characters up to which a file passes whole."""
RANGE: Final = 24_000
"""The same where lines were asked for by number."""
BODY: Final = 60
"""Lines of a named part that stay with it."""
_ALL_SUFFIXES: Final = """
.bash .c .cc .cjs .clj .cpp .cs .css .cxx .dart .erl .ex .exs .go .gradle .graphql .groovy .h .hpp .hs .java
.jl .js .jsx .kt .kts .less .lua .m .mjs .ml .mm .nim .php .pl .proto .ps1 .py .pyi .r .rb .rs .scala .scss
.sh .sql .svelte .swift .tf .ts .tsx .vue .zig .zsh
"""
_SUFFIXES: Final = frozenset(_ALL_SUFFIXES.split())
_READS: Final = re.compile(r"^\s*(?:cat|bat|head|tail|sed -n|nl|less|type|Get-Content)\b[^|;&]*$", re.IGNORECASE)
_RANGED: Final = re.compile(r"sed -n|head -|tail -")
_DEFINES: Final = re.compile(
    r"^\s*(?:@?(?:export|default|public|private|protected|internal|static|abstract|final|sealed|async|pub(?:\([\w:]+\))?"
    r"|unsafe|extern|override|virtual|inline|const|data|open|declare|partial)\s+)*"
    r"(?:def|class|func|function\*?|fn|struct|enum|trait|impl|interface|type|module|namespace|object|record|protocol"
    r"|extension|macro_rules!|defmodule|defp?|sub|proc|CREATE (?:OR REPLACE )?\w+)\b"
    r"|^(?:export\s+)?(?:const|let|var)\s+\w+\s*=\s*(?:async\s*)?(?:\(|function|\w+\s*=>)"
    r"|^\s{0,8}(?:(?:public|private|protected|internal|static|async|override|virtual|final|readonly)\s+)+"
    r"[\w<>\[\],.? ]+\([^;]*$",
)
_IMPORTS: Final = re.compile(r"^\s*(?:import|from|use|using|#include|require|package|extern crate|mod)\b")
_REMARK: Final = re.compile(
    r"\b(?:TODO|FIXME|XXX|HACK|BUG|WARNING|CAUTION|DANGER|SECURITY|DEPRECATED|NOTE)\b\s*[:(!-]|NotImplemented|\bunimplemented!|\btodo!"
)  # the remarks of others
_REMARKS: Final = (
    *("TODO", "FIXME", "XXX", "HACK", "BUG", "WARNING", "CAUTION", "DANGER", "SECURITY", "DEPRECATED", "NOTE"),
    *("NotImplemented", "unimplemented!", "todo!"),
)
"""What is in each of them."""
_CODE: Final = re.compile(
    r"^\s*(?:def|class|import|from|return|if|for|while|func|fn|let|const|var|public|private|#include|//|/\*|\*/?|#|@|self\.|\})"
)
_CODE_ANYWHERE: Final = re.compile(r"[;{}]\s*$|\)\s*:?$|=\s")


def recognises(subject: Subject) -> bool:
    """Whether a source file was read, or nearly all lines look like code."""
    suffix = PurePath(subject.call.path or _last_word(subject.call.command)).suffix.lower()
    lines = subject.sample
    if suffix in _SUFFIXES and (not subject.call.command or _READS.search(subject.call.command)):
        return not (subject.call.pattern and not subject.call.command and not is_numbered(subject.text))
    if not lines or not any(_DEFINES.match(line) for line in subject.unnumbered[:400]):
        return False
    return sum(1 for line in lines if _CODE.match(line) or _CODE_ANYWHERE.search(line)) >= 0.6 * len(lines)


def sketch(subject: Subject) -> Sketch:
    """Parts that were asked for, remarks that warn, the outline, the imports, the head."""
    pieces = subject.pieces
    numbered = is_numbered(subject.text)
    weights: dict[int, Weight] = {}
    outline: list[tuple[int, int]] = []
    remarked = {piece_at(pieces, at) for at in places(_REMARKS, subject.text)}
    for index in range(count(pieces)):
        line = piece(pieces, index).rstrip("\r\n")
        if not line:
            continue
        bare = without_numbers(line) if numbered else line
        indent = len(bare) - len(bare.lstrip())
        if _DEFINES.match(bare):
            outline.append((index, indent))
            weights[index] = SHAPE, indent
        elif _IMPORTS.match(bare) and indent == 0:
            weights[index] = SHAPE, 3
        if index in remarked and _REMARK.search(bare):
            weights[index] = ODD, 0
    words = words_of(subject.call)
    hits = asked(pieces, subject.low, words)
    named = _named(subject, outline, words)
    note = f"source: {counted(line_count(subject.text), 'line')}, {counted(len(outline), 'definition')}"
    return Sketch(
        pieces,
        merged(weights, named, {k: (EDGE, rank) for k, (_, rank) in hits.items()}, edges(pieces, head=12, tail=2)),
        (note,),
    )


def length_that_passes(call: Call) -> int:
    """Characters up to which what a call read passes whole."""
    ranged = "offset" in call.input or "limit" in call.input or "view_range" in call.input
    return RANGE if ranged or _RANGED.search(call.command) else WHOLE


def _named(subject: Subject, outline: list[tuple[int, int]], words: tuple[str, ...]) -> dict[int, Weight]:
    """The definitions whose name was asked for, with their bodies."""
    weights: dict[int, Weight] = {}
    path = subject.call.path.lower()
    wanted = [word for word in words if word not in path]
    for at, (index, indent) in enumerate(outline):
        line = piece(subject.pieces, index).lower()
        if not any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line) for word in wanted):
            continue
        end = next((later for later, deep in outline[at + 1 :] if deep <= indent), count(subject.pieces))
        for rank, inner in enumerate(range(index, min(end, index + BODY))):
            weights[inner] = ASKED, rank
    return weights


def _last_word(command: str) -> str:
    return command.split()[-1].strip("\"'") if command.split() else ""


SOURCE: Final = Family("source", recognises, sketch, length_that_passes, room=2.0)
