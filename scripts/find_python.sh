#!/bin/sh
# Prints the first Python that can run AgentForge: the one named as an argument, else the first that fits on PATH.
# Each is asked, not trusted by its name: a launcher of that name may exist without the version behind it.
set -u

for python in "$@" python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$python" -c 'import ensurepip, sqlite3, ssl, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "$python"
        exit 0
    fi
    [ $# -gt 0 ] && break
done

echo "error: found no Python 3.11 or newer with venv and sqlite3${1:+ under the name $1}" >&2
echo "fix: install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.13)," >&2
echo "     or name it: make PYTHON=/path/to/python3.13" >&2
exit 1
