"""Every action of the vocabulary is told to a vendor in words of its own."""

import pytest

from license_server.audit_actions import AuditAction
from license_server.audit_chain import AuditEntry
from license_server.cli import audit_words
from license_server.cli.audit_words import in_words


@pytest.mark.parametrize("action", list(AuditAction))
def test_every_action_has_words(action: AuditAction) -> None:
    assert [kind for kind, told in audit_words.WORDS if told is action]


def test_an_action_of_a_later_version_is_told_by_its_members() -> None:
    entry = AuditEntry("lic_1", 2, 0, "vendor", "sold_again", "lic_1", '{"price": 30}', b"")
    assert in_words(entry) == "sold again: price 30"
