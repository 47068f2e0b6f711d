import gzip
import hashlib
import subprocess
import sys
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentforge.tokens.ranks import STRETCH, count_text, encoding, stretches

PUBLISHED = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"


def rank_file() -> bytes:
    return gzip.decompress(files("agentforge.tokens").joinpath("data/o200k_base.tiktoken.gz").read_bytes())


def test_the_rank_file_is_the_published_one() -> None:
    assert hashlib.sha256(rank_file()).hexdigest() == PUBLISHED


def test_every_rank_is_its_line_number() -> None:
    assert rank_file().split()[1::2] == [str(number).encode() for number in range(199_998)]


def test_the_licence_of_the_rank_file_ships_with_it() -> None:
    assert "MIT License" in files("agentforge.tokens").joinpath("data/LICENSE-o200k.txt").read_text()


def test_the_encoder_is_the_one_that_tiktoken_would_have_downloaded(tmp_path, monkeypatch) -> None:
    from tiktoken_ext import openai_public

    url = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
    (tmp_path / hashlib.sha1(url.encode()).hexdigest()).write_bytes(rank_file())
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    theirs = openai_public.o200k_base()
    ours = encoding()
    assert ours._pat_str == theirs["pat_str"]
    assert ours._special_tokens == theirs["special_tokens"]
    assert ours._mergeable_ranks == theirs["mergeable_ranks"]


def test_texts_weigh_what_o200k_says() -> None:
    assert [count_text(text) for text in ("", "hello world", "Hello, 世界!\n")] == [0, 2, 4]


def test_what_looks_like_a_special_token_is_ordinary_text() -> None:
    assert count_text("<|endoftext|>") > 1


def test_half_a_surrogate_pair_is_weighed_and_does_not_raise() -> None:
    assert count_text("a\ud800b") >= 1


@pytest.mark.parametrize("unit", ["a", " ", "\t ", "\n", "=", "1", "é", "Ab", "=\n"])
def test_a_million_of_one_character_is_weighed_in_linear_time(unit: str) -> None:
    """Merging by a naive loop would take hours, and a run of white space would abort the encoder."""
    text = unit * (1_000_000 // len(unit))
    assert 0 < count_text(text) <= len(text)


words = st.sampled_from(
    [" ", "  ", "\n", "\n\n", "\t", "a", "Word", "don't", "12345", "=", "//", "é\u0301", "世", "\r\n", "x y"]
)
texts = st.lists(words, max_size=200).map("".join) | st.text(max_size=200)


@given(texts, st.integers(10, 80))
def test_stretches_are_the_text_and_none_is_too_long(text: str, longest: int) -> None:
    parts = list(stretches(text, longest))
    assert "".join(parts) == text
    assert all(len(part) <= longest for part in parts)


@settings(max_examples=300)
@given(st.lists(words.filter(lambda word: word != "\t"), max_size=200).map(" a".join), st.integers(60, 120))
def test_a_text_with_seams_weighs_the_same_in_stretches(text: str, longest: int) -> None:
    assert sum(map(count_text, stretches(text, longest))) == count_text(text)


def test_a_long_ordinary_text_weighs_the_same_in_stretches() -> None:
    text = "".join(f"def step_{n}(self) -> int:\n    return {n} * self.size  # {n:x}\n\n" for n in range(3_000))
    assert len(text) > 2 * STRETCH
    assert count_text(text) == len(encoding().encode_ordinary(text))


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_counting_needs_no_network() -> None:
    code = (
        "import socket\n"
        "def refuse(*args, **kwargs): raise OSError('no network here')\n"
        "socket.socket = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from agentforge.tokens import count_tokens\n"
        "print(count_tokens('hello world', 'gpt-5.5').value)\n"
    )
    assert run_python(code) == "2"


def test_importing_the_room_loads_no_encoder() -> None:
    assert run_python("import sys, agentforge.tokens; print('tiktoken' in sys.modules)") == "False"
