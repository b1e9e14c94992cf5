"""A value that cannot be used stops the start with a line, as the reference of settings says."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.__main__ import main
from services.embedded import CommandLine, complete
from tests.habits.names import ROOT, SERVICES, command_line, settings

# Each with what its line says of it.
WRONG = {
    "SITE": ("regions.example.org", "http:// or https:// and a host"),
    "PORT": ("abc", "a whole number"),
    "LOG_LEVEL": ("verbose", "DEBUG, INFO, WARNING, ERROR, CRITICAL"),
    "INDICATORS_KEPT_ANSWERS_MB": ("0", "greater than or equal to 1"),
    "PRACTICES_INDICATORS_URL": ("http://indicators:port", "http:// or https:// and a host"),
    "PRACTICES_WEBHOOKS_LOCAL": ("maybe", "true or false"),
    "SEARCH_TASK_SECONDS": ("inf", "finite number"),
    "SEARCH_MEILI_URL": ("meilisearch:7700", "http:// or https:// and a host"),
    "GATEWAY_PEER_PER_MINUTE": ("abc", "a whole number"),
    "GATEWAY_QUOTA_URL": ("localhost:6379", "redis://host:6379/0"),
    "GATEWAY_TRUSTED_PROXIES": ("10.0.0.1/8", "networks such as 10.0.0.0/8"),
    "GATEWAY_OPENID_ISSUER": ("login", "http:// or https:// and a host"),
}
SECRET = {
    "PRACTICES_DATABASE_URL": "mysql://me:swordfish@host/name",
    "GATEWAY_QUOTA_URL": "http://me:swordfish@host",
}


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in {named.name for named in settings()} | command_line():
        monkeypatch.delenv(name, raising=False)


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(arguments) == 2
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("arguments", [[], ["migrate"], ["run", "search"], ["people", "list"]])
def test_every_wrong_setting_is_told_at_once_with_what_is_allowed(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, (value, _) in WRONG.items():
        monkeypatch.setenv(name, value)
    told = {line.split(": ", 2)[1]: line for line in lines(capsys, *arguments)}
    assert told.keys() == {f"{name}={value}" for name, (value, _) in WRONG.items()}
    assert [one for one, (value, why) in WRONG.items() if why not in told[f"{one}={value}"]] == []


@pytest.mark.parametrize("name", SECRET)
def test_the_value_of_a_secret_is_not_shown(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, SECRET[name])
    (line,) = lines(capsys, "migrate")
    assert name in line
    assert "swordfish" not in line


def test_each_example_of_the_reference_is_a_line_that_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs/reference/settings.md").read_text("utf-8")
    examples = [line for line in page.splitlines() if line.startswith("error: ")]
    for line in examples:
        name, _, value = line.split(": ")[1].partition("=")
        monkeypatch.setenv(name, value)
    assert examples
    assert lines(capsys, "migrate") == examples


def test_an_address_of_readers_has_no_path_and_loses_its_last_slash(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SITE", "https://regions.example.org/")
    assert CommandLine.model_validate({}).site == "https://regions.example.org"
    monkeypatch.setenv("SITE", "https://regions.example.org/platform")
    assert "without a path" in lines(capsys, "migrate")[0]


@pytest.mark.parametrize("port", ["abc", "65536", "-1"])
def test_an_option_that_is_no_port_is_refused(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([f"--port={port}"])
    assert "choose 1 to 65535" in capsys.readouterr().err


def test_any_setting_can_stand_in_a_file_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.__main__ import _parser

    told = {"PORT": "8111", "LOG_LEVEL": "error", "DATA_DIR": "/srv/data"}
    for kind in (CommandLine, *SERVICES.values()):
        monkeypatch.setitem(kind.model_config, "secrets_dir", tmp_path)
    for name, value in told.items():
        (tmp_path / name).write_text(value + "\n")
    options = _parser().parse_args([])
    complete(options)
    found = (options.port, options.log_level, options.data_dir)
    assert found == (8111, "ERROR", Path("/srv/data"))


def test_an_empty_variable_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for named in settings():
        monkeypatch.setenv(named.name, "")
    for kind in SERVICES.values():
        assert kind.model_validate({}).model_fields_set == set()
