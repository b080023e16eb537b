"""Tokens for other programs, kept by administrators."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from service import api_tokens
from service.api_tokens import LONGEST_NAME, SCOPES, Scope
from service.db.tables import Account, ApiToken
from service.web.access import Administrator, TheServices

router = APIRouter(prefix="/api/tokens", tags=["tokens"])

# Larger than any identifier that a database gives.
LARGEST_ID = 2**31 - 1


class NewToken(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Payroll", "scopes": ["employees:read", "checkins:read"]}]}
    )

    name: str = Field(max_length=2 * LONGEST_NAME, description="Which program it is for")
    scopes: list[Scope] = Field(
        min_length=1,
        max_length=len(SCOPES),
        description="What it may do, as far as the account may that makes it",
    )


class TokenOut(BaseModel):
    id: int
    name: str
    scopes: list[Scope]
    account: str = Field(description="Login of the account that made it, and for which it acts")
    created_at: datetime
    used_at: datetime | None = Field(description="Kept to the minutes only")
    revoked_at: datetime | None


class NewTokenOut(TokenOut):
    token: str = Field(description="For `Authorization: Bearer`. It is not shown again")


class TokensOut(BaseModel):
    tokens: list[TokenOut]


def _out(row: ApiToken, account: Account) -> TokenOut:
    return TokenOut.model_validate(
        {
            "id": row.id,
            "name": row.name,
            "scopes": row.scopes,
            "account": account.login,
            "created_at": row.created_at,
            "used_at": row.used_at,
            "revoked_at": row.revoked_at,
        }
    )


@router.get("")
def list_tokens(services: TheServices, _account: Administrator) -> TokensOut:
    """All tokens, the newest first; the revoked ones too."""
    with services.db.read() as session:
        return TokensOut(tokens=[_out(row, row.account) for row in api_tokens.listed(session)])


@router.post("", status_code=201)
def make_token(wanted: NewToken, services: TheServices, account: Administrator) -> NewTokenOut:
    """A new token. It acts for the account that makes it, and ends when that may no longer sign in."""
    with services.db.write() as session:
        made = api_tokens.make(session, account, name=wanted.name, scopes=wanted.scopes, now=services.clock())
        return NewTokenOut(**_out(made.row, account).model_dump(), token=made.token)


@router.delete("/{token_id}", status_code=204, responses={404: {"description": "There is no such token"}})
def revoke_token(
    token_id: Annotated[int, Path(ge=1, le=LARGEST_ID)], services: TheServices, account: Administrator
) -> None:
    """End a token, at once and for good."""
    with services.db.write() as session:
        api_tokens.revoke(session, token_id, services.clock(), by=account.id)
