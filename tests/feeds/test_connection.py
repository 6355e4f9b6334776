"""Where a fetch goes: redirects, names that change, certificates."""

import socket
import ssl
import threading
import time

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import FeedError
from newsletter.feeds import addresses
from newsletter.feeds.connection import Network
from newsletter.feeds.fetch import Limits, fetch
from tests.feeds.servers import (
    FEED,
    PUBLIC,
    Names,
    Recorder,
    asking,
    no_wait,
    noted,
    redirect,
    reply,
    running,
)


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def get(server):
    return asking(server)


def test_five_redirects_are_followed(server, get):
    for number, status in enumerate((301, 302, 303, 307, 308)):
        server.answers[f"/{number}"] = redirect(f"/{number + 1}", f"{status} There")
    server.answers["/5"] = reply(FEED)
    turns = []
    fetched = get(server.url("/0"), turn=noted(turns))
    assert (fetched.url, fetched.body) == (server.url("/5"), FEED)
    assert turns == ["127.0.0.1"] * 6


def test_a_sixth_redirect_is_not_followed(server, get):
    for number in range(6):
        server.answers[f"/{number}"] = redirect(server.url(f"/{number + 1}"))
    with pytest.raises(FeedError, match="redirects more than 5 times"):
        get(server.url("/0"))
    assert len(server.heads) == 6


def test_a_circle_of_redirects_is_left_at_once(server, get):
    server.answers["/a"] = redirect("/b")
    server.answers["/b"] = redirect("/a#again")
    with pytest.raises(FeedError, match="redirects in a circle"):
        get(server.url("/a"))
    assert len(server.heads) == 2


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data", r"169\.254\.169\.254 is not a public address"),
        ("//10.0.0.1/", r"10\.0\.0\.1 is not a public address"),
        ("http://[::1]:{port}/secret", "::1 is not a public address"),
        ("http://127.0.0.2:{port}/secret", r"127\.0\.0\.2 is not a public address"),
        ("http://[::ffff:127.0.0.1]:{port}/secret", "is not a public address"),
        ("http://127.0.0.1:1/secret", r"127\.0\.0\.1 is not a public address"),
        ("http://0x7f.1:{port}/secret", "unusual form"),
        ("http://2130706433:{port}/secret", "unusual form"),
        ("file:///etc/passwd", "only http and https"),
        ("ftp://{place}/secret", "only http and https"),
        ("http://ada:s3cret@{place}/secret", "name or password"),
        ("http://{place}:99999/secret", "redirects to an invalid|redirects elsewhere"),
        ("http://[::1", "redirects to an invalid"),
        ("http://", "redirects in a circle|no host"),
        ("http://nosuch.invalid/", r"nosuch\.invalid does not resolve"),
    ],
)
def test_a_redirect_to_where_it_may_not_go_opens_no_connection(server, get, location, reason):
    server.answers["/feed"] = redirect(location.format(port=server.port, place=server.place))
    recorder = Recorder()
    with pytest.raises(FeedError, match=reason) as caught:
        get(server.url(), network=Network(Names(), recorder))
    assert recorder.connections == [("127.0.0.1", server.port)]
    assert len(server.heads) == 1
    assert caught.value.url == server.url()
    assert "redirect" in caught.value.reason
    assert "s3cret" not in str(caught.value)


