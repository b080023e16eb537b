"""The page of webhooks on the smallest phone: one is added, tested in vain, paused and deleted."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.every_page import unclipped
from tests.browser.office import Office

OpenPage = Callable[..., Page]
SECRET = re.compile(r"whsec_.{44}")
SMALLEST = {"width": 320, "height": 568}


def test_an_administrator_adds_one_and_is_told_why_a_test_fails(office: Office, new_page: OpenPage) -> None:
    page = new_page(office.admin, locale="en", viewport=SMALLEST)
    page.goto("/webhooks")
    expect(page.get_by_role("heading", name="No webhooks yet")).to_be_visible()
    unclipped(page)
    page.get_by_role("button", name="Add a webhook").click()
    form = page.get_by_role("dialog", name="Add a webhook")
    form.get_by_role("button", name="Add").click()
    expect(form.get_by_role("alert")).to_contain_text("Enter a name")
    form.get_by_label("Name of the program").fill("Payroll")
    form.get_by_label("Address").fill("http://10.0.0.1/hadir")
    form.get_by_label("A day of an employee has changed").check()
    form.get_by_role("button", name="Add").click()
    expect(form.get_by_role("alert")).to_contain_text("https addresses")
    form.get_by_label("Address").fill("https://nowhere.invalid/hadir")
    form.get_by_role("button", name="Add").click()
    secret = page.get_by_role("dialog", name="The secret")
    expect(secret.get_by_role("textbox")).to_have_value(SECRET)
    unclipped(page)
    secret.get_by_role("button", name="Done").click()
    unclipped(page)

    page.get_by_role("link", name="Open Payroll").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_role("alert")).to_contain_text("the name of the host was not found", timeout=30_000)
    unclipped(page)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#health")).to_have_text("Paused")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog", name="Delete Payroll?").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The webhook is deleted.")).to_be_visible()
