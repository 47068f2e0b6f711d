"""How each client is run once, headless, against a simulated provider, and what of it is private."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from agentforge.faces.cli.headless import URL
from agentforge.faces.cli.witness import NAME

KEY: Final = "sk-ant-dummy-000"
"""No key at all, in a form that clients take for one."""
_SERVER: Final = (sys.executable, "-m", "agentforge.faces.cli.witness")
_NOT_PASSED_ON: Final = re.compile(
    r"(?:ANTHROPIC|OPENAI|GEMINI|GOOGLE)_(?:API_KEY|AUTH_TOKEN|BASE_URL|CUSTOM_HEADERS|UNIX_SOCKET|ORG_ID|PROJECT_ID)"
    r"|ANTHROPIC_(?:BEDROCK|VERTEX|FOUNDRY|AWS).*|CLAUDE_CODE_(?:USE_|SKIP_|OAUTH).*|AWS_BEARER_TOKEN_BEDROCK"
    r"|CLAUDECODE|CLAUDE_(?:PID|EFFORT|PROJECT_DIR|ENV_FILE)|CLAUDE_CODE_(?:ENTRYPOINT|SESSION_ID|SSE_PORT)"
    r"|(?:HTTPS?|ALL|FTP|NO)_PROXY|OPENCODE(?:_CONFIG_CONTENT)?|CODEX_(?:API_KEY|ACCESS_TOKEN)|OTEL_.*",
    re.IGNORECASE,
)
"""Keys and other addresses, what tells a client that it was started by another, and ways around loopback."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a run is to be like."""

    prompt: str
    model: str | None = None
    """None: as the client chooses."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The user's, as the client reads them."""
    bare: bool = False
    """Whether nothing of the user's is there: then the settings are told that choose among the client's own words."""
    witness: bool = False
    """Whether our small server is to be there, and one that fails: clients speak of those too."""
    not_read: str = ""
    """Files it must not take for the project's, as a glob."""


@dataclass(frozen=True, slots=True)
class Start:
    """Words behind the program, and variables."""

    words: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A client, and what is to know about it to run it."""

    program: str
    start: Callable[[Wish], Start]
    env: Mapping[str, str]
    """What it is told in every case."""
    moved: Mapping[str, str]
    """The variables that move its folders, and where in the home these are without them."""
    own: Sequence[str]
    """Where in the home it keeps what is its own."""
    secret: Sequence[str]
    """Files and folders in there, by name, that it need not see: credentials."""
    past: Sequence[str]
    """Those that tell of the past: transcripts, logs, caches."""
    memory: str
    """The name of a file that it always reads."""
    styles: str = ""
    """The project's folder of output styles, if it has such."""
    mends_projects: bool = False
    """Whether it writes into the project by itself when it starts."""


def passed_on(env: Mapping[str, str]) -> dict[str, str]:
    """The user's variables that a client may see."""
    return {name: value for name, value in env.items() if not _NOT_PASSED_ON.fullmatch(name)}


def variables(env: Mapping[str, str], recipe: Recipe) -> dict[str, str]:
    """What a client is told: the user's variables, and ours."""
    here = "127.0.0.1,localhost"
    return {**passed_on(env), "NO_PROXY": here, "no_proxy": here, "GIT_OPTIONAL_LOCKS": "0", **recipe.env}


_CLAUDE: Final = {
    "ANTHROPIC_BASE_URL": URL,
    "ANTHROPIC_API_KEY": KEY,
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
    "MCP_CONNECTION_NONBLOCKING": "0",
    "MCP_CONNECT_TIMEOUT_MS": "60000",
}
_OTHER_ROADS: Final = ("AUTH_TOKEN", "CUSTOM_HEADERS")


_CLAUDES_PARTS: Final = frozenset(
    {
        *("hooks", "enabledPlugins", "extraKnownMarketplaces", "enableAllProjectMcpServers", "enabledMcpjsonServers"),
        *("disabledMcpjsonServers", "statusLine", "subagentStatusLine", "agent", "apiKeyHelper"),
        *("skillUsage", "skillOverrides", "claudeMdExcludes", "autoMemoryDirectory", "awsAuthRefresh"),
    }
)
"""Settings that bring something of the user's, or run something."""
_CODEXS_PARTS: Final = frozenset(
    {
        *("mcp_servers", "projects", "profiles", "model_providers", "model_provider", "notify", "hooks", "otel"),
        *("shell_environment_policy", "developer_instructions", "model_instructions_file", "analytics", "plugins"),
    }
)
_OPENCODES_CHOICES: Final = frozenset({"model", "provider", "tools", "permission", "username"})


