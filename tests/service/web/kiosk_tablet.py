"""A tablet that is paired with a new site, for tests."""

from service.db.site_tables import Site
from service.wiring import Services
from tests.service.org_tree import plant
from tests.service.web.conftest import Visitor


def open_site(services: Services, code: str) -> int:
    """A site of a new unit, both with this code; gives the unit's id."""
    now = services.clock()
    unit_id = plant(services.db, {code: None}, now)[code]
    with services.db.write() as session:
        session.add(Site(code=code, name=f"Kantor {code}", unit_id=unit_id, created_at=now))
    return unit_id


def make_kiosk(keeper: Visitor, site: str) -> tuple[int, str]:
    """Its id, and the pairing code."""
    made = keeper.post("/api/kiosks", json={"name": "Pintu depan", "site": site})
    assert made.status_code == 201, made.text
    return made.json()["id"], made.json()["code"]


def paired_tablet(keeper: Visitor, services: Services, site: str) -> tuple[Visitor, int]:
    """With its own token, at a new site; and the id of its kiosk."""
    open_site(services, site)
    kiosk_id, code = make_kiosk(keeper, site)
    paired = keeper.client.post("/api/kiosk/pair", json={"code": code, "kind": "bearer"})
    assert paired.status_code == 201, paired.text
    return Visitor(keeper.client, paired.json()["token"]), kiosk_id
