import base64
import hashlib
import json
import random
import re
import string
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentforge.ledger import redact
from agentforge.ledger.redact import may_hold_secrets, redact_value

SALT = b"s" * 32
MARK = re.compile(r"\[secret:[a-z-]+:[0-9a-f]{4,8}\]")
HERE = Path(__file__).parents[2]

WORD = string.ascii_letters + string.digits
random_words = st.integers(0, 2**32).map(lambda seed: "".join(random.Random(seed).choices(WORD, k=32)))
hexes = (
    st.binary(min_size=16, max_size=20).map(bytes.hex).filter(lambda value: len(set(value)) > 5 and not value.isdigit())
)

MARKS = ["[secret:named:", "[secret:password:12ab]", "[secret:jwt:0123abcd]"]
HEADERS = ["authorization: ", "Cookie: a=", '"auth": "', '["x-api-key", "', "https://", "DB_PASS=", "value"]
NAMES = ["password", "token", "api_key", "secret", "--token ", "bearer ", "basic ", "login ", "AccountKey", *HEADERS]
STARTS = ["sk-", "sk-ant-", "ghp_", "AKIA", "AIza", "SG.", "eyJ", ":AA", "123456789", "dXNlcjpwYXNz"]
LINES = ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "://"]
RUNS = ["A1b2C3d4E5f6G7h8I9", "0123456789ABCDEF", "a" * 24, "zZ9" * 12, "hunter2!", "\u00e9", "\x00"]
SIGNS = [*"=:\"'\\@/><-_. \n([],$", "==", "\\n", "%3D", "\\u003d"]
PIECES = st.sampled_from([*MARKS, *NAMES, *STARTS, *LINES, *RUNS, *SIGNS]) | st.text(max_size=6)
TANGLES = st.lists(PIECES, max_size=30).map("".join)


@settings(max_examples=1000)
@given(TANGLES)
def test_redaction_of_what_was_redacted_changes_nothing(text):
    once = redact(text, SALT)
    twice = redact(once.text, SALT)
    assert twice.text == once.text
    assert twice.found == ()


@given(st.binary(max_size=300), TANGLES)
def test_any_bytes_can_be_redacted_and_stay_redacted(noise, text):
    once = redact(noise + text.encode("utf-8", "surrogatepass") + noise, SALT).text
    assert redact(once, SALT).text == once


@given(TANGLES)
def test_text_without_a_finding_is_the_same_object(text):
    done = redact(text, SALT)
    assert bool(done.found) != (done.text is text)


NAMED = [
    "api_key={}", "API-KEY: {}", '"token": "{}"', "'apiKey': '{}'", r'{{\"secret\": \"{}\"}}', "export GITHUB_TOKEN={}",
    "--token {}", "--api-key={}", "x-api-key: {}", "Authorization: Bearer {}", 'os.environ["API_KEY"] = "{}"',
    "aws_secret_access_key = {}", "<token>{}</token>", "?access_token={}&n=1", "client_secret: str = '{}'",
    "AccountKey={}==;Suffix=x", "auth_token => {}", "_authToken={}", "password={}", "DB_PASSWORD={}", "token=`{}`",
    'token="{}', "`--secret {}`", 'DB_PASS="{}"', "Authorization: token {}", "Authorization: {}", '["x-api-key","{}"]',
    '{{"authorization": "token {}"}}', "('authorization', b'{}')", '{{"name": "x-api-key", "value": "{}"}}',
    "Cookie: theme=dark; sessionid={}", "set-cookie: session={}; path=/", '["cookie", "a=b; session={}"]',
    "https://{}@host/x", "https://{}:@host/x", "https://{}:x-oauth-basic@host/x",
]  # fmt: skip


@pytest.mark.parametrize("around", NAMED)
@given(secret=hexes)
def test_a_random_value_next_to_a_telling_name_is_cut(around, secret):
    assert secret not in redact(around.format(secret), SALT).text


@given(random_words)
def test_a_random_word_is_told_from_a_name(secret):
    text = f"token: {secret}"
    if redact(text, SALT).text == text:  # 1 in 100 passes as words, and says so
        assert len(re.findall(r"[0-9][A-Za-z]", secret)) < 2


