"""All items of all set-ups: one of each, found by id, by kind and by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from agentforge.knowledge.items import Item, Kind, Server, Setup


class Catalogue:
    """The items of some set-ups. Of several with one id the client's own choice stands; the others are `shadowed`."""

    def __init__(self, setups: Iterable[Setup]) -> None:
        self.setups = tuple(setups)
        chosen: dict[str, Item] = {}
        shadowed: list[Item] = []
        for item in (item for setup in self.setups for item in setup.items):
            other = chosen.get(item.id)
            if other is None:
                chosen[item.id] = item
            elif other.activation == "hidden" and item.activation != "hidden":
                chosen[item.id] = item
                shadowed.append(other)
            else:
                shadowed.append(item)
        self._items = chosen
        self.shadowed = tuple(shadowed)
        self._by_name: dict[str, list[Item]] = {}
        for item in chosen.values():
            self._by_name.setdefault(item.name.casefold(), []).append(item)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def __contains__(self, id: object) -> bool:
        return id in self._items

    def __getitem__(self, id: str) -> Item:
        return self._items[id]

    def get(self, id: str) -> Item | None:
        """The item with that id, or None."""
        return self._items.get(id)

    def of_kind(self, *kinds: Kind) -> tuple[Item, ...]:
        """The items of these kinds, in the order they were read."""
        return tuple(item for item in self if item.kind in kinds)

    def named(self, name: str) -> tuple[Item, ...]:
        """The items of that name, whatever their kind and client; capitals do not matter."""
        return tuple(self._by_name.get(name.casefold(), ()))

    @property
    def servers(self) -> tuple[Server, ...]:
        """Every configured MCP server, in the order the set-ups have them."""
        return tuple(server for setup in self.setups for server in setup.servers)

    def hashes(self) -> Mapping[str, str]:
        """The content hash of each item, by id."""
        return MappingProxyType({item.id: item.sha256 for item in self})


def changed_since(before: Mapping[str, str], catalogue: Catalogue) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """The items that are new or say something else than when those hashes were taken, and the ids that are gone."""
    now = catalogue.hashes()
    new = tuple(item for item in catalogue if before.get(item.id) != now[item.id])
    return new, tuple(sorted(set(before) - set(now)))
