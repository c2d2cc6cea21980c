"""`python -m api.commands …`: serve, migrate, doctor and everything else an operator types."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from settings import Settings, get_settings


def serve(settings: Settings) -> int:
    """Bring the database up to date and serve the portal until it is stopped."""
    # The log library would load rich for coloured tracebacks: four megabytes, and our log is JSON.
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # None: not to be imported.
    import uvicorn

    from api.checks import fatal_findings
    from api.logs import set_up_logs
    from api.migrations import migrate_to_head

    prepare_folder(settings)
    findings = fatal_findings(settings)
    if findings:
        print("The portal does not start:", *findings, sep="\n  - ", file=sys.stderr)
        return 1
    set_up_logs()
    migrate_to_head(settings)
    print(f"The portal is at {settings.base_url}", flush=True)
    key = unused_key(settings)
    if key:
        print(f"First visit: open {settings.base_url}/first-run and enter the one-time key {key}", flush=True)
    uvicorn.run(
        "api.main:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        loop="auto",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=20,
    )
    return 0


def unused_key(settings: Settings) -> str | None:
    """The key of the first visit; None once the portal is set up."""
    from models.database import connect_database
    from services.accounts import first_run_key

    database = connect_database(settings.database)
    with database.open_reader() as session:
        key = first_run_key(session, settings=settings)
    database.dispose()
    return key


def prepare_folder(settings: Settings) -> None:
    """Make the data folder, readable by its owner only."""
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def migrate(settings: Settings) -> int:
    """Bring the database up to date and stop."""
    from api.migrations import migrate_to_head

    prepare_folder(settings)
    migrate_to_head(settings)
    return 0


def doctor(settings: Settings) -> int:
    """Explain what is wrong with this set-up; 1 where something is."""
    from api.checks import examine

    findings = examine(settings)
    for finding in findings:
        print(f"{'✗' if finding.is_fatal else '!' if finding.is_wrong else '✓'} {finding.subject}: {finding.sentence}")
    return 1 if any(finding.is_wrong for finding in findings) else 0


def verify_log(settings: Settings) -> int:
    """Check the chains of events, also against the heads kept outside the database; 1 where one is broken."""
    from sqlmodel import select

    from models import PORTAL, EventHead
    from models.database import connect_database
    from services.heads import find_lost_events
    from services.history import find_breaks

    database = connect_database(settings.database)
    broken = 0
    with database.open_reader() as session:
        heads = session.exec(select(EventHead)).all()
        clinic_ids = [None if head.chain_id == PORTAL else head.chain_id for head in heads]
        in_chains = (found for clinic_id in clinic_ids for found in find_breaks(session, clinic_id=clinic_id))
        for found in chain(in_chains, find_lost_events(session, data_folder=settings.data_folder)):
            broken += 1
            print(f"{found.chain_id} event {found.sequence}: {found.what}")
    database.dispose()
    print("All chains are unbroken." if not broken else f"{broken} places are not as they were written.")
    return 1 if broken else 0


def first_key(settings: Settings) -> int:
    """Print the one-time key of the first visit again."""
    key = unused_key(settings)
    print(key or "The portal is already set up.")
    return 0 if key else 1


def worker(settings: Settings) -> int:
    """Run jobs in a process of their own, beside web processes with PORTAL_RUN_JOBS=false."""
    from api.logs import set_up_logs
    from models.database import connect_database
    from services import jobs

    set_up_logs()
    database = connect_database(settings.database)
    jobs.start_jobs(database, settings)
    jobs.wait_for_signal()
    jobs.stop_jobs()
    database.dispose()
    return 0


def demo(settings: Settings) -> int:
    """Fill the data folder with sample data, unless it has some, and serve it."""
    from api.demo.story import prepare_demo
    from api.migrations import migrate_to_head

    os.environ.setdefault("PORTAL_INVITATION_DAYS", "60")
    prepare_folder(settings)
    migrate_to_head(settings)
    for line in prepare_demo(settings):
        print(line, flush=True)
    return serve(settings)


def send_test_mail(settings: Settings, address: str) -> int:
    """Send one mail with the present settings."""
    from services.mail import sending

    try:
        sending.send_test_mail(settings, address)
    except sending.NotSent as failure:
        print(failure.words)
        return 1
    print(f"The mail server has accepted a mail to {address}.")
    return 0


def print_reset_link(settings: Settings, address: str) -> int:
    """Print a link with which a member chooses a new password, where mails cannot be sent."""
    from models.database import connect_database
    from services.accounts import find_member_by_address
    from services.resets import make_link

    database = connect_database(settings.database)
    with database.open_writer() as session:
        member = find_member_by_address(session, email=address)
        link = make_link(session, member=member) if member else ""
        session.commit()
    database.dispose()
    print(link or f"No member has the address {address}.")
    return 0 if link else 1


def reset_factor(settings: Settings, address: str) -> int:
    """Take away the second factor of a member who lost it, after you have made sure who asks; it is recorded."""
    from models.database import connect_database
    from services.accounts import find_member_by_address, home_of
    from services.second_factors import LOCKED, reset

    database = connect_database(settings.database)
    with database.open_writer() as session:
        member = find_member_by_address(session, email=address)
        if member is not None:
            reset(session, member=member, clinic_id=home_of(session, member), how="operator, on the command line")
        session.commit()
    database.dispose()
    if member is None:
        print(f"No member has the address {address}.")
        return 1
    print("The second factor is gone; the member was told by mail and signs in with the password alone.")
    if member.password_hash == LOCKED:
        print(f"The password was too short to stand alone: python -m api.commands reset-link {address}")
    return 0


def read_file(path: Path, *, as_json: bool) -> int:
    """Read a disclosure (XLSX, CSV, PDF) and print its answers; 0 read, 3 needs a person or template, 4 refused."""
    from api.reading import report_file

    if not path.is_file():
        print(f"There is no file {path}.", file=sys.stderr)
        return 2
    report = report_file(path, as_json=as_json)
    print(report.text)
    return report.code


def add_group(settings: Settings, name: str, address: str) -> int:
    """Found a group (an association, a consultant) whose first person has this address; prints its number."""
    from models.database import connect_database
    from services.groups import create_group
    from services.letter_numbers import format_number

    database = connect_database(settings.database)
    with database.open_writer() as session:
        group = create_group(session, name=name, email=address, person_name=address, language=settings.default_language)
        session.commit()
    database.dispose()
    print(f"{group.name} has the number {format_number(group.number)}. Owners of clinics enter it under Settings.")
    print(f"A mail tells {address} how to sign in; where no mail leaves, hand over a link: reset-link {address}")
    return 0


def print_issuer_key(_settings: Settings) -> int:
    """Print the public key under which this portal signs answer files, for other portals' PORTAL_KNOWN_ISSUERS."""
    from services.signing import public_key

    print(public_key())
    return 0


