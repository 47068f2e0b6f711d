#!/bin/sh
# Installs the coding agents and MCP servers of clients.txt (npm) and servers.txt (PyPI) into .clients/, and links the
# agents that run into .clients/bin/.
# Install scripts stay off: each agent's program comes ready in its package for this platform.
set -eu

cd "$(dirname "$0")/.."
agents=scripts/clients.txt
servers=scripts/servers.txt
installed=.clients/installed.txt
modules=.clients/node_modules

if cat "$agents" "$servers" | cmp -s - "$installed"; then
    echo "What $agents and $servers name is in .clients/ already."
    exit 0
fi
if ! command -v npm >/dev/null 2>&1; then
    echo "error: npm is not here, and the coding agents are npm packages" >&2
    echo "fix: install Node.js 20 or newer with npm (Debian, Ubuntu: apt install npm; macOS: brew install node)" >&2
    exit 3
fi

python=$(sh scripts/find_python.sh ${PYTHON:+"$PYTHON"})

rm -rf .clients
mkdir -p .clients/bin
# shellcheck disable=SC2046 # one word per line is what we want
npm install --prefix .clients --ignore-scripts --no-audit --no-fund --loglevel=error $(cat "$agents")
# A virtual environment of their own: what the servers need is not for AgentForge to see.
"$python" -m venv .clients/servers
.clients/servers/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$servers"

# link NAME CANDIDATE...: the first candidate that runs becomes .clients/bin/NAME.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
link() {
    name=$1
    shift
    for candidate in "$@"; do
        if [ -x "$candidate" ] && HOME=$home "$candidate" --version >/dev/null 2>&1; then
            ln -s "../../$candidate" ".clients/bin/$name"
            echo "$name $(HOME=$home ".clients/bin/$name" --version 2>/dev/null)"
            return
        fi
    done
    echo "error: $name was installed, but none of its programs runs on this machine: $*" >&2
    exit 3
}
link claude $modules/@anthropic-ai/claude-code-*/claude
link codex $modules/@openai/codex/bin/codex.js
link opencode $modules/opencode-*/bin/opencode

cat "$agents" "$servers" >"$installed"
