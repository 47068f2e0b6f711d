import inspect

from agentforge.audit.findings import RULES
from audit.audited import audit_items
from audit.findings.judged import WORDS, persona


def test_the_largest_saving_comes_first():
    small = [persona(name, WORDS, "Same.") for name in ("a", "b")]
    large = [persona(name, "stamps " + "and letters " * 30, "Other.") for name in ("c", "d", "e")]
    savings = [finding.saving.value for finding in audit_items(*small, *large).findings]
    assert len(savings) > 1
    assert savings == sorted(savings, reverse=True)


def test_every_rule_says_what_it_finds():
    assert len(set(RULES)) == len(RULES)
    assert all(inspect.getdoc(rule) for rule in RULES)
