// SPDX-FileCopyrightText: aliyun.elasticsearch contributors
// SPDX-License-Identifier: GPL-3.0-or-later

import java.util.List;
import java.util.Map;
import ${base}.Version;
import ${base}.cluster.service.ClusterService;
import ${base}.common.settings.Settings;
import ${base}.env.Environment;
import ${base}.http.HttpServerTransport;
import ${base}.node.InternalSettingsPreparer;
import ${base}.node.Node;
import ${base}.plugins.Plugin;

/** A node of an engine whose own netty module is published. */
final class Engine {
    private final Node node;

    Engine(Map<String, String> settings) throws Exception {
        Settings.Builder builder = Settings.builder().put("transport.type", "netty4").put("http.type", "netty4");
        settings.forEach(builder::put);
        node = new EmbeddedNode(InternalSettingsPreparer.prepareEnvironment(builder.build(), Map.of(), null, () -> "only"));
        node.start();
    }

    int port() {
        return node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress().getPort();
    }

    String version() {
        return Version.CURRENT.toString();
    }

    private static final class EmbeddedNode extends Node {
        EmbeddedNode(Environment environment) {
            super(environment, List.of(plugin(${base}.transport.${netty}.class), plugin(SlowFs.class)), false);
        }

        private static ${plugin.type} plugin(Class<? extends Plugin> type) {
            return ${plugin.value};
        }

        @Override
        protected void configureNodeAndClusterIdStateListener(ClusterService service) {
            // It sets up a converter of log4j that only a node's own bootstrap registers.
        }
    }
}
