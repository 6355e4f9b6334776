"""`newsletter subscribers export`: all that is kept of one reader."""

from typing import Annotated

import typer

from newsletter.cli.common import FAILED, Json, emit, json_text, note, opened, say


def export(
    address: Annotated[str, typer.Argument(help="ada@example.org")],
    mail: Annotated[
        bool, typer.Option("--mail", help="Mail it to the reader, by the next `deliver`.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write all that is kept of a reader as JSON, or have it mailed to them as a file.

    Examples: `newsletter subscribers export ada@example.org > ada.json`,
    `newsletter subscribers export ada@example.org --mail`
    """
    from newsletter.actions import exporting
    from newsletter.app import now_utc
    from newsletter.domain.subscriber import normal_address
    from newsletter.store import subscribers

    with opened() as app:
        with app.store.read() as tx:
            known = subscribers.find(tx, normal_address(address))
            found = {} if mail else exporting.gather(tx, known.id, now_utc())
        asked = mail and exporting.request(app.store, known.id, now_utc())
    if not mail:
        emit(found) if as_json else typer.echo(json_text(found, indent=2))
        return
    if as_json:
        emit({"address": known.address, "mailed": asked})
    elif asked:
        say(f"{known.address} gets it by the next `newsletter deliver`, `run` or `serve`")
    if not asked:
        note(f"error: {known.address} was mailed it in the last 24 hours")
        raise typer.Exit(FAILED)