def test_a_name_is_looked_up_once_and_its_checked_number_used(server, get):
    server.answers["/feed"] = reply(FEED)
    names = Names(rebind_test=[[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    recorder = Recorder({PUBLIC: server})
    with running() as inside:
        url = f"http://rebind.test:{inside.port}/feed"
        fetched = get(url, network=Network(names, recorder))
        assert fetched.body == FEED
        assert names.lookups == [("rebind.test", inside.port)]
        assert recorder.connections == [(PUBLIC, inside.port)]
        assert f"\r\nhost: rebind.test:{inside.port}\r\n" in server.heads[0].lower()
        with pytest.raises(FeedError, match=r"rebind\.test leads to 127\.0\.0\.1, which is not"):
            get(url, network=Network(names, recorder))
        assert len(recorder.connections) == 1
        assert inside.connections == 0


def test_a_name_is_checked_anew_at_a_redirect_to_itself(server, get):
    server.answers["/feed"] = redirect("/other")
    names = Names(rebind_test=[[PUBLIC], ["127.0.0.1"]])
    recorder = Recorder({PUBLIC: server})
    with pytest.raises(FeedError, match=r"after a redirect, rebind\.test leads to 127\.0\.0\.1"):
        get("http://rebind.test/feed", network=Network(names, recorder))
    assert recorder.connections == [(PUBLIC, 80)]


def test_one_number_inside_spoils_the_name_before_any_connection(server, get):
    recorder = Recorder({PUBLIC: server})
    names = Names(mixed_test=[[PUBLIC, "10.0.0.1"]])
    turns = []
    with pytest.raises(FeedError, match=r'"mixed\.test" to ingest\.allowed_hosts'):
        get("http://mixed.test/", network=Network(names, recorder), turn=noted(turns))
    assert recorder.connections == []
    assert turns == []


def test_an_allowed_name_may_lead_inside(server, get):
    server.answers["/feed"] = reply(FEED)
    names = Names(intranet=[["127.0.0.1"]])
    url = f"http://intranet:{server.port}/feed"
    assert get(url, allowed=frozenset({"intranet"}), network=Network(names)).body == FEED


def test_the_next_number_is_tried_when_one_is_dead(server, get):
    server.answers["/feed"] = reply(FEED)
    recorder = Recorder({PUBLIC: server})
    names = Names(two_test=[["2606:4700::1111", PUBLIC]])
    assert get("http://two.test/feed", network=Network(names, recorder)).body == FEED
    assert recorder.connections == [("2606:4700::1111", 80), (PUBLIC, 80)]


def test_proxies_in_the_environment_are_not_used(server, get, monkeypatch):
    server.answers["/feed"] = reply(FEED)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert get(server.url()).body == FEED


def test_a_name_that_does_not_resolve_is_told(get):
    with pytest.raises(FeedError, match=r"the name nosuch\.invalid does not resolve"):
        get("http://nosuch.invalid/", network=Network(Names()))


def test_a_slow_name_server_does_not_hold_up_the_fetch(get):
    answered = threading.Event()

    def slow(host, port):
        answered.wait(5)
        return []

    begun = time.monotonic()
    with pytest.raises(FeedError, match=r"ingest\.timeout_seconds"):
        get("http://slow.test/", limits=Limits(total_seconds=0.2), network=Network(slow))
    assert time.monotonic() - begun < 2
    answered.set()


def test_a_refused_connection_is_told(get):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FeedError, match=f"refused the connection on port {port}"):
        get(f"http://127.0.0.1:{port}/", allowed=frozenset({"127.0.0.1"}))


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def tls_server(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("feed.test").configure_cert(context)
    context.sni_callback = lambda _, name, __: server.heads.append(f"SNI {name}")
    with running(tls=context) as server:
        yield server


@pytest.fixture
def trusting(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_tls_and_host_keep_the_name_of_a_pinned_number(tls_server, trusting, get):
    tls_server.answers["/feed"] = reply(FEED)
    recorder = Recorder({PUBLIC: tls_server})
    names = Names(feed_test=[[PUBLIC]])
    fetched = get("https://feed.test/feed", network=Network(names, recorder, trusting))
    assert fetched.body == FEED
    assert recorder.connections == [(PUBLIC, 443)]
    assert tls_server.heads[0] == "SNI feed.test"
    assert "\r\nhost: feed.test\r\n" in tls_server.heads[1].lower()


def test_a_certificate_for_another_name_is_a_failure(tls_server, trusting, get):
    names = Names(other_test=[[PUBLIC]])
    network = Network(names, Recorder({PUBLIC: tls_server}), trusting)
    with pytest.raises(FeedError, match=r"certificate is not accepted: .*other\.test"):
        get("https://other.test/feed", network=network)


def test_a_certificate_nobody_vouches_for_is_a_failure(tls_server, get):
    network = Network(Names(feed_test=[[PUBLIC]]), Recorder({PUBLIC: tls_server}))
    with pytest.raises(FeedError, match="TLS certificate is not accepted"):
        get("https://feed.test/feed", network=network)


def test_tls_with_a_plain_server_is_a_failure(server, get):
    with pytest.raises(FeedError, match=r"secure connection \(TLS\) failed"):
        get(f"https://{server.place}/feed", limits=Limits(total_seconds=2))


def test_a_server_silent_in_the_handshake_is_left_at_the_deadline(get):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        begun = time.monotonic()
        with pytest.raises(FeedError, match=r"ingest\.timeout_seconds"):
            get(
                f"https://{place}/",
                allowed=frozenset({place}),
                limits=Limits(total_seconds=0.2),
            )
    assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http://[::1",
        "http://a b/",
        "http://a:99999/",
        "http://xn--a\u200d.org/",
        "",
        "?",
    ],
)
def test_a_bad_address_is_a_failure_before_anything_is_asked(get, url):
    turns = []
    network = Network(Names(), Recorder())
    with pytest.raises(FeedError):
        get(url, turn=noted(turns), network=network)
    assert turns == []
    assert network.resolve.lookups == []


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.sampled_from(["", "http://", "https://", "http://[", "//", "http://a@"]), st.text())
def test_no_address_whatever_ends_in_another_error(start, rest):
    recorder = Recorder()
    with pytest.raises(FeedError) as caught:
        fetch(
            start + rest,
            user_agent="newsletter",
            turn=no_wait,
            network=Network(Names(), recorder),
        )
    assert str(caught.value).isprintable()
    assert not any(addresses.forbidden(host) for host, _ in recorder.connections)
