from hypothesis import given
from hypothesis import strategies as st

from agentforge.context import Kept
from agentforge.ledger import open_ledger


@given(st.binary(max_size=200))
def test_law_4_what_is_kept_is_found_under_its_handle(tmp_path_factory, data):
    kept = Kept(b"plain " + data.hex().encode())
    with open_ledger(tmp_path_factory.mktemp("kept") / "ledger.db") as ledger:
        assert ledger.put(kept.data, project="p", at=1).hash == kept.hash
        assert ledger.get(ledger.resolve(kept.handle, project="p"), project="p") == kept.data