@pytest.mark.parametrize(
    "password", ["hunter2", "P@ssw0rd", "correct-horse-battery-1", "tr0ub4dor&3", 'with\\"quote1', "a[b]c1d2"]
)
@pytest.mark.parametrize("around", ['"password": "{}"', "password='{}'", '{{"user": "u", "pwd": "{}"}}'])
def test_a_password_a_person_would_choose_is_cut(around, password):
    done = redact(around.format(password), SALT)
    assert password not in done.text
    assert re.fullmatch(r"\[secret:password:[0-9a-f]{4}\]", done.found[0])


def test_a_basic_header_is_a_password():
    header = base64.b64encode(b"joe:word").decode()
    assert header not in redact(f"Authorization: Basic {header}", SALT).text
    assert redact("Basic understanding of things", SALT).found == ()


@pytest.mark.parametrize("around", ['"auth": "{}"', '{{"auth":"{}"}}', r"{{\"auth\": \"{}\"}}"])
def test_a_basic_password_as_docker_keeps_it_is_cut(around):
    kept = base64.b64encode(b"joe:word").decode()
    assert kept not in redact(around.format(kept), SALT).text
    assert kept not in json.dumps(redact_value({"auths": {"host": {"auth": kept}}}, SALT))


def test_utf_16_is_read_as_text():
    for order in ("utf-16-le", "utf-16-be"):
        text = "\ufeffpassword=hunter2x é"
        done = redact(text.encode(order), SALT)
        assert "hunter2x" not in done.text.decode("utf-16")
        assert done.text.decode(order).endswith(" é")
    assert redact(b"\xff\xfe\x00", SALT).text == b"\xff\xfe\x00"


DIGEST = hashlib.sha256(b"x").hexdigest()
PIXELS = base64.b64encode(random.Random(1).randbytes(6000)).decode()
INNOCENT = [
    f"commit {hashlib.sha1(b'x', usedforsecurity=False).hexdigest()}",
    f'{{"sha256": "{DIGEST}", "integrity": "sha512-{PIXELS[:86]}=="}}',
    f"id: {uuid.UUID(int=2**100 + 7)}",
    f"data:image/png;base64,{PIXELS}",
    f'{{"type": "thinking", "thinking": "", "signature": "{PIXELS}"}}',
    "token = access_token_v2",
    "self.password = get_password1()",
    "password: str, token: str | None = None, secret: SecretStr",
    "max_tokens: 4096, input_tokens=1234567890123",
    "next_page_token: A1b2C3d4E5f6G7h8",
    "cache_key: A1b2C3d4E5f6G7h8, primary_key=0a1b2c3d4e5f6a7b, sort-key: x",
    'api_key = os.environ["OPENAI_API_KEY_2"]',
    "api_key=your_api_key_here, token=<token>, password=********, secret=${SECRET}, password: $PASSWORD1",
    '{"password": {"type": "string", "description": "The password of the user"}}',
    "Bearer authentication-and-authorization",
    "password = password; token: token, secret/secret",
    "tokenizer.json: 0a1b2c3d4e5f6a7b8c9d",
    '"socks5h://<username>:<password>@proxy-host"',
    "ANTHROPIC_API_KEY=sk-ant-dummy",
    "Authorization: required, authorization = authorization_header_v1, authorization: get_auth12345(x)",
    "Cookie: theme=dark; lang=en, cookie = SimpleCookie(domain='x')",
    "tests_pass: 123456, first_pass=true, render_pass: opaque",
    '"auth": "required", "auth": {"type": "none"}, "auth": "basic"',
    "git+ssh://git@github.com/x, https://organisation-name@dev.azure.com/y, https://user@host:8080",
    '["token", "access_token", "x-api-key", "content-type"], ["username", "password", "email2!"]',
]


@pytest.mark.parametrize("text", INNOCENT)
def test_what_is_no_secret_stays(text):
    assert redact(text, SALT).text is text


@given(st.integers(0, 2**32), st.integers(1, 4000))
def test_random_base64_and_hexadecimal_without_a_telling_name_stays(seed, size):
    noise = random.Random(seed).randbytes(size)
    for written in (base64.b64encode(noise), base64.urlsafe_b64encode(noise), noise.hex().encode(), noise):
        text = b'{"data": "' + written + b'"}'
        assert redact(text, SALT).text is text


