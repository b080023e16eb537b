"""Administrators see every setting in force, and no secret."""

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from service.settings import Settings, variable
from service.web.pages_settings import PRINTS_LET_THROUGH_PERCENT, shown


def test_every_setting_is_shown(admin: TestClient) -> None:
    page = admin.get("/settings").text
    assert [field for field in Settings.model_fields if variable(field) not in page] == []


def test_the_share_of_prints_that_the_selfie_alone_lets_through_is_told(admin: TestClient) -> None:
    assert f"{PRINTS_LET_THROUGH_PERCENT} %" in admin.get("/settings").text


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (None, None),
        (SecretStr("topsecret"), "***"),
        (
            "postgresql+psycopg://hadir:topsecret@db/hadir?sslpassword=topsecret",
            "postgresql+psycopg://hadir:***@db/hadir",
        ),
        ("https://me:topsecret@keeper.example/topsecret?key=topsecret", "https://keeper.example/***"),
        ("https://hadir.example.go.id", "https://hadir.example.go.id"),
        ("sqlite:////data/hadir.db", "sqlite:////data/hadir.db"),
        (("sface", "dlib"), "sface, dlib"),
        (8000, "8000"),
    ],
)
def test_values_are_shown_without_secrets(value: object, seen: str | None) -> None:
    assert shown(value) == seen
