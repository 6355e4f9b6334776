"""`newsletter preview`: any subscriber's next issue in the browser, or as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.common import Json, emit, moment, note, opened, progress, say

if TYPE_CHECKING:
    from newsletter.app import App

PORT = 8025  # where Mailpit and MailHog show theirs


def preview(
    subscriber: Annotated[str, typer.Option(help="Begin with this address.")] = "",
    at: Annotated[str, typer.Option(help="As it would go out at this time (now).")] = "",
    out: Annotated[Path | None, typer.Option(help="Write files into this folder instead.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="On 127.0.0.1.")] = PORT,
    demo: Annotated[bool, typer.Option("--demo", help="Show the demo's issues.")] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
    as_json: Json = False,
) -> None:
    """Show issues as they would go out, HTML and text; nothing is stored or sent.

    Examples: `newsletter preview`, `newsletter preview --out /tmp/letter`
    """
    if demo:
        from newsletter import demo as sample

        folder = Path("outbox/demo")
        sample.make(folder)
        with sample.opened(folder) as app:
            show(app, subscriber, at or sample.NOW.isoformat(), out, port, no_open, as_json)
        return
    with opened() as app:
        show(app, subscriber, at, out, port, no_open, as_json)


def show(
    app: "App",
    subscriber: str,
    at: str,
    out: Path | None,
    port: int,
    no_open: bool,
    as_json: bool,
) -> None:
    """Write the files, or serve the page until it is stopped."""
    if out is not None:
        written = write_files(app, subscriber, at, out)
        if as_json:
            emit({"folder": str(out), "files": written})
        else:
            say(f"{len(written)} files in {out}")
        return
    serve(app, subscriber, at, port, no_open)


def write_files(app: "App", subscriber: str, at: str, out: Path) -> list[str]:
    """Write each subscriber's next issue as .html, .txt and .eml; return the names."""
    from newsletter import app as wiring
    from newsletter.actions import preview as action
    from newsletter.domain.subscriber import normal_address
    from newsletter.errors import StoreError

    now = wiring.now_utc()
    press = wiring.press(app)
    everybody = [one.address for one in action.everybody(app.store)]
    wanted = [normal_address(subscriber)] if subscriber else everybody
    names: list[str] = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        with progress("rendering", len(wanted)) as move:
            for done, address in enumerate(wanted, 1):
                order = wiring.order(app, now, moment(at) if at else None, address)
                draft = action.draft(app.store, press, order)
                if draft.why:
                    note(f"{address}: {draft.why}")
                if draft.message is None:
                    continue
                rendered = draft.message.rendered
                bodies = {
                    "html": rendered.html.encode(),
                    "txt": rendered.text.encode(),
                    "eml": draft.message.raw,
                }
                for ending, body in bodies.items():
                    name = f"{draft.message.name}.{ending}"
                    (out / name).write_bytes(body)
                    names.append(name)
                move(done, None)
    except OSError as error:
        raise StoreError(f"{error.filename}: cannot be written: {error.strerror}") from error
    return names


def serve(app: "App", subscriber: str, at: str, port: int, no_open: bool) -> None:
    """Serve the preview on this machine until Ctrl-C."""
    import socket
    import webbrowser

    import uvicorn

    from newsletter import app as wiring
    from newsletter.errors import BusyError
    from newsletter.web.operator.preview import Desk, site

    desk = Desk(
        store=app.store,
        press=wiring.press(app),
        folders=app.templates.folders,
        order=lambda address: wiring.order(
            app, wiring.now_utc(), moment(at) if at else None, address
        ),
    )
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
        except OSError as error:
            raise BusyError(f"127.0.0.1:{port} is in use; choose another --port") from error
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        note(f"preview at {address} (Ctrl-C ends it)")
        if not no_open:
            webbrowser.open(address + (f"?subscriber={subscriber}" if subscriber else ""))
        config = uvicorn.Config(site(desk), log_level="warning")
        uvicorn.Server(config).run(sockets=[listening])
