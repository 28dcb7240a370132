"""Who is let in."""

from pathlib import Path

import pytest
from web_fixtures import running

TOKEN = "a token of these tests"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "localhost.evil.example", "", "a b", "[::1"]
)
def test_names_that_are_not_ones_of_the_service_are_refused(web, host):
    response = web.client.get("/healthz", headers={"Host": host})
    assert response.status_code in (400, 421)


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:80", "LOCALHOST"])
def test_names_of_loopback_are_known(web, host):
    assert web.client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "file://"])
def test_pages_of_other_sites_are_refused(web, origin):
    for method, path in (("POST", "/api/upscale"), ("GET", "/api/models"), ("POST", "/api/jobs/upscale")):
        response = web.client.request(method, path, headers={"Origin": origin}, content=b"x")
        assert response.status_code == 403
    own = web.client.get("/api/models", headers={"Origin": web.url})
    assert own.status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pages_of_other_sites_can_link_to_the_page_and_to_nothing_else(web, site):
    headers = {"Sec-Fetch-Site": site}
    for path in ("/api/models", "/api/capabilities", "/metrics"):
        assert web.client.get(path, headers=headers).status_code == 403
        assert web.client.get(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert web.client.get("/", headers=headers).status_code == 200


def test_what_is_refused_is_counted(web):
    web.client.get("/healthz", headers={"Host": "evil.example"})
    assert 'srcnn_refused_total{status="421"}' in web.client.get("/metrics").text


def test_a_strict_policy_goes_with_every_answer(web):
    for path in ("/", "/healthz", "/nothing", "/api/models"):
        headers = web.client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_a_token_is_asked_for(tmp_path: Path):
    with running(tmp_path, token=TOKEN) as web:
        asked = web.client.get("/api/models")
        assert (asked.status_code, asked.headers["www-authenticate"]) == (401, "Bearer")
        assert web.client.get("/metrics").status_code == 401
        assert web.client.post("/api/upscale", content=b"x").status_code == 401
        for wrong in ("Bearer wrong", "Bearer", f"Basic {TOKEN}", "Bearer \xe9"):
            answer = web.client.get("/api/models", headers=[(b"Authorization", wrong.encode("latin-1"))])
            assert answer.status_code == 401
        assert web.client.get("/api/models", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        for path in ("/healthz", "/"):  # the page asks for the token
            assert web.client.get(path).status_code == 200
        for path in ("/%61pi/models", "//api/models", "/x/../api/models", "/API/models", "/metrics/"):
            assert web.client.get(path, follow_redirects=True).status_code in (401, 404)
