// SPDX-FileCopyrightText: aliyun.elasticsearch contributors
// SPDX-License-Identifier: GPL-3.0-or-later

import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.elasticsearch.Build;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.network.NetworkService;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.BigArrays;
import org.elasticsearch.common.util.PageCacheRecycler;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.env.Environment;
import org.elasticsearch.http.HttpPreRequest;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.indices.breaker.CircuitBreakerService;
import org.elasticsearch.node.EmbeddedNode;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.NetworkPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.Transport;
import org.elasticsearch.xcontent.NamedXContentRegistry;

/** A node of Elasticsearch 8 or 9, whose netty module is not published, with an HTTP of our own. */
final class Engine {
    private final Node node;

    Engine(Map<String, String> settings) throws Exception {
        LogConfigurator.configureESLogging();
        Settings.Builder builder = Settings.builder().put("transport.type", "none").put("http.type", "loopback");
        settings.forEach(builder::put);
        Environment environment = InternalSettingsPreparer.prepareEnvironment(builder.build(), Map.of(), null, () -> "only");
        node = new EmbeddedNode(environment, List.of(new Loopback(), new SlowFs()));
        node.start();
    }

    int port() {
        return node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress().getPort();
    }

    String version() {
        return Build.current().version();
    }

    /** Stands in for the netty module. */
    public static final class Loopback extends Plugin implements NetworkPlugin {
        @Override
        public Map<String, Supplier<Transport>> getTransports(
                Settings settings, ThreadPool pool, PageCacheRecycler recycler, CircuitBreakerService breakers,
                NamedWriteableRegistry registry, NetworkService network) {
            return Map.of("none", NoTransport::new);
        }

        @Override
        public Map<String, Supplier<HttpServerTransport>> getHttpTransports(
                Settings settings, ThreadPool pool, BigArrays arrays, PageCacheRecycler recycler, CircuitBreakerService breakers,
                NamedXContentRegistry registry, NetworkService network, HttpServerTransport.Dispatcher dispatcher,
                BiConsumer<HttpPreRequest, ThreadContext> context, ClusterSettings clusterSettings, ${telemetry} telemetry) {
            return Map.of("loopback", () -> new LoopbackHttp(settings, network, pool, registry, dispatcher, clusterSettings));
        }
    }
}