def test_our_own_source_has_no_secrets_in_it():
    for path in sorted((HERE / "src").rglob("*.py")):
        assert redact(path.read_bytes(), SALT).found == (), path


def test_equal_secrets_have_equal_marks_in_one_ledger_and_others_elsewhere():
    text = "token=0a1b2c3d4e5f6a7b8c9d"
    assert redact(text, SALT) == redact(text, SALT)
    assert redact(text, SALT) != redact(text, b"t" * 32)
    assert redact(text, SALT) != redact(text + "0", SALT)


def test_many_passwords_share_a_fingerprint_so_that_none_can_be_guessed_from_it():
    marks = {redact(f"password=word-{n:04}", SALT).found[0] for n in range(3000)}
    assert len(marks) < 3000


HOSTILE = [
    "a", " ", "\\", '"', "-----", "token:", "password=", 'password="', 'password="\\', "password='token=\"", "eyJ",
    "eyJaaaaaaaa.", "://a:a", "-----BEGIN PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY----- AAAA", "SG.aaaa", "bearer ",
    "basic AAAA", "login a ", "[secret:named:", "--token a", "key", "token=a1:", "A1b2C3d4E5f6",
    "AKIAIza", "secret<token>", "authorization:", "authorization: token ", "cookie: a=", "cookie:", "://aaaaaaaaaaaaaaaaa",
    'auth": "', 'token","', "cookie: a", "authorization",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_line_is_read_in_linear_time(piece):
    """No clock: with anything quadratic this would take hours."""
    redact((piece * 500_000)[:500_000], SALT)


def test_a_line_of_five_megabytes_with_all_of_them_is_read_too():
    line = "".join(piece * (5_000_000 // len(HOSTILE) // len(piece)) for piece in HOSTILE).encode()
    done = redact(line, SALT)
    assert redact(done.text, SALT).text == done.text


def test_values_are_redacted_by_the_key_they_stand_under():
    data = {
        "password": "plain",
        "dbPassword": "plain",
        "passwords": "plain",
        "token": "0a1b2c3d4e5f6a7b8c9d",
        "headers": [["authorization", "Bearer 0a1b2c3d4e5f6a7b8c9d"]],
        "tokens": 12,
        "secret": None,
        "password=hunter2x": 1,
        "note": "password: two words",
        "access_token": ["0a1b2c3d4e5f6a7b8c9d"],
    }
    clean = redact_value(data, SALT)
    assert MARK.fullmatch(clean["password"])
    assert clean["password"] == clean["dbPassword"]
    assert MARK.fullmatch(clean["token"])
    assert clean["access_token"] == [clean["token"]]
    assert "0a1b" not in json.dumps(clean)
    assert "hunter2x" not in json.dumps(clean)
    assert {key: clean[key] for key in ("passwords", "tokens", "secret", "note")} == {
        key: data[key] for key in ("passwords", "tokens", "secret", "note")
    }
    assert redact_value(clean, SALT) == clean


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | TANGLES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TANGLES | st.sampled_from(["password", "token"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(JSONS)
def test_redaction_of_values_is_idempotent_and_its_quick_no_is_never_wrong(value):
    once = redact_value(value, SALT)
    assert redact_value(once, SALT) == once
    written = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if not may_hold_secrets(written):
        assert once == value


def test_values_are_redacted_by_the_name_that_stands_beside_them():
    secret = "0a1b2c3d4e5f6a7b8c9d"
    data = [
        ["x-api-key", secret],
        {"name": "Authorization", "value": f"token {secret}"},
        {"Authorization": secret, "Cookie": f"session={secret}", "DB_PASS": secret},
    ]
    clean = redact_value(data, SALT)
    assert secret not in json.dumps(clean)
    assert clean[0][0] == "x-api-key"
    assert clean[1]["value"].startswith("token [secret:")
    assert redact_value(clean, SALT) == clean
    words = [["password", "email"], {"name": "password", "value": "string"}, {"tests_pass": "yes"}, {"auth": "none"}]
    assert redact_value(words, SALT) == words
