# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A loopback emulator of the Alibaba Cloud Elasticsearch OpenAPI and of the clusters behind it, for tests only."""
