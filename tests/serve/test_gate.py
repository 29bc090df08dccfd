"""Who gets in: hosts, tokens, cookies, forms; and what every answer says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from linkage.serve.app import App, hosts, is_loopback, make_users
from linkage.serve.desk import RefusedError
from linkage.serve.sessions import IDLE, LONGEST, WINDOW
from tests.serve import apps


@pytest.fixture
def clock() -> apps.Clock:
    return apps.Clock()


@pytest.fixture
def app(tmp_path: Path, clock: apps.Clock) -> App:
    return apps.app(tmp_path, clock=clock)


def test_nothing_is_shown_before_a_login(app: App) -> None:
    client = apps.client(app)
    for path in ("/", f"/campaign/{apps.BIG}", "/value/0", "/log", "/search?q=acc", "/nothing"):
        answer = client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login"), path
        assert client.get(path, headers={"hx-request": "true"}).status_code == 401
    assert client.post("/decisions/export", data={"form_token": "x"}).status_code == 401
    assert client.get("/static/serve.css").status_code == 200


def test_every_answer_has_the_headers(app: App) -> None:
    client = apps.login(app)
    answers = [client.get(path) for path in ("/", "/nothing", "/static/keys.js", "/login", "/campaign/nope")]
    answers += [client.post("/logout"), client.get("/", headers={"host": "evil.example"}), client.delete("/")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers


def test_a_failure_of_ours_has_the_headers_and_tells_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    client = apps.Client(app.asgi, base_url=apps.BASE, raise_server_exceptions=False)
    client.form("/login", "/login", token=apps.TOKENS["ann"])

    def fails(*_: object, **__: object) -> None:
        raise ValueError("secret 4242")

    monkeypatch.setattr(app.site.desk.log, "check", fails)
    answer = client.get("/log")
    assert answer.status_code == 500
    assert "4242" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "host", ["evil.example:8765", "evil.example", "127.0.0.1", "127.0.0.1:80", "localhost.evil:8765", ""]
)
def test_other_hosts_are_not_served(app: App, host: str) -> None:
    answer = apps.login(app).get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "campaign" not in answer.text


def test_hosts_that_are_served() -> None:
    assert set(hosts("127.0.0.1", 1)) == {"127.0.0.1:1", "localhost:1", "[::1]:1"}
    assert "10.1.2.3:8765" in hosts("10.1.2.3", 8765)
    assert "[fe80::1]:1" in hosts("fe80::1", 1)
    assert [is_loopback(each) for each in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "10.0.0.1", "box")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


def test_the_cookie_is_for_this_site_alone(app: App) -> None:
    client = apps.client(app)
    answer = client.form("/login", "/login", token=apps.TOKENS["ann"], follow=False)
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("linkage_8765="))
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert apps.TOKENS["ann"] not in cookie


def test_forms_need_their_token(app: App) -> None:
    client = apps.login(app)
    before = app.site.desk.log.last()
    for data in ({"other": "1"}, {"form_token": ""}, {"form_token": "x" * 43}):
        answer = client.post(f"/campaign/{apps.BIG}/take", data=data)
        assert answer.status_code == 403
    other = apps.login(app, "bob")
    stolen = re.search(r'form_token" value="([^"]+)"', other.get("/").text)
    assert stolen is not None
    assert client.post(f"/campaign/{apps.BIG}/take", data={"form_token": stolen[1]}).status_code == 403
    assert app.site.desk.log.last() == before + 1  # bob's login


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
    ],
)
def test_forms_of_other_sites_are_refused(app: App, headers: dict[str, str]) -> None:
    client = apps.login(app)
    token = re.search(r'form_token" value="([^"]+)"', client.get("/").text)
    assert token is not None
    answer = client.post(f"/campaign/{apps.BIG}/take", data={"form_token": token[1]}, headers=headers)
    assert answer.status_code == 403
    assert app.site.desk.state.case(apps.BIG).taken_by is None


def test_other_kinds_of_requests_are_refused(app: App) -> None:
    client = apps.login(app)
    assert client.put("/").status_code == 405
    assert client.post("/logout", json={"form_token": "x"}).status_code == 415
    assert client.post("/logout", data={"form_token": "x" * 5_000_000}).status_code == 413
    many = "&".join(f"account={n}" for n in range(6_000))
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/logout", content=many, headers=form).status_code == 413


def test_logins_that_fail_are_slowed_and_logged(app: App, clock: apps.Clock) -> None:
    client = apps.client(app)
    for _ in range(5):
        assert client.form("/login", "/login", token="wrong").status_code == 403
    for token in ("wrong", apps.TOKENS["ann"]):
        answer = client.form("/login", "/login", token=token)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
    clock.seconds += WINDOW + 5
    assert client.form("/login", "/login", token=apps.TOKENS["ann"], follow=False).status_code == 303
    actions = [each.action for each in app.site.desk.log.entries()]
    assert actions == ["login refused"] * 5 + ["login"]


def test_a_login_form_cannot_be_sent_from_elsewhere(app: App) -> None:
    client = apps.client(app)
    assert client.post("/login", data={"token": apps.TOKENS["ann"], "form_token": "x"}).status_code == 403


@pytest.mark.parametrize("passed", [IDLE + 5, LONGEST + 5])
def test_sessions_end(app: App, clock: apps.Clock, passed: float) -> None:
    client = apps.login(app)
    assert client.get("/").status_code == 200
    clock.seconds += passed
    assert client.get("/", follow_redirects=False).status_code == 303


def test_logging_out_ends_the_session_and_not_only_the_cookie(app: App) -> None:
    client = apps.login(app)
    key = client.cookies["linkage_8765"]
    client.form("/logout")
    again = apps.client(app)
    again.cookies.set("linkage_8765", key)
    assert again.get("/", follow_redirects=False).status_code == 303


def test_named_users_keep_their_token_and_the_log_has_only_its_hash(app: App) -> None:
    log = app.site.desk.log
    made = make_users(log, ["carol"], apps.NOW)
    client = apps.client(app)
    assert client.form("/login", "/login", token=made["carol"], follow=False).status_code == 303
    assert "carol" in client.get("/").text
    text = b"".join(each.read_bytes() for each in log.path.parent.glob("log.sqlite*"))
    assert made["carol"].encode() not in text
    new = make_users(log, ["carol"], apps.NOW)
    assert client.form("/login", "/login", token=made["carol"]).status_code in (200, 403)
    assert new["carol"] != made["carol"]
    for name in ("", " x", "x" * 41, "a\nb", "\u202eb"):
        with pytest.raises(RefusedError, match="--user"):
            make_users(log, [name], apps.NOW)
