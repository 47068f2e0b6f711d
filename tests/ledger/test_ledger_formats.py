import random
import string

import pytest

from agentforge.ledger import redact
from agentforge.ledger.formats import FORMATS, present, shape

SALT = b"s" * 32
WORD = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def run(length: int, letters: str = WORD, seed: int = 1) -> str:
    dice = random.Random(f"{seed}{length}{letters}")
    return "".join(dice.choice(letters) for _ in range(length))


BODY = "\n".join(run(64, WORD + "+/", seed) for seed in range(6))
KEYS = {
    "private-key": [
        f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----",
        f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{run(32, HEX)}\n\n{BODY}\n"
        "-----END RSA PRIVATE KEY-----",
        f"-----BEGIN OPENSSH PRIVATE KEY-----\n{BODY}\n-----END OPENSSH PRIVATE KEY-----".replace("\n", "\\n"),
        f"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n{BODY}\n-----END PGP PRIVATE KEY BLOCK-----",
        f"-----BEGIN EC PRIVATE KEY-----\n{BODY}",
    ],
    "anthropic-key": ["sk-ant-" + "api03-" + run(95, WORD + "-_")],
    "openai-key": ["sk-" + run(48), "sk-proj-" + run(100, WORD + "-_"), "sk-or-v1-" + run(64, HEX)],
    "github-token": ["ghp_" + run(36), "ghs_" + run(36), "github_pat_" + run(82, WORD + "_")],
    "gitlab-token": ["glpat-" + run(20, WORD + "-_")],
    "aws-key-id": ["AKIA" + run(16, string.ascii_uppercase + string.digits)],
    "google-key": ["AIza" + run(35, WORD + "-_")],
    "google-oauth": ["ya29." + run(60), "GOCSPX-" + run(28)],
    "slack-token": ["xoxb-" + run(12, string.digits) + "-" + run(24), "xapp-1-" + run(40)],
    "slack-webhook": ["https://hooks.slack.com/services/T" + run(8) + "/B" + run(8) + "/" + run(24)],
    "stripe-key": ["sk_live_" + run(24), "rk_test_" + run(24), "whsec_" + run(32)],
    "npm-token": ["npm_" + run(36)],
    "pypi-token": ["pypi-AgEIcHlwaS5vcmc" + run(120, WORD + "-_")],
    "huggingface-token": ["hf_" + run(34)],
    "groq-key": ["gsk_" + run(52)],
    "xai-key": ["xai-" + run(80)],
    "perplexity-key": ["pplx-" + run(48)],
    "replicate-token": ["r8_" + run(37)],
    "sendgrid-key": ["SG." + run(22) + "." + run(43)],
    "twilio-key": ["SK" + run(32, HEX)],
    "digitalocean-token": ["dop_v1_" + run(64, HEX)],
    "databricks-token": ["dapi" + run(32, HEX)],
    "shopify-token": ["shpat_" + run(32, HEX)],
    "vault-token": ["hvs." + run(90, WORD + "-_")],
    "docker-token": ["dckr_pat_" + run(27)],
    "linear-key": ["lin_api_" + run(40)],
    "age-key": ["AGE-SECRET-KEY-1" + run(58, string.ascii_uppercase + string.digits)],
    "jwt": ["eyJ" + run(30) + ".eyJ" + run(60) + "." + run(43, WORD + "-_")],
    "telegram-token": ["123456789:AA" + run(33, WORD + "-_")],
    "url-password": ["postgres://joe:s3cr3t-w0rd@db.example/x", "https://jo%40e:p%40ss-word1@host"],
    "netrc-password": ["machine host login joe password plainword", "login joe\n\tpassword plainword"],
}
EACH = [(kind, key) for kind, keys in KEYS.items() for key in keys]


def test_every_format_has_an_example_here():
    assert {format.kind for format in FORMATS} == set(KEYS)


@pytest.mark.parametrize(("kind", "key"), EACH)
@pytest.mark.parametrize("around", ["{}", "x = '{}';", '{{"k": "{}"}}', "\\n{}\\n", "?q=%3D{}&b=1", "({})", "a {}\n"])
def test_a_key_is_found_wherever_it_stands(kind, key, around):
    text = around.format(key)
    done = redact(text, SALT)
    assert [mark.split(":")[1] for mark in done.found] == [kind]
    assert key not in done.text
    assert redact(done.text, SALT).text == done.text


@pytest.mark.parametrize(("kind", "key"), EACH)
def test_a_key_in_bytes_is_the_same_key(kind, key):
    assert redact(key.encode(), SALT).text == redact(key, SALT).text.encode()


@pytest.mark.parametrize(
    "text",
    [
        "if '-----BEGIN PRIVATE KEY-----' in text and '-----END PRIVATE KEY-----' in text: pass",
        "the prefix sk-ant- marks them, as ghp_ and AKIA do",
        "a risk-" + run(30) + " and a task-" + run(30),
        "http://host:8080/a@b",
        "postgres://user:password@host/db and https://user:pass@host and redis://u:${PASSWORD}@host",
        "git@github.com:owner/name.git",
        "2 AKIA" + run(10, string.ascii_uppercase) + " too short",
    ],
)
def test_what_only_looks_like_a_key_stays(text):
    assert redact(text, SALT).text == text


def test_only_formats_whose_hint_is_there_are_looked_for():
    assert present(b"nothing to see") == []
    key = ("ghp_" + run(36)).encode()
    (format,) = present(b"x " + key)
    assert shape(format).search(key)
