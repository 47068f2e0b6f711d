import json

from agentforge import __version__
from agentforge.faces.cli.entry import main


def test_doctor_prints_a_line_per_check_and_what_to_run(capsys):
    main(["doctor"])
    shown = capsys.readouterr().out
    assert shown.startswith(f"agentforge {__version__}\n")
    assert "ok       python" in shown


def test_doctors_json_says_the_same_and_its_exit_code_whether_something_needs_mending(capsys):
    code = main(["doctor", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert said["version"] == __version__
    assert {"name", "state", "found", "fix"} == set(said["checks"][0])
    assert code == any(check["state"] == "warn" for check in said["checks"])
