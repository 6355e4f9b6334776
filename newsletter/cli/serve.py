"""`newsletter serve`: the clock and the readers' pages in one process."""

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.alarming import alarming
from newsletter.cli.common import moment, note, opened

if TYPE_CHECKING:
    import uvicorn

    from newsletter.app import App
    from newsletter.web.pages import Pages

SLOWEST = 5  # seconds that a client is waited for when the program is to end


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the readers' pages.")] = 8000,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    clock: Annotated[
        str, typer.Option(help="For trials: the time it is now, such as 2026-03-14T06:59Z.")
    ] = "",
) -> None:
    """Run the newsletter: read feeds, compose and deliver on time, and serve the readers' pages.

    Put a proxy with TLS before it and its address into site.url. SIGTERM ends it cleanly.
    """
    from newsletter.logs import tell_everything

    with opened() as app:
        tell_everything()
        run(app, host, port, clock)


def run(app: "App", host: str, port: int, clock_start: str) -> None:
    """Hold the folder, start the alarm, and serve until a signal comes."""
    import socket

    from newsletter import app as wiring
    from newsletter import lock as locking
    from newsletter.cli.stopping import stopped_by_signal
    from newsletter.errors import BusyError
    from newsletter.scheduler import Alarm, Clock

    clock = Clock.starting_at(moment(clock_start) if clock_start else None)
    with locking.holding(app.folder) as lock, socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen()  # who comes before uvicorn waits for it
        except OSError as error:
            raise BusyError(f"{host}:{port}: {error.strerror}; choose another --port") from error
        with alarming(app):
            epoch = locking.begin_run(app.store, lock, clock.now())
        alarm = Alarm(wiring.work(app, epoch, clock))
        server = server_of(wiring.pages(app, clock.now, alarm.wake))

        def leave() -> None:
            server.should_exit = True

        # uvicorn has handlers of its own while it runs, and raises the signal again when it has
        # ended; before that and behind there is work in hand, too.
        with stopped_by_signal(leave):
            try:
                alarm.start()
                port = listening.getsockname()[1]
                note(f"pages at http://{host}:{port}/ (Ctrl-C or SIGTERM ends it)")
                server.run(sockets=[listening])
            finally:
                alarm.stop()
                note("stopped")


def server_of(pages: "Pages") -> "uvicorn.Server":
    """Return what serves the readers' site, within limits that no client can go past."""
    import uvicorn

    from newsletter.cli.connections import Server, limited, log_seldom, room
    from newsletter.web.site import reader_site

    most, at_once = room()
    config = uvicorn.Config(
        reader_site(pages),
        http=limited(most),
        ws="none",
        backlog=at_once,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SLOWEST,
    )
    log_seldom()
    return Server(config)
