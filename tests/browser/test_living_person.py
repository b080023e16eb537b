"""A person who follows the hints of the page: real photos of a turning head, played by what the page shows."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from models.image import decode, encode_jpeg
from tests.browser.office import Office
from tests.browser.running_server import RunningServer
from tests.browser.steps import shoot

pytestmark = pytest.mark.own_server

STEPS = ("left", "up", "right")
# Pan and tilt of the head in the data set's terms, on the way and at the end: to one's own left is minus.
POSES = {"left": ((-15, 0), (-30, 0)), "right": ((15, 0), (30, 0)), "up": ((0, 15), (0, 30))}
FRONT = (0, 0)
# Where the head is in these photos: 3:4, as the viewfinder shows it.
COLUMNS = slice(0, 216)

# Half a second after a hint the head is on its way, after another second and a half it is there.
FOLLOWS_THE_HINTS = """
navigator.mediaDevices.getUserMedia = async () => {
  const photos = {};
  for (const name of %s) {
    photos[name] = new Image();
    photos[name].src = `/poses/${name}`;
    await photos[name].decode();
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [216, 288];
  let hint, since;
  setInterval(() => {
    const step = document.getElementById("guide").dataset.step;
    if (step !== hint) [hint, since] = [step, performance.now()];
    const passed = performance.now() - since;
    const pose = photos[`${hint}-${passed < 2000 ? 0 : 1}`];
    const photo = pose && passed > 500 ? pose : photos.front;
    canvas.getContext("2d").drawImage(photo, 0, 0);
  }, 50);
  return canvas.captureStream(20);
};
"""


def photo(folder: Path, pose: tuple[int, int]) -> bytes:
    pan, tilt = pose
    whole = decode((folder / f"tilt{tilt:+03d}_pan{pan:+03d}.jpg").read_bytes())
    return encode_jpeg(whole[:, COLUMNS])


def play(page: Page, folder: Path) -> None:
    photos = {"front": photo(folder, FRONT)}
    photos |= {f"{step}-{end}": photo(folder, pose) for step in STEPS for end, pose in enumerate(POSES[step])}
    page.route(
        "**/poses/*",
        lambda route: route.fulfill(
            body=photos[route.request.url.rpartition("/")[2]], content_type="image/jpeg"
        ),
    )
    page.add_init_script(FOLLOWS_THE_HINTS % json.dumps(list(photos)))


def issue_only(page: Page, database: Path) -> None:
    """What chance would have asked is not what is tested here, and there are no photos of closed eyes."""

    def answer(route: Route) -> None:
        issued = route.fetch()
        challenge = issued.json()
        with sqlite3.connect(database) as rows:
            rows.execute("UPDATE challenges SET steps = ? WHERE id = ?", (json.dumps(STEPS), challenge["id"]))
        rows.close()
        route.fulfill(response=issued, json=challenge | {"steps": STEPS})

    page.route("**/api/challenges", answer)


@pytest.mark.parametrize(("person", "link"), [("person05", "4g"), ("person06", "2g")])
def test_whoever_follows_the_hints_is_accepted_at_once(
    office: Office,
    server: RunningServer,
    new_page: Callable[..., Page],
    nips: Iterator[str],
    poses_dir: Path,
    person: str,
    link: str,
) -> None:
    """On a slow link too, where the pictures are smaller."""
    enrolled, before_the_camera = sorted(poses_dir.glob(f"{person}_series*"))
    page = new_page(office.employee(next(nips), "Siti Rahmawati", photo(enrolled, FRONT)))
    page.add_init_script(
        f"Object.defineProperty(navigator, 'connection', {{value: {{effectiveType: '{link}'}}}})"
    )
    play(page, before_the_camera)
    issue_only(page, server.database)
    page.goto("/checkin")

    shoot(page)

    expect(page.locator("#result")).to_have_attribute("data-status", "accepted", timeout=40_000)
