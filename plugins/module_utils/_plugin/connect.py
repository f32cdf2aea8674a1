# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Build the clients from a plugin's options and environment, with everything checked that needs no network."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from ansible.module_utils.basic import missing_required_lib

from .._errors import AliyunError
from .._http.endpoint import base_url, is_unencrypted
from .._http.retry import RetryPolicy
from .._http.transport import Hints, Transport
from .._openapi.client import Client, is_region, regional_endpoint
from .._openapi.credentials import key_pair
from .._redaction import Redactor
from .options import (
    ENDPOINT_VARIABLES,
    KEY_OPTIONS,
    KEY_VARIABLES,
    PROFILE_VARIABLES,
    REGION_VARIABLES,
    check_transport,
)

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping

    from .._cluster.client import Cluster
    from .._openapi.credentials import Credentials

VERSION = "0.1.0"  # a test keeps it equal to that in galaxy.yml

CHAIN_SECONDS = 30.0
_MAX_NAME = 100


class Caller(Protocol):
    """The plugin that the clients are built for: a module, or an inventory plugin on the controller.

    ``options`` are those of the argument spec, ``environ`` the environment variables, and ``user_agent`` names what
    runs it.
    """

    options: Mapping[str, Any]
    environ: Mapping[str, str]
    user_agent: str

    def warn(self, text: str) -> None:
        """Show a warning."""

    def mask(self, secret: str) -> None:
        """Keep a secret out of all that is shown."""


def connect_openapi(caller: Caller) -> Client:
    """Return a client of the OpenAPI; raises AliyunError for what is missing or cannot work."""
    options, environ = caller.options, caller.environ
    url, region = find_endpoint(options, environ)
    is_of_region = region is not None and url == regional_endpoint(region, options["network"])
    origin = f"The name is made from the region {region}; check region and network." if is_of_region else ""
    transport = _transport(caller, url, "endpoint", origin)
    credentials = find_credentials(options, environ)
    for secret in credentials.secrets:
        caller.mask(secret)
    return Client(url, region, credentials, transport, _retry_policy(options))


def connect_cluster(caller: Caller, client: Client | None = None) -> Cluster:
    """Return the instance's cluster, read by the route that the options choose.

    ``client`` is the one to use for the route through the OpenAPI, where there is one already.
    Raises AliyunError for what is missing or cannot work.
    """
    from .._cluster.client import DirectCluster, OpenApiCluster, basic_credentials  # late: es_snapshot may not need it

    options = caller.options
    if not options["cluster_url"]:
        return OpenApiCluster(
            client or connect_openapi(caller),
            options["instance_id"],
            options["credential_id"],
            options["system_credential"],
            _retry_policy(options),
        )
    url = base_url("cluster_url", options["cluster_url"])
    _check_instance(url, options["instance_id"])
    username, password = options["cluster_username"], options["cluster_password"]
    caller.mask(basic_credentials(username, password))
    return DirectCluster(url, username, password, _transport(caller, url, "cluster_url"), _retry_policy(options))