def _section(settings: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = settings.get(key)
    return found if isinstance(found, dict) else {}


def _claude(wish: Wish) -> Start:
    # What settings say of the environment is stronger than the environment; what this says is stronger still.
    roads = {f"ANTHROPIC_{name}": "" for name in _OTHER_ROADS}
    roads |= {f"CLAUDE_CODE_USE_{name}": "" for name in ("BEDROCK", "VERTEX", "FOUNDRY")}
    told = {key: value for key, value in wish.settings.items() if wish.bare and key not in _CLAUDES_PARTS}
    said = passed_on(_section(told, "env"))
    if wish.not_read:
        told["claudeMdExcludes"] = [wish.not_read]
    words = ["-p", wish.prompt, "--settings", json.dumps({**told, "env": {**said, **roads, **_CLAUDE}})]
    if wish.model is not None:
        words += ["--model", wish.model]
    if wish.witness:
        there = {"command": _SERVER[0], "args": list(_SERVER[1:])}
        lost = {"command": _SERVER[0], "args": ["-c", ""]}
        words += ["--mcp-config", json.dumps({"mcpServers": {NAME: there, f"{NAME}-lost": lost}})]
    return Start(words)


def _codex(wish: Wish) -> Start:
    provider = (
        f'{{name="simulated",base_url="{URL}/v1",env_key="AGENTFORGE_KEY",wire_api="responses",'
        "supports_websockets=false,request_max_retries=1,stream_max_retries=1}"
    )
    told = dict(_flat({key: one for key, one in wish.settings.items() if wish.bare and key not in _CODEXS_PARTS}))
    told |= {
        "model_provider": '"simulated"',
        "model_providers.simulated": provider,
        "check_for_update_on_startup": "false",
        "analytics.enabled": "false",
        "otel.exporter": '"none"',
    }
    if wish.witness:
        told[f"mcp_servers.{NAME}"] = f"{{command={json.dumps(_SERVER[0])},args={json.dumps(_SERVER[1:])}}}"
    if wish.model is not None:
        told["model"] = json.dumps(wish.model)
    words = ["exec", "--skip-git-repo-check"]
    for name, value in told.items():
        words += ["-c", f"{name}={value}"]
    return Start([*words, wish.prompt])


def _flat(settings: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Settings as Codex takes them one by one: a dotted name and a TOML value."""
    for key, value in settings.items():
        if "." in key:
            # A name with a dot cannot be said this way; such are addresses and folders, which choose no words.
            continue
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        elif isinstance(value, str | bool | int | float | list):
            yield f"{above}{key}", json.dumps(value)


_OPENCODES_MODEL: Final = "anthropic/claude-sonnet-5"
_ALONE: Final = {"autoupdate": False, "share": "disabled"}
_LIMIT: Final = {"limit": {"context": 200_000, "output": 32_000}}


def _opencode(wish: Wish) -> Start:
    told = wish.settings.get("model")
    model = wish.model or (told if isinstance(told, str) else _OPENCODES_MODEL)
    if "/" not in model:
        model = f"anthropic/{model}" if model.startswith("claude") else f"openai/{model}"
    provider, _, name = model.partition("/")
    road: dict[str, Any] = {"options": {"baseURL": f"{URL}/v1", "apiKey": KEY}}
    if provider == "anthropic":
        # It knows the models of the day it was built only.
        road["models"] = {name: _LIMIT}
    kept = {key: value for key, value in wish.settings.items() if wish.bare and key in _OPENCODES_CHOICES}
    providers = _section(kept, "provider")
    road = {**_section(providers, provider), **road}
    config: dict[str, Any] = {
        **kept,
        "autoupdate": False,
        "share": "disabled",
        "provider": {**providers, provider: road},
    }
    if wish.witness:
        config["mcp"] = {NAME: {"type": "local", "command": list(_SERVER), "enabled": True}}
    return Start(["run", "--model", model, wish.prompt], {"OPENCODE_CONFIG_CONTENT": json.dumps(config)})


CLAUDE_CODE: Final = Recipe(
    program="claude",
    start=_claude,
    env=_CLAUDE,
    moved={"CLAUDE_CONFIG_DIR": ".claude"},
    own=(".claude", ".claude.json", ".cache/claude-cli-nodejs", ".cache/claude", ".local/state/claude"),
    secret=(".credentials.json",),
    past=(
        *("todos", "history.jsonl", "file-history", "shell-snapshots", "statsig", "debug", "telemetry", "backups"),
        *("plans", "sessions", "session-env", "ide", "downloads", "paste-cache", "image-cache", "stats-cache.json"),
        *("tasks", "teams", "cache", "logs", "usage-data", "claude-cli-nodejs"),
    ),
    memory="CLAUDE.md",
    styles=".claude/output-styles",
)
CODEX: Final = Recipe(
    program="codex",
    start=_codex,
    env={"AGENTFORGE_KEY": KEY},
    moved={"CODEX_HOME": ".codex"},
    own=(".codex",),
    secret=("auth.json",),
    past=("sessions", "archived_sessions", "log", "logs", "history.jsonl", "tmp", ".tmp", "cache", "shell_snapshots"),
    memory="AGENTS.md",
)
OPENCODE: Final = Recipe(
    program="opencode",
    start=_opencode,
    env={"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"},
    moved={
        "XDG_CONFIG_HOME": ".config",
        "XDG_DATA_HOME": ".local/share",
        "XDG_STATE_HOME": ".local/state",
        "XDG_CACHE_HOME": ".cache",
    },
    own=(".config/opencode", ".local/share/opencode", ".local/state/opencode", ".cache/opencode"),
    secret=("auth.json", "mcp-auth.json"),
    past=("storage", "log", "snapshot", "opencode.db", "tool-output"),
    memory="AGENTS.md",
    mends_projects=True,
)
RECIPES: Final[Mapping[str, Recipe]] = MappingProxyType(
    {"claude-code": CLAUDE_CODE, "codex": CODEX, "opencode": OPENCODE}
)
