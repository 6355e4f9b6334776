"""No feed, name or redirect leads to a forbidden address: a real name server, real servers."""

import pytest

from newsletter.errors import FeedError
from newsletter.feeds import addresses
from newsletter.feeds.connection import Network
from newsletter.feeds.fetch import Limits, fetch
from tests.feeds.nameserver import naming, resolver
from tests.feeds.servers import FEED, PUBLIC, Recorder, no_wait, redirect, reply, running

# Each is an address of this machine, or of its neighbours; `{port}` is where a trap listens.
SPELLINGS = """
    127.0.0.1 127.1 127.0.1 127.00.0.1 127.000.000.001 2130706433 2130706433. 017700000001
    0177.0.0.1 0177.0.0.01 0x7f000001 0x7f.0.0.1 0x7F.1 0x7f.0x0.0x0.0x1 0X7F000001 127.0.0.0x1
    127.0.0.1. 0 0.0.0.0 0.0 00000127.0.0.1 4294967296 127.255.255.254 127.0.0.1.1
    １２７.0.0.1 127。0。0。1 127．0．0．1 ①②⑦.⓪.⓪.① ١٢٧.٠.٠.١ %31%32%37.0.0.1 127%2e0%2e0%2e1
    [::1] [::] [0:0:0:0:0:0:0:1] [0000::0001] [::127.0.0.1] [::ffff:127.0.0.1] [::FFFF:7F00:1]
    [0:0:0:0:0:ffff:127.0.0.1] [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1]
    [64:ff9b:1::127.0.0.1] [2002:7f00:1::] [2002:7f00:0001::1] [2001:0:7f00:1::]
    [2001:0000:4136:e378:8000:63bf:80ff:fffe] [::1%25lo] [::1%25eth0] [::1%lo] [fe80::1%25eth0]
    [fe80::1] [fec0::1] [fc00::1] [ff02::1] [127.0.0.1] [::ffff:0177.0.0.1] localhost localhost.
    LOCALHOST local.test inside.test 169.254.169.254 2852039166 0xa9fea9fe 169.254.43518
    [::ffff:169.254.169.254] 10.0.0.1 10.1 192.168.1.1 172.16.0.1 100.64.0.1 100.100.100.200
    168.63.129.16 224.0.0.1 255.255.255.255 feed.test@127.0.0.1 127.0.0.1#@feed.test
    127.0.0.1\\@feed.test 127.0.0.1?@feed.test user:pass@127.0.0.1 feed.test%00.127.0.0.1
    127.0.0.1%00.feed.test 127.0.0.1%0d%0a 127.0.0.1%23.feed.test
""".split()
ZONE = {
    "localhost": [["127.0.0.1"]],
    "local_test": [["::1"]],
    "inside_test": [["127.0.0.1"]],
    "feed_test": [[PUBLIC]],
    "rebind_test": [[PUBLIC], ["127.0.0.1"]],
    "alias_test": [["inside.test"]],
    "chain_test": [["alias.test"]],
    "mapped_test": [["::ffff:127.0.0.1"]],
    "carried_test": [["64:ff9b::7f00:1"]],
    "many_test": [[PUBLIC] * 20 + ["10.0.0.1"] + [PUBLIC] * 20],
    "both_test": [[PUBLIC, "::1"]],
    "cloud_test": [["169.254.169.254"]],
    "zero_test": [["0.0.0.0"]],  # noqa: S104 - an answer, nothing is bound to it
}


@pytest.fixture(scope="module")
def names():
    with naming(**ZONE) as server:
        yield server


@pytest.fixture
def public():
    with running() as server:
        yield server


@pytest.fixture
def trap():
    """A server on loopback that nobody may reach."""
    with running() as server:
        yield server
        assert server.connections == 0


@pytest.fixture
def ways(public):
    return Recorder({PUBLIC: public})


@pytest.fixture
def get(names, ways):
    network = Network(resolver(names.place), ways)

    def get(url):
        return fetch(
            url, limits=Limits(total_seconds=5), user_agent="n", turn=no_wait, network=network
        )

    yield get
    assert not [host for host, _ in ways.connections if addresses.forbidden(host)]


def test_a_public_name_is_read(public, get):
    public.answers["/feed"] = reply(FEED)
    assert get("http://feed.test/feed").body == FEED


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_a_forbidden_address_is_connected_to(trap, get, spelling):
    for port in ("", f":{trap.port}"):
        with pytest.raises(FeedError) as caught:
            get(f"http://{spelling}{port}/feed")
        assert caught.value.reason.isprintable()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_redirect_to_a_spelling_is_followed(trap, public, get, spelling):
    where = f"http://{spelling}:{trap.port}/"
    public.answers["/feed"] = redirect(where.encode().decode("latin-1"))
    with pytest.raises(FeedError, match="redirect"):
        get("http://feed.test/feed")
    assert public.connections == 1


@pytest.mark.parametrize("scheme", "file gopher ftp dict ldap jar data javascript ws".split())
def test_no_redirect_to_another_scheme_is_followed(public, get, scheme):
    public.answers["/feed"] = redirect(f"{scheme}:///etc/passwd")
    with pytest.raises(FeedError, match="redirect"):
        get("http://feed.test/feed")


@pytest.mark.parametrize("name", "alias chain mapped carried many both cloud zero".split())
def test_a_name_that_leads_inside_is_refused(trap, get, ways, name):
    with pytest.raises(FeedError, match="is not a public address"):
        get(f"http://{name}.test:{trap.port}/feed")
    assert ways.connections == []


def test_a_name_that_changes_is_asked_once_for_each_step(trap, public, names, get, ways):
    public.answers["/feed"] = redirect("/other")
    with pytest.raises(FeedError, match=r"after a redirect, rebind\.test leads to 127\.0\.0\.1"):
        get(f"http://rebind.test:{trap.port}/feed")
    assert names.asked.count("rebind.test") == 2
    assert ways.connections == [(PUBLIC, trap.port)]
