# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A loopback stand-in for the Alibaba Cloud Elasticsearch OpenAPI, for tests only."""