def find_endpoint(options: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[str, str | None]:
    """Return the OpenAPI's base URL and, where it is known, the region.

    They come from the options ``endpoint``, ``region`` and ``network``, or else from the environment, or else the
    region is that of the profile in the CLI's file. A blank value counts as not given.
    Raises AliyunError where a value cannot be used, or where both are missing.
    """
    region = (options["region"] or "").strip() or first_set(environ, REGION_VARIABLES)
    endpoint = (options["endpoint"] or "").strip() or first_set(environ, ENDPOINT_VARIABLES)
    if region is not None and not is_region(region):
        raise AliyunError("region may hold lower-case letters, digits and '-' only, as in 'cn-hangzhou'.")
    if endpoint is not None:
        return base_url("endpoint", endpoint), region
    profile = named_profile(options, environ)
    region = region or _profile_region(profile, environ)
    if region is None:
        looked_at = f" The profile {_quoted(profile)} names none in ~/.aliyun/config.json either." if profile else ""
        raise AliyunError(
            "No region is given. Set the option region (or endpoint), or one of the environment variables "
            f"{', '.join(REGION_VARIABLES + ENDPOINT_VARIABLES)} where the module runs.{looked_at}"
        )
    return regional_endpoint(region, options["network"]), region


def named_profile(options: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Return the profile that the task names, or else the one of the environment that the credentials come from.

    It is empty where there is none.
    """
    profile: str = (options.get("profile") or "").strip()
    keys = [options.get(name) for name in KEY_OPTIONS]
    keys += [environ.get(name) for variables in KEY_VARIABLES for name in variables[:2]]
    if profile or any((key or "").strip() for key in keys):
        return profile
    return first_set(environ, PROFILE_VARIABLES) or ""


def account_name(options: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Return what tells apart whose credentials ``find_credentials`` finds: an AccessKey ID or the name of a profile.

    It is empty for the default chain. Nothing is read but the options and the environment.
    """
    profile = (options.get("profile") or "").strip()
    by_option = (options.get("access_key_id") or "").strip()
    by_variable = None if profile else first_set(environ, [variables[0] for variables in KEY_VARIABLES])
    return by_option or by_variable or named_profile(options, environ)


def find_credentials(
    options: Mapping[str, str | None], environ: Mapping[str, str], chain_seconds: float = CHAIN_SECONDS
) -> Credentials:
    """Return the credentials from the first place that has any; a blank value counts as not given.

    The places: the options ``access_key_id``, ``access_key_secret`` and ``security_token``; the option ``profile``;
    the key pairs of KEY_VARIABLES; the profile that PROFILE_VARIABLES name; the official package's default chain.
    The last two and the option ``profile`` need that package, which is given ``chain_seconds``.
    Raises AliyunError for half a pair, for characters that no key has, and where nothing is found.
    """
    found = key_pair({name: options.get(name) or "" for name in KEY_OPTIONS}, "task option", token_alone_is_half=True)
    if found:
        return found
    places = ["the task's options access_key_id, access_key_secret and profile"]
    profile = named_profile(options, environ)
    if not (options.get("profile") or "").strip():
        for variables in KEY_VARIABLES:
            found = key_pair({name: environ.get(name, "") for name in variables}, "environment variable")
            if found:
                return found
        pairs = ", ".join(f"{key_id} with {secret}" for key_id, secret, _token in KEY_VARIABLES)
        places.append(f"the environment variables {pairs}")
    places.append(f"the profile {_quoted(profile)}" if profile else "the default credential chain")
    looked_at = f"No usable credentials were found where the module runs. Looked at: {', '.join(places)}."
    from .._openapi.credentials_chain import PACKAGE, default_chain  # seldom needed, so not paid for by every task

    try:
        return default_chain(profile, chain_seconds)
    except ModuleNotFoundError:
        raise AliyunError(f"{looked_at} The last one needs a library. {missing_required_lib(PACKAGE)}") from None
    except AliyunError as error:
        raise AliyunError(f"{looked_at} {error.message}") from None


def first_set(environ: Mapping[str, str], names: Iterable[str]) -> str | None:
    """Return the first of the named variables that is set and not blank, without surrounding white space, else None.

    An exported but blank one counts as not set, unlike with Ansible's ``env_fallback``.
    """
    values = (environ.get(name, "").strip() for name in names)
    return next((value for value in values if value), None)


def _transport(caller: Caller, url: str, option: str, origin: str = "") -> Transport:
    # origin says where the URL comes from, when not from the option.
    options = caller.options
    check_transport(options)
    if not origin and is_unencrypted(url):
        caller.warn(f"The endpoint {url} is not encrypted: what is sent, a password too, can be read.")
    hints = Hints(
        slow="If the server is only slow, raise read_timeout.",
        unknown_host=origin or f"Check {option}.",
        unknown_issuer=""
        if options["ca_path"]
        else "If a CA of your own issued it, give the certificate of that CA with ca_path.",
        plain_http=""
        if origin
        else f"Check the port in {option}; if the server has no TLS, begin {option} with http://.",
        unreadable_ca="Check ca_path, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE.",
    )
    try:
        return Transport(
            connect_timeout=options["connect_timeout"],
            read_timeout=options["read_timeout"],
            verify=(options["ca_path"] or True) if options["validate_certs"] else False,
            product=f"aliyun.elasticsearch/{VERSION} {caller.user_agent}",
            hints=hints,
        )
    except ModuleNotFoundError:
        raise AliyunError(missing_required_lib("requests")) from None


def _profile_region(profile: str, environ: Mapping[str, str]) -> str | None:
    if not profile or environ.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "").lower() == "true":
        return None
    from .._openapi.credentials_chain import cli_region

    return cli_region(profile, environ.get("HOME") or environ.get("HOMEPATH") or os.path.expanduser("~"))


def _quoted(profile: str) -> str:
    return repr(Redactor()(profile, _MAX_NAME))


def _retry_policy(options: Mapping[str, Any]) -> RetryPolicy:
    return RetryPolicy(options["retries"], options["retry_max_delay"])


def _check_instance(url: str, instance_id: str) -> None:
    # Another instance's snapshots would pass for this one's.
    # Source: Alibaba Cloud Elasticsearch, "CreateDataTasks" (endpoint in the examples).
    host = (urlsplit(url).hostname or "").lower().rstrip(".")
    is_of_an_instance = host.startswith("es-") and host.endswith(".elasticsearch.aliyuncs.com")
    name = instance_id.lower()
    if is_of_an_instance and not host.startswith((f"{name}.", f"{name}-")):
        raise AliyunError(f"cluster_url is that of another instance: its host {host} does not begin with instance_id.")
