"""Alipay on the loopback: signs what it answers, and what its notices say, with a key of its own."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tests.commerce.payments.stand_ins.server import Answer, Asked

OURS = rsa.generate_private_key(65537, 2048)
THEIRS = rsa.generate_private_key(65537, 2048)
STRANGER = rsa.generate_private_key(65537, 2048)


def sign(text: str, key: rsa.RSAPrivateKey) -> str:
    return b64encode(key.sign(text.encode(), padding.PKCS1v15(), SHA256())).decode()


def says(key: rsa.RSAPrivateKey = THEIRS, **body: str) -> Any:
    """Answers each method with this, signed."""

    def answer(asked: Asked) -> Answer:
        method = parse_qs(asked.path.partition("?")[2])["method"][0]
        content = json.dumps(body)
        whole = f'{{"{method.replace(".", "_")}_response":{content},"sign":"{sign(content, key)}"}}'
        return 200, {"Content-Type": "application/json"}, whole.encode()

    return answer
