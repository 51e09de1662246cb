"""docker-compose.yml and the Dockerfile, held against the specification and against our own settings."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft201909Validator

ROOT = Path(__file__).resolve().parents[2]
OURS = ("web", "worker", "beat", "migrate")


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def services(compose) -> dict:
    return compose["services"]


def test_compose_file_keeps_the_specification(compose):
    schema = json.loads((ROOT / "deploy" / "vendor" / "compose-spec" / "compose-spec.json").read_text())
    errors = Draft201909Validator(schema).iter_errors(compose)

    assert [f"{'/'.join(map(str, error.path))}: {error.message}" for error in errors] == []


def test_every_part_is_there_and_watched(services):
    assert set(services) == {"proxy", "web", "worker", "beat", "migrate", "postgres", "redis"}
    watched_by_image = {"web"}  # HEALTHCHECK of the Dockerfile
    assert {name for name, service in services.items() if "healthcheck" not in service} == watched_by_image
    assert "--appendonly yes" in services["redis"]["command"]


def test_whatever_is_named_is_declared(compose, services):
    named = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert {name for name in named if not name.startswith("./")} == set(compose["volumes"])
    assert {name for service in services.values() for name in service["networks"]} == set(compose["networks"])
    assert {name for service in services.values() for name in service.get("depends_on", {})} <= set(services)
    mounted = [name for name in named if name.startswith("./")]
    assert [name for name in mounted if not (ROOT / name).exists()] == []


def test_only_the_proxy_can_be_reached_from_outside(compose, services):
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert compose["networks"]["inside"] == {"internal": True}
    assert [services[name]["networks"] for name in ("postgres", "redis")] == [["inside"], ["inside"]]


def test_secrets_come_from_the_environment_and_are_demanded():
    words = (ROOT / "docker-compose.yml").read_text()
    demanded = ("SECRET_KEY", "ENCRYPTION_KEYS", "POSTGRES_PASSWORD", "DOMAIN")
    assert [name for name in demanded if f"${{{name}:?" not in words] == []
    secret = re.findall(r"^\s*\w*(?:PASSWORD|SECRET|SECRET_KEY): (.*)$", words, re.MULTILINE)
    assert len(secret) >= 2
    assert [value for value in secret if not value.startswith("${")] == []


def test_every_setting_given_is_one_that_settings_reads(services):
    read = set(re.findall(r'\benv\.\w+\(\s*"(\w+)"', (ROOT / "onsite" / "settings.py").read_text()))
    given = {name for service in OURS for name in services[service]["environment"]}

    assert given - read == set()


def test_every_setting_of_the_readme_reaches_the_processes(services):
    """All of .env is handed on, and nothing that is set there is set again, but what compose makes of it."""
    for service in OURS:
        assert services[service]["env_file"] == [".env"]
    made = {"DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "TRUSTED_PROXIES"}
    made |= {"SECRET_KEY", "ENCRYPTION_KEYS", "UPLOAD_DIR"}
    assert {name for service in OURS for name in services[service]["environment"]} == made
    read = set(re.findall(r'\benv\.\w+\(\s*"(\w+)"', (ROOT / "onsite" / "settings.py").read_text()))
    read -= {"TEST_DATABASE"}
    told = set(re.findall(r"`([A-Z][A-Z_]+)`", (ROOT / "README.md").read_text().partition("| Setting |")[2]))
    assert (read - told, told - read) == (set(), set())


def test_image_runs_unprivileged_watched_and_from_files_that_exist():
    lines = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()

    assert len([line for line in lines if line.startswith("FROM ")]) == 2
    assert [line for line in lines if line.startswith("USER ")] == ["USER onsite"]
    assert [line.split("CMD ")[1] for line in lines if line.startswith("HEALTHCHECK")] == [
        '["python", "deploy/healthy.py"]'
    ]
    assert "/healthz" in (ROOT / "deploy" / "healthy.py").read_text()
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert [name for name in sent if not (ROOT / name).exists()] == []
    assert [name for name in sent if name.split("/")[0] in ("var", ".venv", ".git", ".env")] == []


def test_the_web_process_begins_with_everything_loaded_and_out_of_the_garbage_collectors_way():
    asked = "import gc, sys, onsite.wsgi; print('apps.workplans.views.reports' in sys.modules, gc.get_freeze_count())"
    answer = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)

    loaded, frozen = answer.stdout.split()
    assert loaded == "True"
    assert int(frozen) > 100_000
