import json
from pathlib import Path

import pytest

from service import item_keys
from service.errors import SealedItemRefused
from service.item_keys import ItemKeys
from service.sealed_item import open_item
from tests.service.stored_items import Sealed, seal

META = {"id": "6f7f0d3e-3f43-4a2f-9a53-0d6a4b9f6a01", "kind": "in"}
OFFLINE = {"pass": "p", "sequence": 1}
PICTURES = [b"selfie" * 1000, b"", b"frame"]


@pytest.fixture
def keys(tmp_path: Path) -> ItemKeys:
    return ItemKeys.load_or_create(tmp_path)


@pytest.fixture
def sealed(keys: ItemKeys) -> Sealed:
    return seal(keys.current, META, PICTURES, OFFLINE)


def test_an_item_opens_to_what_was_sealed(keys: ItemKeys, sealed: Sealed) -> None:
    opened = open_item(keys, sealed.later)
    assert json.loads(opened.meta) == META
    assert [opened.selfie, *opened.frames] == PICTURES
    assert opened.offline is not None
    assert json.loads(opened.offline) == OFFLINE


def test_an_item_has_one_hash_with_and_without_its_second_part(keys: ItemKeys, sealed: Sealed) -> None:
    at_once = open_item(keys, sealed.at_once)
    assert at_once.offline is None
    assert at_once.hash == open_item(keys, sealed.later).hash == sealed.hash


def test_no_changed_byte_of_an_item_goes_through(keys: ItemKeys) -> None:
    sealed = seal(keys.current, META, [b"selfie"], OFFLINE).later
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealedItemRefused):
            open_item(keys, bytes(changed))


def test_no_cut_item_goes_through_but_the_one_without_its_second_part(keys: ItemKeys, sealed: Sealed) -> None:
    cut = [
        *range(0, 130),
        *range(len(sealed.at_once) - 20, len(sealed.at_once)),
        *range(len(sealed.at_once) + 1, len(sealed.later)),
    ]
    for length in cut:
        with pytest.raises(SealedItemRefused):
            open_item(keys, sealed.later[:length])


def test_an_item_of_another_installation_is_refused_as_such(tmp_path: Path, sealed: Sealed) -> None:
    with pytest.raises(SealedItemRefused) as refused:
        open_item(ItemKeys.load_or_create(tmp_path / "other"), sealed.later)
    assert refused.value.extras == {"reason": "key_unknown"}


def test_the_second_part_of_another_item_is_refused(keys: ItemKeys, sealed: Sealed) -> None:
    other = seal(keys.current, META, PICTURES, OFFLINE)
    with pytest.raises(SealedItemRefused):
        open_item(keys, sealed.at_once + other.later[len(other.at_once) :])


def test_an_item_without_a_picture_is_refused(keys: ItemKeys) -> None:
    with pytest.raises(SealedItemRefused):
        open_item(keys, seal(keys.current, META, [], OFFLINE).later)


def test_an_item_to_a_former_key_still_opens_after_another_process_has_added_one(
    tmp_path: Path, keys: ItemKeys, sealed: Sealed
) -> None:
    former = keys.current
    item_keys.add_key(tmp_path)
    assert keys.current != former
    assert open_item(keys, sealed.later).hash == sealed.hash
    assert open_item(ItemKeys.load_or_create(tmp_path), sealed.later).hash == sealed.hash


def test_keys_are_never_printed(keys: ItemKeys) -> None:
    assert repr(keys) == "ItemKeys(1 keys)"
