"""Where secrets come from: the environment, or, in embedded mode alone, a file that the first start makes."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    secret_key: str
    seal_keys: list[str]
    sandbox_webhook_secret: str


def required_secrets() -> Secrets:
    """Secrets of a production server. Raises ImproperlyConfigured with the names of those that are missing."""
    missing = [name for name in ("SECRET_KEY", "SEAL_KEYS") if not os.environ.get(name)]
    if missing:
        raise ImproperlyConfigured(f"{' and '.join(missing)} must be set when DATABASE_URL is: see docs/deploy.md")
    return Secrets(
        secret_key=os.environ["SECRET_KEY"],
        seal_keys=os.environ["SEAL_KEYS"].split(","),
        sandbox_webhook_secret=os.environ.get("SANDBOX_WEBHOOK_SECRET", ""),
    )


def embedded_secrets(data_dir: Path) -> Secrets:
    """Secrets of an embedded server: made once, readable by its owner alone, overridden by the environment."""
    path = data_dir / "secrets.json"
    if not path.exists():
        made = Secrets(
            secret_key=secrets.token_urlsafe(48),
            seal_keys=[Fernet.generate_key().decode()],
            sandbox_webhook_secret=secrets.token_urlsafe(32),
        )
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(asdict(made)))
        try:
            os.link(partial, path)
        except FileExistsError:
            pass  # another process of the same first start was faster: its secrets are the ones
        finally:
            partial.unlink()
    kept = Secrets(**json.loads(path.read_text()))
    return Secrets(
        secret_key=os.environ.get("SECRET_KEY") or kept.secret_key,
        seal_keys=os.environ["SEAL_KEYS"].split(",") if os.environ.get("SEAL_KEYS") else kept.seal_keys,
        sandbox_webhook_secret=os.environ.get("SANDBOX_WEBHOOK_SECRET") or kept.sandbox_webhook_secret,
    )