COMMANDS = {
    "serve": serve,
    "worker": worker,
    "demo": demo,
    "migrate": migrate,
    "doctor": doctor,
    "verify-log": verify_log,
    "issuer-key": print_issuer_key,
    "first-key": first_key,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m api.commands", description=__doc__)
    chosen = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, function in COMMANDS.items():
        chosen.add_parser(name, help=(function.__doc__ or "").splitlines()[0])
    mail = chosen.add_parser("test-mail", help=(send_test_mail.__doc__ or "").splitlines()[0])
    mail.add_argument("address")
    reset = chosen.add_parser("reset-link", help=(print_reset_link.__doc__ or "").splitlines()[0])
    reset.add_argument("address")
    factor = chosen.add_parser("reset-factor", help=(reset_factor.__doc__ or "").splitlines()[0])
    factor.add_argument("address")
    read = chosen.add_parser("read", help=(read_file.__doc__ or "").splitlines()[0])
    read.add_argument("file", type=Path)
    read.add_argument("--json", action="store_true", help="everything, for programs")
    founded = chosen.add_parser("add-group", help=(add_group.__doc__ or "").splitlines()[0])
    founded.add_argument("name")
    founded.add_argument("address")
    parsed = parser.parse_args(arguments)
    if parsed.command == "read":
        return read_file(parsed.file, as_json=parsed.json)
    settings = local_base_url(get_settings())
    if parsed.command == "test-mail":
        return send_test_mail(settings, parsed.address)
    if parsed.command == "reset-factor":
        return reset_factor(settings, parsed.address)
    if parsed.command == "reset-link":
        return print_reset_link(settings, parsed.address)
    if parsed.command == "add-group":
        return add_group(settings, parsed.name, parsed.address)
    return COMMANDS[parsed.command](settings)


def local_base_url(settings: Settings) -> Settings:
    """On this machine the base URL follows the port, so that `make run PORT=8001` needs no second setting."""
    if "base_url" in settings.model_fields_set or settings.port == 8000:
        return settings
    os.environ["PORTAL_BASE_URL"] = f"http://localhost:{settings.port}"
    get_settings.cache_clear()
    return get_settings()


if __name__ == "__main__":
    sys.exit(main())
