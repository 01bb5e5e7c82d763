"""compose.yaml: the same programs, told what they know, on loopback only."""

import pytest
import yaml

import documents
from paths import ROOT

SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
# By service the program that it runs.
OURS = {name: [*service.get("entrypoint", []), *service["command"]][0]
        for name, service in SERVICES.items()
        if service["image"].startswith("betting-engine:") and name != "token-key"}


def test_every_program_is_there():
    assert set(OURS.values()) == set(documents.PROGRAMS)


@pytest.mark.parametrize("name", OURS)
def test_a_program_is_told_what_it_or_another_knows(name):
    given = SERVICES[name]["environment"]
    own = set(given) - set(SERVICES["migrate"]["environment"])
    # `betctl token` reads the key, too.
    assert own <= documents.known_to(OURS[name]) | {"TOKEN_KEY_FILE"}
    assert set(given) <= documents.known_to_any()


@pytest.mark.parametrize("name", [name for name, program in OURS.items()
                                  if program in documents.SERVICES])
def test_a_service_listens_where_its_port_leads(name):
    given = SERVICES[name]["environment"]
    ports = {given["HTTP_PORT"], given.get("ADMIN_PORT", given["HTTP_PORT"])}
    assert set(SERVICES[name]["ports"]) == {f"127.0.0.1:{port}:{port}" for port in ports}
    assert ("ADMIN_PORT" in given) == (OURS[name] == "api-server")


def test_everything_is_on_loopback():
    for name, service in SERVICES.items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), (name, port)


def test_no_port_is_given_twice():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == len(set(ports))


def test_the_key_of_tokens_is_drawn_before_it_is_read():
    readers = {name for name, service in SERVICES.items()
               if "TOKEN_KEY_FILE" in service.get("environment", {})}
    assert readers == {"api-server", "betctl"}
    for name in readers:
        service = SERVICES[name]
        assert service["environment"]["TOKEN_KEY_FILE"].startswith("/etc/token-keys/")
        assert service["volumes"] == ["token-keys:/etc/token-keys:ro"]
        assert service["depends_on"]["token-key"] == {"condition": "service_completed_successfully"}
    assert SERVICES["token-key"]["volumes"] == ["token-keys:/etc/token-keys"]
