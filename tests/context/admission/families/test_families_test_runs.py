import pytest

from context.looked_at import look

GO = "=== RUN   TestOk{0}\n--- PASS: TestOk{0} (0.00s)\n"
JEST = "  ✓ adds {0} (2 ms)\n"
CARGO = "test tests::adds_{0} ... ok\n"
UNITTEST = "test_adds_{0} (tests.T) ... ok\n"


@pytest.mark.parametrize(
    ("command", "line", "failure", "total"),
    [
        (
            "go test ./...",
            GO,
            "--- FAIL: TestBasket (0.00s)\n    basket_test.go:31: got 3, want 4\n",
            "FAIL\texample/shop\t0.4s\n",
        ),
        (
            "npx jest",
            JEST,
            "  ✕ keeps the basket (4 ms)\n  ● basket keeps\n    expect(received)\n",
            "Tests:       1 failed, 200 passed\n",
        ),
        (
            "cargo test",
            CARGO,
            "test tests::basket ... FAILED\nthread 'tests::basket' panicked at src/lib.rs:9:5:\n",
            "test result: FAILED. 200 passed; 1 failed\n",
        ),
        (
            "python -m unittest",
            UNITTEST,
            "FAIL: test_basket (tests.T)\nAssertionError: 3 != 4\n",
            "FAILED (failures=1)\n",
        ),
    ],
)
def test_the_failures_of_every_runner_are_seen_with_the_totals(command, line, failure, total):
    text = (
        "".join(line.format(at) for at in range(100))
        + failure
        + "".join(line.format(at) for at in range(100, 200))
        + total
    )
    looked = look(text, "Bash", {"command": command})
    assert looked.family == "test run"
    assert all(part in looked for part in failure.strip("\n").split("\n"))
    assert total.strip() in looked
    assert len(looked.admitted.text) < 0.3 * len(text)


def test_a_run_is_known_by_its_lines_alone():
    assert look("tests/a.py::test_one PASSED [  1%]\n" * 100).family == "test run"


def test_names_that_speak_of_errors_are_no_errors():
    text = "".join(f"tests/test_errors.py::test_error_{at} PASSED [ {at % 99}%]\n" for at in range(300))
    looked = look(text + "====== 300 passed in 3s ======", "Bash", {"command": "pytest -v"})
    assert "error" not in looked.notes
    assert len(looked.admitted.text) < 1_000
