"""The audit of a request that a client really sent: the usual report, and every byte of it is in one part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from agentforge.audit.attribution import Owner, Owners, Recorded, Share, attribute
from agentforge.audit.findings import Evidence, Observed, find
from agentforge.audit.report import ENVIRONMENT, UNATTRIBUTED, Category, Part, Report, Sent, bill, weigh_together
from agentforge.audit.static import audit_setup
from agentforge.knowledge import Item, Kind, Setup, build_for, instructions_text, pieces_of
from agentforge.knowledge.mcp import Probed, tool_name
from agentforge.tokens import Count, Counter, counter_for, model
from agentforge.transcripts import UsageReport
from agentforge.wire import decode_request, guess_dialect
from agentforge.wire.errors import NotThisDialect
from agentforge.wire.jsontext import parse_object

_CATEGORIES: Final[Mapping[Kind, Category]] = MappingProxyType(
    {
        "memory": "memory",
        "rule": "memory",
        "persona": "personas",
        "skill": "skills and commands",
        "command": "skills and commands",
        "output_style": "system prompt",
        "hook": "environment",
    }
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known about how a request came to be."""

    prompt: str
    """What was typed."""
    version: str = ""
    """Of the client."""
    isolated: bool = False
    facts: Sequence[str] = ()
    """What stands around the client and may be told: the state of git, say."""
    in_git: bool = False
    now: float = 0
    """Seconds since 1970."""


def audit_request(
    setup: Setup,
    real: Recorded,
    bare: Recorded,
    around: Surroundings,
    *,
    env: Mapping[str, str],
    probed: Sequence[Probed] = (),
    usage: UsageReport | None = None,
    observed: Observed | None = None,
) -> Report:
    """What a client's first request really holds, part by part, and what to do about it.

    `bare` is what the same client sends with nothing of the user's. `probed`: servers as they answered, if they were
    asked: the request itself tells whose tools it brings. `observed`: what was looked up for the findings.
    """
    dialect = guess_dialect(real.body)
    if dialect is None:
        raise NotThisDialect("the client sent a body that is no request of a dialect AgentForge knows", where="$")
    request = decode_request(dialect, real.body)
    chosen, counter = request.model, counter_for(request.model)
    build = build_for(setup.client, chosen)
    told = setup.settings.get("env")
    env = {**env, **{key: str(value) for key, value in (told if isinstance(told, dict) else {}).items()}}
    items = {item.id: item for item in setup.items}
    texts = [(_owner_of(piece.item), piece.text) for piece in pieces_of(setup, build, env, now=around.now)]
    texts += _loose(setup, {owner.item for owner, _ in texts})
    texts += _served(setup, probed)
    texts += ((Owner("environment", "this machine", ENVIRONMENT), fact) for fact in around.facts)
    owners = Owners(
        texts=texts,
        of_tool=_Servers(setup).of_tool,
        of_server={server.name: _speaker(setup, server.name) for server in setup.servers},
        of_hook=_Hooks(setup).of_event,
        prompt=around.prompt,
    )
    shares = attribute(real, bare, owners)
    parts = tuple(_parts(shares, counter))
    static = audit_setup(setup, env=env, model_id=chosen, probed=probed, in_git=around.in_git, now=around.now)
    # What hooks and servers say is in no file; JSON's own signs are in no prediction.
    readable = {item.id for item in setup.items if item.kind != "hook"}
    strange = sum(part.bytes for part in parts if part.source == UNATTRIBUTED)
    report = Report(
        client=setup.client,
        model=chosen,
        window=static.window,
        measured="",
        parts=parts,
        bill=bill(sum(part.count.value for part in parts), model(chosen)),
        problems=setup.problems,
        sent=Sent(
            version=around.version,
            bytes=len(real.body),
            attributed=1 - strange / len(real.body),
            from_files=sum(one.end - one.start for one in shares if one.text and one.owner.item in readable),
            predicted=sum(part.bytes for part in static.parts if part.item in readable),
            isolated=around.isolated,
        ),
    )
    shown = tuple((part, items[part.item]) for part in parts if part.item in items)
    return replace(report, findings=find(Evidence(setup, report, shown, usage, observed or Observed())))


def _owner_of(item: Item) -> Owner:
    return Owner(_CATEGORIES.get(item.kind, "environment"), item.name, str(item.source), item.id)


def _loose(setup: Setup, shown: set[str]) -> Iterator[tuple[Owner, str]]:
    """What items say that should not be in view, or not in full, in case they are."""
    for item in setup.items:
        if item.kind in ("persona", "skill", "command") and item.description:
            yield _owner_of(item), item.description
        elif item.kind in ("memory", "rule", "output_style") and item.id not in shown:
            yield _owner_of(item), item.body


def _speaker(setup: Setup, name: str) -> Owner:
    server = next(server for server in setup.servers if server.name == name)
    return Owner("MCP instructions", name, str(server.source))


def _served(setup: Setup, probed: Iterable[Probed]) -> Iterator[tuple[Owner, str]]:
    for row in probed:
        yield _speaker(setup, row.server.name), instructions_text(row.server.name, row.instructions)


class _Servers:
    """Whose a tool is, by its name."""

    def __init__(self, setup: Setup) -> None:
        found = {tool_name(server.name, "", setup.client): server for server in setup.servers}
        self.prefixes = sorted(found.items(), key=lambda pair: -len(pair[0]))

    def of_tool(self, name: str) -> Owner | None:
        """The server whose tool has that name, or whose namespace it is."""
        if not name or " " in name:
            return None
        for prefix, server in self.prefixes:
            if name.startswith(prefix) or name == prefix.removesuffix("__"):
                source = server.source
                return Owner("MCP tools", name, str(source), f"{source.client}:tool:{source.scope}:{name}")
        return None


class _Hooks:
    """Whose hook speaks."""

    def __init__(self, setup: Setup) -> None:
        self.hooks: dict[str, list[Item]] = defaultdict(list)
        for item in setup.items:
            if item.kind == "hook":
                self.hooks[str(item.extra.get("event"))].append(item)

    def of_event(self, event: str) -> Owner | None:
        """The hook of that event; where there are several, all of them, because a request does not say which spoke."""
        hooks = self.hooks.get(event, [])
        if len(hooks) == 1:
            return _owner_of(hooks[0])
        if not hooks:
            return None
        places = ", ".join(dict.fromkeys(str(hook.source) for hook in hooks))
        return Owner("environment", f"{len(hooks):,} hooks on {event}", places)


def _parts(shares: Iterable[Share], counter: Counter) -> Iterator[Part]:
    groups: dict[Owner, list[Share]] = defaultdict(list)
    for share in shares:
        groups[share.owner].append(share)
    for owner, group in groups.items():
        size = sum(share.end - share.start for share in group)
        text = "".join(share.text for share in group)
        is_tool = owner.category in ("built-in tools", "MCP tools") and text.startswith("{")
        count = _tool(text, counter) if is_tool else counter.text(text)
        yield Part(owner.category, owner.name, size, count, owner.source, owner.item)


def _tool(raw: str, counter: Counter) -> Count:
    """A definition, weighed as its three texts and the provider's own frame around them."""
    members = parse_object(raw.encode())
    inner = members.get("function")
    members = parse_object(inner) if inner else members
    texts = [members.get(key, b"").decode() for key in ("name", "description", "input_schema", "parameters")]
    frame = Count(counter.family.tool, "estimated", counter.model, 0.0)
    return weigh_together((*(counter.text(text) for text in texts if text), frame), counter.model)
