"""What does the server's audit chain say of products, plans and signing keys, and do the rows agree? Pure."""

from collections.abc import Iterator, Mapping

from license_server.audit_actions import AuditAction
from license_server.audit_chain import AuditEntry
from license_server.audit_replay import NO_ROW, NOTHING, THERE, Details, Difference, details_of
from license_server.records import LINKS


class ServerReplay:
    """What the entries of the server's chain tell of products, plans and signing keys."""

    def __init__(self) -> None:
        self.last = 0
        self.objects: dict[str, dict[str, tuple[object, int]]] = {}

    def add(self, entry: AuditEntry) -> None:
        """Let one more entry tell what it tells."""
        self.last = entry.number
        kind, _, name = entry.object.partition(":")
        if kind == "product":
            self._tell(entry, entry.object, _product_facts(details_of(entry)))
        elif kind == "plan":
            self._tell(entry, entry.object, details_of(entry))
        elif kind == "key" and name != "all":
            self._tell_key(entry, details_of(entry))

    def differences(self, rows: Mapping[str, Mapping[str, object]]) -> Iterator[Difference]:
        """Yield where the rows, each named as in the log, are not as the entries tell."""
        for name, facts in self.objects.items():
            row = rows.get(name)
            if row is None:
                yield Difference(name, max(number for _, number in facts.values()), "row", THERE, NO_ROW)
                continue
            for fact, (value, number) in facts.items():
                if fact in row and row[fact] != value:
                    yield Difference(name, number, fact, value, row[fact])
        for name in rows:
            if name not in self.objects:
                yield Difference(name, self.last, "row", NOTHING, THERE)

    def _tell(self, entry: AuditEntry, name: str, facts: Details) -> None:
        known = self.objects.setdefault(name, {"": (None, entry.number)})
        known.update({fact: (value, entry.number) for fact, value in facts.items()})

    def _tell_key(self, entry: AuditEntry, details: Details) -> None:
        if entry.action == AuditAction.CREATE:
            self._tell(entry, entry.object, details)
        elif entry.action == AuditAction.LEAKED:
            self._tell(entry, entry.object, {"status": "leaked"})
        elif entry.action == AuditAction.ROTATE:
            self._tell(entry, entry.object, {"status": "current"})
            if "from" in details and "old_key" in details:
                self._tell(entry, f"key:{details['from']}", {"status": details["old_key"]})


def _product_facts(details: Details) -> Details:
    links = details.get("links")
    if not isinstance(links, dict):
        return details
    urls = {f"{link}_url": links.get(link) for link in LINKS}
    return {name: value for name, value in details.items() if name != "links"} | urls
