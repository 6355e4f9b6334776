"""What holds for every page: headers, limits, errors, and where a form may come from."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest
from starlette.requests import Request

from newsletter.domain.profile import Topic
from newsletter.errors import TemplateError
from newsletter.web.guard import Allowance, client_of
from newsletter.web.site import TABLE, reader_site
from tests.web.conftest import NOW, SITE

PATHS = sorted({path for _, path, _ in TABLE} | {"/style.css"})
POSTS = sorted(path for method, path, _ in TABLE if method == "POST")


def filled(world, path):
    """Return the path with a token that works, or as it is."""
    name = path.split("/")[1]
    if "{token}" not in path:
        return path
    return world.link(name, "ada@example.org", world.issue_of("ada@example.org"))


def check_headers(answer):
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src ")
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "form-action '" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    kept = "max-age=3600" if answer.headers["Content-Type"].startswith("text/css") else "no-store"
    assert answer.headers["Cache-Control"] == kept


@pytest.mark.parametrize("path", PATHS)
def test_every_page_bears_the_security_headers(world, client, path):
    for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
        check_headers(client.request(method, filled(world, path)))


@pytest.mark.parametrize("status", [403, 404, 405, 413, 422, 429])
def test_every_refusal_bears_them_too(world, client, status):
    asks = {
        403: lambda: client.post("/subscribe", headers={"Origin": "https://evil.example"}),
        404: lambda: client.get("/nowhere"),
        405: lambda: client.put("/subscribe"),
        413: lambda: client.post("/subscribe", content=b"x" * 70_000),
        422: lambda: client.post("/subscribe"),
        429: lambda: [client.post("/subscribe") for _ in range(21)][-1],
    }
    answer = asks[status]()
    assert answer.status_code == status
    assert "<h1>" in answer.text
    check_headers(answer)


def test_a_fault_of_ours_shows_no_traceback(world):
    def fail():
        raise RuntimeError("secret detail")

    pages = replace(world.pages(), wake=fail)
    client = world.client(pages, raise_server_exceptions=False)
    answer = client.post("/subscribe", data={"address": "eve@example.org"})
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "secret detail" not in answer.text
    check_headers(answer)


def test_a_database_that_is_gone_asks_to_come_again(world, client):
    link = world.link("preferences", "ada@example.org")
    with sqlite3.connect(world.store.url.database) as connection:
        connection.execute("ALTER TABLE subscribers RENAME TO away")
    connection.close()
    world.store.close()
    answer = client.get(link)
    assert answer.status_code == 503
    assert "no such table" not in answer.text
    check_headers(answer)


@pytest.mark.parametrize("path", PATHS)
def test_head_answers_like_get(world, client, path):
    link = filled(world, path)
    got, head = client.get(link), client.head(link)
    assert (head.status_code, dict(head.headers)) == (got.status_code, dict(got.headers))


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_light_and_asks_nobody_else_for_anything(world, client, path):
    page = client.get(filled(world, path)).text
    assert len(page.encode()) < 30_000
    for foreign in ("src=", "@import", "url(", "<script", "<iframe"):
        assert foreign not in page


def test_a_long_catalogue_keeps_the_form_light(world):
    catalogue = [Topic(f"Topic number {number} of many") for number in range(60)]
    client = world.client(replace(world.pages(), catalogue=catalogue))
    assert len(client.get("/").content) < 30_000


@pytest.mark.parametrize("path", POSTS)
def test_a_body_too_large_is_refused(world, client, path):
    before = world.rows()
    answer = client.post(filled(world, path), content=b"a=" + b"x" * 64 * 1024)
    assert answer.status_code == 413
    assert world.rows() == before


@pytest.mark.parametrize("path", POSTS)
def test_a_body_without_a_length_is_counted(world, client, path):
    chunks = (b"x" * 1024 for _ in range(65))
    assert client.post(filled(world, path), content=chunks).status_code == 413


def test_a_form_of_too_many_fields_is_refused(client):
    body = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.post("/subscribe", content=b"a=1&" * 1000, headers=body)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://["},
        {"Origin": "http://[v1.x]"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", [path for path in POSTS if "unsubscribe" not in path])
def test_a_form_on_another_site_is_refused(world, client, path, headers):
    before = world.rows()
    answer = client.post(filled(world, path), headers=headers, data={"address": "e@example.org"})
    assert answer.status_code == 403
    assert world.rows() == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://testserver"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_our_own_form_is_taken(client, headers):
    answer = client.post("/subscribe", headers=headers, data={"address": "e@example.org"})
    assert answer.status_code == 200


def test_one_network_may_ask_twenty_times_in_ten_minutes(world, client):
    for number in range(20):
        data = {"address": f"a{number}@example.org"}
        assert client.post("/subscribe", data=data).status_code == 200
    late = client.post("/subscribe", data={"address": "late@example.org"})
    assert late.status_code == 429
    assert late.headers["Retry-After"] == "600"
    forged = {"X-Forwarded-For": "203.0.113.9"}
    assert client.post("/subscribe", headers=forged).status_code == 429
    assert client.get("/").status_code == 200
    world.now += timedelta(minutes=10)
    assert client.post("/subscribe", data={"address": "late@example.org"}).status_code == 200


def test_the_allowance_forgets_the_longest_silent_client():
    allowance = Allowance(times=1)
    for number in range(10_001):
        assert allowance.grants(str(number), NOW)
    assert len(allowance.asked) == 10_000
    assert not allowance.grants("10000", NOW)


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_customer_is_one_client(host, client):
    request = Request({"type": "http", "headers": [], "client": (host, 50000)})
    assert ip_or_name(client_of(request)) == ip_or_name(client)


def test_a_client_without_an_address_is_one_client_too():
    assert client_of(Request({"type": "http", "headers": [], "client": None})) == ""


def ip_or_name(text):
    try:
        return ip_address(text)
    except ValueError:
        return text


def test_what_does_not_exist_does_not_redirect(client):
    assert client.get("/subscribe/", headers={"Host": "evil.example"}).status_code == 404


def test_a_wrong_method_is_told_the_right_ones(client):
    answer = client.delete("/subscribe")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_under_https_and_a_path_links_and_headers_follow(secure_world):
    client = secure_world.client()
    answer = client.get("/")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert 'href="/daily/style.css"' in answer.text
    assert 'action="/daily/subscribe"' in answer.text
    own = {"Origin": "https://papers.example.org"}
    assert client.post("/subscribe", headers=own).status_code == 422
    page = client.get(secure_world.link("preferences", "ada@example.org")).text
    assert 'href="/daily/pause/' in page


def test_plain_http_promises_no_https(client):
    assert "Strict-Transport-Security" not in client.get("/").headers


def test_the_operators_template_comes_first(world, tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/asked.html").write_text("Thanks from {{ site.name }}")
    pages = replace(world.pages(), folders=[tmp_path, *world.pages().folders])
    client = world.client(pages)
    assert client.post("/subscribe", data={"address": "e@example.org"}).text == (
        f"Thanks from {SITE.name}"
    )


def test_a_broken_template_is_told_at_the_start(world, tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/asked.html").write_text("<p>\n{% if %}")
    pages = replace(world.pages(), folders=[tmp_path, *world.pages().folders])
    with pytest.raises(TemplateError, match=r"asked\.html, line 2: "):
        reader_site(pages)
