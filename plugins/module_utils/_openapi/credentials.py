# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Credentials of Alibaba Cloud: an access key pair, with a security token where it is temporary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import AliyunError

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping


class Credentials:
    """An access key pair, with a security token where it is temporary; it never shows its secrets by itself."""

    def __init__(self, access_key_id: str, access_key_secret: str, security_token: str | None = None) -> None:
        self.access_key_id = access_key_id
        self.access_key_secret = access_key_secret
        self.security_token = security_token

    @property
    def secrets(self) -> list[str]:
        """What must never be shown."""
        return [secret for secret in (self.access_key_secret, self.security_token) if secret]


def key_pair(values: Mapping[str, str], kind: str, *, token_alone_is_half: bool = False) -> Credentials | None:
    """Return the credentials of one place, None where it has none; a blank value counts as not given.

    ``values`` has, by the name that a message gives them, the AccessKey ID, the secret and the security token, in this
    order; ``kind`` says what these names are. With ``token_alone_is_half``, a token alone is half a pair, too.
    Raises AliyunError for half a pair, and for characters that no key has.
    """
    given = {name: value.strip() for name, value in values.items() if value.strip()}
    id_name, secret_name, token_name = values
    if not given or (list(given) == [token_name] and not token_alone_is_half):
        return None
    missing = [name for name in (id_name, secret_name) if name not in given]
    if missing:
        raise AliyunError(
            f"Half a key pair: the {kind} {' and '.join(given)} is set, {' and '.join(missing)} is missing or blank. "
            "Credentials are never mixed from several places."
        )
    for name, value in given.items():
        if not is_printable(value):
            raise AliyunError(f"The {kind} {name} holds white space or characters that are not printable ASCII.")
    return Credentials(given[id_name], given[secret_name], given.get(token_name))


def is_printable(value: str) -> bool:
    """Whether a text is printable ASCII without white space, as keys and tokens are."""
    return all("!" <= char <= "~" for char in value)
