"""A passkey in software: what a phone does, by the WebAuthn specification (level 2, section 6)."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG
TOUCHED = FLAG.UP | FLAG.UV


class Passkey:
    """One key on one device; it answers for one person after it has been registered."""

    def __init__(self, origin: str = "http://testserver") -> None:
        self.origin = origin
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = sha256(str(id(self)).encode()).digest()
        self.user_handle = ""

    def register(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to a page's creation options."""
        wanted = options["publicKey"]
        self.user_handle = wanted["user"]["id"]
        public = ES256.from_cryptography_key(self.private.public_key())  # type: ignore[no-untyped-call]
        attested = AttestedCredentialData.create(Aaguid.NONE, self.id, public)
        made = self._authenticator_data(wanted["rp"]["id"], TOUCHED | FLAG.AT, attested)
        client = self._client_data(CollectedClientData.TYPE.CREATE, wanted["challenge"])
        attestation = AttestationObject.create("none", made, {})
        return self._answer({"clientDataJSON": b64(client), "attestationObject": b64(attestation)})

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to a page's request options."""
        wanted = options["publicKey"]
        made = self._authenticator_data(wanted["rpId"], TOUCHED)
        client = self._client_data(CollectedClientData.TYPE.GET, wanted["challenge"])
        signature = self.private.sign(made + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": b64(client),
                "authenticatorData": b64(made),
                "signature": b64(signature),
                "userHandle": self.user_handle,
            }
        )

    def _authenticator_data(self, rp_id: str, flags: FLAG, attested: bytes = b"") -> AuthenticatorData:
        made: AuthenticatorData = AuthenticatorData.create(sha256(rp_id.encode()).digest(), flags, 0, attested)
        return made

    def _client_data(self, kind: CollectedClientData.TYPE, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(kind, challenge, self.origin)

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        return {
            "id": b64(self.id),
            "rawId": b64(self.id),
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {"credProps": {"rk": True}},
        }


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
