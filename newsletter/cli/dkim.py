"""`newsletter dkim`: keys that sign the mails."""

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.common import Json, chosen, emit, note, say

if TYPE_CHECKING:
    from newsletter.rendering.dkim import SigningKey

commands = typer.Typer(help="Keys that sign the mails (DKIM).", no_args_is_help=True)


@commands.command()
def new(
    algorithm: Annotated[str, typer.Option(help="rsa (2048 bits) or ed25519.")] = "rsa",
    selector: Annotated[str, typer.Option(help="The key's name in DNS.")] = "",
    domain: Annotated[str, typer.Option(help="By default the one of sender.from_address.")] = "",
    as_json: Json = False,
) -> None:
    """Make a key, write it into config/ and the settings, and say what to publish in DNS.

    RSA is understood everywhere; a second key with Ed25519 signs beside it. Publish the record
    before the next mail goes out: all keys of the settings sign each mail.

    Example: `newsletter dkim new --selector letter1`
    """
    import re

    from newsletter.domain.subscriber import normal_domain
    from newsletter.keyring import ALGORITHMS, make_key
    from newsletter.settings import read_settings

    if algorithm not in ALGORITHMS:
        raise typer.BadParameter(f"{algorithm!r}: rsa or ed25519", param_hint="--algorithm")
    folder = chosen["folder"]
    settings = read_settings(folder)
    domain = domain or settings.sender.from_address.rpartition("@")[2]
    selector = (selector or f"letter{len(settings.dkim) + 1}").lower()
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", selector):
        raise typer.BadParameter(
            f"{selector!r}: letters, digits and hyphens", param_hint="--selector"
        )
    made = make_key(folder, normal_domain(domain, domain), selector, algorithm)
    if as_json:
        emit({"keys": [told(made)]})
        return
    say_key(made)
    note("the settings name it; publish the record, then `newsletter doctor` compares both")
    if settings.dkim:
        note(
            "each mail is signed by the older key, too: publish this record before the next mail "
            "goes out. Receivers ignore a signature whose key they do not find, and the older one "
            "still verifies; docs/delivery.md says when to take the older key out"
        )


@commands.command()
def show(as_json: Json = False) -> None:
    """Show the keys of the settings and the DNS record of each.

    Example: `newsletter dkim show`
    """
    from newsletter.keyring import signing_keys
    from newsletter.settings import read_settings

    folder = chosen["folder"]
    found = signing_keys(folder, read_settings(folder))
    if as_json:
        emit({"keys": [told(one) for one in found]})
        return
    if not found:
        note("no key is set: mails go out unsigned; `newsletter dkim new` makes one")
    for one in found:
        say_key(one)


def told(key: "SigningKey") -> dict[str, object]:
    """Return a key as its JSON object, without its private half."""
    from newsletter.rendering import dkim_keys

    return {
        "domain": key.domain,
        "selector": key.selector,
        "algorithm": key.algorithm,
        "bits": dkim_keys.bits(key),
        "name": dkim_keys.name(key),
        "record": dkim_keys.record(key),
        "zone_line": dkim_keys.zone_line(key),
    }


def say_key(key: "SigningKey") -> None:
    """Write a key and its record."""
    from newsletter.rendering import dkim_keys

    say(f"{key.domain}, selector {key.selector}: {key.algorithm}, {dkim_keys.bits(key)} bits")
    say(dkim_keys.zone_line(key))
