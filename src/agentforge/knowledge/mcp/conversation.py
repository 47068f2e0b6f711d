"""A conversation with one server, by the official client: greet it, then ask for every list it says it has."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from agentforge.knowledge.mcp.limits import ENTRIES, KEPT, PAGES
from agentforge.knowledge.mcp.listing import prompts_of, resources_of, tools_of
from agentforge.knowledge.mcp.probed import ProbedPrompt, ProbedResource, ProbedTool
from agentforge.knowledge.mcp.tap import LISTS, Tap
from agentforge.wire.errors import OutsideError
from agentforge.wire.jsontext import dump

if TYPE_CHECKING:
    from mcp import ClientSession
    from mcp.client.session import ClientRequestContext
    from mcp_types import ElicitRequestParams, ErrorData, ListRootsResult, PaginatedRequestParams

    Ask: TypeAlias = Callable[[PaginatedRequestParams | None], Awaitable[object]]

RELISTS = 2
"""How often the tools are asked for again when the server says that they changed meanwhile."""


class Refused(OutsideError):
    """The server answered with an error where it had to answer."""


@dataclass(slots=True)
class Heard:
    """What was heard so far; it fills as the conversation goes, so that a hang loses nothing said before it."""

    tools: tuple[ProbedTool, ...] | None = None
    """None: the list is not whole."""
    entries: list[object] = field(default_factory=list)
    """The tools as they came, as far as they came."""
    prompts: tuple[ProbedPrompt, ...] = ()
    resources: tuple[ProbedResource, ...] = ()
    offers_resources: bool = False
    instructions: str = ""
    protocol: str = ""
    program: str = ""
    version: str = ""


def open_session(tap: Tap, streams: Any, *, elicits: bool = True) -> ClientSession:
    """A session with the abilities coding agents have: some servers show more tools to clients that have them."""
    from mcp import ClientSession
    from mcp_types import INVALID_REQUEST, ErrorData, Implementation, ListRootsResult

    async def no_roots(context: ClientRequestContext) -> ListRootsResult | ErrorData:  # noqa: ARG001
        return ListRootsResult(roots=[])

    async def no_answer(context: ClientRequestContext, params: ElicitRequestParams) -> ErrorData:  # noqa: ARG001
        return ErrorData(code=INVALID_REQUEST, message="nobody is here to answer")

    reader, writer = tap.streams(streams)
    return ClientSession(
        reader,
        writer,
        list_roots_callback=no_roots,
        elicitation_callback=no_answer if elicits else None,
        client_info=Implementation(name="agentforge", version="0"),
    )


async def greet(session: ClientSession, tap: Tap, heard: Heard) -> None:
    """Nothing; agrees on a protocol with the server and notes who it is."""
    from mcp import MCPError

    # The handshake first: servers older than `server/discover` answer it with silence or die of it.
    try:
        await session.initialize()
    except MCPError as error:
        if "initialize" not in tap.refused:
            raise
        try:
            await session.discover()
        except MCPError:
            raise Refused(f"refuses to start: {error.error.message}") from error
    said = tap.answers.get("initialize") or tap.answers.get("server/discover") or {}
    info = said.get("serverInfo")
    if session.discover_result is not None and session.server_info is not None:
        info = {"name": session.server_info.name, "version": session.server_info.version}
    heard.program, heard.version = (_text(info, key) for key in ("name", "version"))
    heard.instructions = _text(said, "instructions")
    heard.protocol = _text(said, "protocolVersion") or session.protocol_version or ""


async def list_everything(session: ClientSession, tap: Tap, heard: Heard) -> None:
    """Nothing; asks for tools, prompts, resources and templates, as far as the server says that it has them."""
    said = tap.answers.get("initialize") or tap.answers.get("server/discover") or {}
    offered = said.get("capabilities")
    # Without a word about what it offers, it is asked at least for tools.
    offers = offered if isinstance(offered, dict) else {"tools": {}}
    heard.offers_resources = offers.get("resources") is not None
    if offers.get("tools") is None:
        heard.tools = ()
    else:
        for _ in range(1 + RELISTS):
            tap.tools_changed = False
            heard.entries = []
            await _pages("tools/list", lambda page: session.list_tools(params=page), tap, heard.entries, must=True)
            # In a thread, because the check of many schemas would keep the other servers waiting.
            heard.tools = await to_thread(tools_of, heard.entries, tap.flaw)
            if not tap.tools_changed:
                break
    if offers.get("prompts") is not None:
        prompts: list[object] = []
        await _pages("prompts/list", lambda page: session.list_prompts(params=page), tap, prompts)
        heard.prompts = prompts_of(prompts, tap.flaw)
    if heard.offers_resources:
        resources: list[object] = []
        await _pages("resources/list", lambda page: session.list_resources(params=page), tap, resources)
        heard.resources = resources_of(resources, tap.flaw)
        templates: list[object] = []
        await _pages(
            "resources/templates/list", lambda page: session.list_resource_templates(params=page), tap, templates
        )
        heard.resources += resources_of(templates, tap.flaw, template=True)


async def _pages(method: str, ask: Ask, tap: Tap, entries: list[object], *, must: bool = False) -> None:
    """Nothing; adds the entries of all pages, where the list never ends those up to the limits."""
    from mcp import MCPError
    from mcp_types import METHOD_NOT_FOUND, PaginatedRequestParams
    from pydantic import ValidationError

    said = size = 0
    cursors: set[int] = set()
    cursor: str | None = None
    for _ in range(PAGES):
        refused = ""
        try:
            await ask(PaginatedRequestParams(cursor=cursor) if cursor else None)
        except ValidationError as error:
            refused = _first(error)
        except MCPError as error:
            if method not in tap.refused:
                raise
            if must and not entries:
                raise Refused(f"{method}: {error.error.message}") from error
            if error.code != METHOD_NOT_FOUND:
                tap.flaw(f"{method}: {error.error.message}")
            return
        answer = tap.answers.pop(method, {})
        page = answer.get(LISTS[method])
        if refused:
            tap.flaw(f"strict clients refuse its {method}: {refused}")
        if not isinstance(page, list):
            tap.flaw(f"its {method} has no list")
            return
        said += len(page)
        size += len(dump(page))
        if size <= KEPT:
            entries += page[: ENTRIES - len(entries)]
        if said > ENTRIES or size > KEPT:
            break
        cursor = answer.get("nextCursor")
        if cursor is None or cursor == "":
            return
        if not isinstance(cursor, str):
            tap.flaw(f"its {method} has a cursor that is no text")
            return
        if hash(cursor) in cursors:
            tap.flaw(f"its {method} never ends: a cursor comes again")
            return
        cursors.add(hash(cursor))
    tap.flaw(f"its {method} is endless or very long; what is beyond {len(entries):,} entries was left out")


def _first(error: Exception) -> str:
    """Where the client's strict reading failed first."""
    from pydantic import ValidationError

    assert isinstance(error, ValidationError)
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'][-4:]))}: {first['msg']}"


def _text(value: object, key: str) -> str:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
