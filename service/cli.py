"""`hadir`: the command line. Imports of anything heavy are inside the commands, so that help is instant."""

import gc
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli_audit import audit
from service.cli_faces import enrol, gallery, identify, reembed, verify
from service.cli_output import Commands, json_option, progress, say, say_json, say_table
from service.cli_privacy import erase, keys, retention
from service.cli_roster import roster

if TYPE_CHECKING:
    from service.demo_report import DemoReport
    from service.settings import Settings

# Dozens of threads share one interpreter. With Python's 5 ms a turn the event loop waits for many of them, and
# so does everybody whose request is not even begun: under three times the load, p95 fell from 223 to 164 ms.
SWITCH_S = 0.0005
ROLES = ("employee", "hr", "auditor", "admin")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Face-recognition selfie attendance.

    Everything is kept in the folder that HADIR_DATA_DIR names ("data" by default).
    """


@main.command()
@click.option("--host", help="Address to listen on instead of HADIR_HOST.")
@click.option("--port", type=click.IntRange(1, 65535), help="TCP port to listen on instead of HADIR_PORT.")
def serve(host: str | None, port: int | None) -> None:
    """Run the web service until it is stopped."""
    # Nearly all that a start makes stays: looking through it again and again as it grows took a quarter second.
    gc.disable()
    import uvicorn

    from service import large_buffers, logs, people, wiring
    from service.settings import load_settings

    chosen = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    settings = load_settings().model_copy(update=chosen)
    # What must keep the service from starting is said here in one line; within uvicorn it would be a traceback.
    with closing(wiring.build(settings)) as services:
        services.gallery.check_encoders()
        # They take some seconds to load, and importing the application the better part of one: both at once.
        services.pool.start()
        from service.app import create_app
        from service.web.slow_clients import UVICORN

        link = people.first_admin(services.db, services.auth, login="admin", now=services.clock())
        if link is not None:
            setup = _setup(settings, link.token, link.expires_at.isoformat())
            say(f'The administrator "admin" sets a password here, once:\n{setup["setup_url"]}')
        logs.configure(settings.log_level, settings.log_format)
        sys.setswitchinterval(SWITCH_S)
        large_buffers.give_back_at_once()
        app = create_app(settings, services=services)
        # What is there now stays: without looking at it each time, collecting stops everybody for less long.
        gc.freeze()
        gc.enable()
        uvicorn.run(app, host=settings.host, port=settings.port, **UVICORN)


@main.command()
@click.option("--admin", default="admin", show_default=True, help="Login of the first administrator.")
@json_option
def init(admin: str, as_json: bool) -> None:
    """Make the data folder, its keys and the database, and a link for the first administrator.

    Safe to run again: what is there stays. Until the administrator has set a password there is a new link
    each time.
    """
    from service import people, wiring
    from service.settings import load_settings

    settings = load_settings()
    with closing(wiring.build(settings)) as services:
        link = people.first_admin(services.db, services.auth, login=admin, now=services.clock())
    setup = None if link is None else _setup(settings, link.token, link.expires_at.isoformat())
    if as_json:
        say_json({"data_dir": str(settings.data_dir.resolve()), "admin": setup})
        return
    say(f"Data folder: {settings.data_dir.resolve()}")
    if setup is None:
        say("There is an administrator already.")
    else:
        say(
            f"The administrator sets a password here, once, until {setup['expires_at']}:\n{setup['setup_url']}"
        )


@main.group()
def user() -> None:
    """Accounts of people who sign in."""


@user.command("add")
@click.argument("login")
@click.option("--role", type=click.Choice(ROLES), default="employee", show_default=True)
@click.option("--nip", help="The employee whose account it is.")
@click.option("--name", help="With --nip: add this employee to the roster.")
@click.option("--unit", metavar="CODE", help="Where an employee works; HR and auditors are limited to it.")
@json_option
def user_add(
    login: str, role: str, nip: str | None, name: str | None, unit: str | None, as_json: bool
) -> None:
    """Add an account, and print the link by which its owner sets the password."""
    from service import people, wiring
    from service.auth import normal_login
    from service.settings import load_settings

    if name is not None and nip is None:
        raise click.UsageError("--name needs --nip")
    if role == "employee" and nip is None:
        raise click.UsageError("an employee's account needs --nip")
    settings = load_settings()
    with closing(wiring.build(settings)) as services:
        link = people.add_account(
            services.db,
            services.auth,
            login=login,
            role=role,  # type: ignore[arg-type] # click has checked it
            nip=nip,
            name=name,
            now=services.clock(),
            unit=unit,
            zone=services.settings.zone,
        )
    setup = _setup(settings, link.token, link.expires_at.isoformat())
    if as_json:
        say_json({"login": normal_login(login), "role": role, "nip": nip, "unit": unit, **setup})
    else:
        say(f"Sets the password, once, until {setup['expires_at']}:\n{setup['setup_url']}")


@user.command("reset")
@click.argument("login")
@click.option("--second-factor", is_flag=True, help="Remove the authenticator app too: the phone is lost.")
@json_option
def user_reset(login: str, second_factor: bool, as_json: bool) -> None:
    """Print a link by which the owner of an account sets a new password."""
    from service import people, wiring
    from service.auth import normal_login
    from service.settings import load_settings

    settings = load_settings()
    with closing(wiring.build(settings)) as services:
        link = people.reset_account(
            services.db,
            services.auth,
            login=login,
            now=services.clock(),
            second_factor=services.second_factor if second_factor else None,
        )
    setup = _setup(settings, link.token, link.expires_at.isoformat())
    if as_json:
        say_json({"login": normal_login(login), **setup})
    else:
        say(f"Sets the password, once, until {setup['expires_at']}:\n{setup['setup_url']}")


@user.command("role")
@click.argument("login")
@click.argument("role", type=click.Choice(ROLES))
@click.option("--unit", metavar="CODE", help="Limit HR or an auditor to this unit and all below it.")
@json_option
def user_role(login: str, role: str, unit: str | None, as_json: bool) -> None:
    """Give an account another role or another limit, and sign it out everywhere."""
    from service import roles, wiring
    from service.auth import normal_login
    from service.settings import load_settings

    duty = roles.Duty(role, unit)  # type: ignore[arg-type] # click has checked it
    with closing(wiring.build(load_settings())) as services:
        roles.give_role_to_login(services.db, services.auth, login=login, duty=duty, now=services.clock())
    if as_json:
        say_json({"login": normal_login(login), "role": role, "unit": unit})
    else:
        say(f"{normal_login(login)}: {role}" + ("" if unit is None else f", limited to {unit}"))


@main.command()
@click.option(
    "--faces",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of photos, one folder a person: enrol them too, and check them in with their last photo.",
)
@click.option("--people", type=click.IntRange(1), help="At most so many people of --faces.")
@json_option
def demo(faces: Path | None, people: int | None, as_json: bool) -> None:
    """Try it: a made-up organisation in a temporary folder checks in, and impostors try to.

    Touches nothing of an installation.
    """
    from service.demo import run_demo

    with progress("Trying") as bar:
        report = run_demo(faces, people=people, progress=bar)
    if as_json:
        say_json(report.as_json())
    else:
        _show(report)


def _setup(settings: "Settings", token: str, expires_at: str) -> dict[str, str]:
    address = settings.public_url or f"http://{settings.host}:{settings.port}"
    return {"setup_url": f"{address}/setup/{token}", "expires_at": expires_at}


def _show(report: "DemoReport") -> None:
    for title, columns, rows in report.tables():
        say_table(title, columns, rows)
    say(report.summary())


for command in (enrol, identify, verify, gallery, reembed, keys, erase, retention, audit, roster):
    main.add_command(command)
