// SPDX-FileCopyrightText: aliyun.elasticsearch contributors
// SPDX-License-Identifier: GPL-3.0-or-later

import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.elasticsearch.Build;
import org.elasticsearch.cluster.metadata.RepositoryMetadata;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.blobstore.BlobStore;
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
import org.elasticsearch.indices.recovery.RecoverySettings;
import org.elasticsearch.node.EmbeddedNode;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.NetworkPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.RepositoryPlugin;
import org.elasticsearch.repositories.RepositoriesMetrics;
import org.elasticsearch.repositories.Repository;
import org.elasticsearch.repositories.fs.FsRepository;
import org.elasticsearch.telemetry.tracing.Tracer;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.Transport;
import org.elasticsearch.xcontent.NamedXContentRegistry;

/** A node of Elasticsearch 8 with the repository type slow_fs and an HTTP of our own. */
final class Engine {
    private static ObjectStore objectStore;
    private final Node node;

    Engine(Map<String, String> settings, ObjectStore store) throws Exception {
        objectStore = store;
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
                BiConsumer<HttpPreRequest, ThreadContext> context, ClusterSettings clusterSettings, Tracer tracer) {
            return Map.of("loopback", () -> new LoopbackHttp(settings, network, pool, registry, dispatcher, clusterSettings));
        }
    }

    /** Adds the repository type slow_fs: fs, with the setting object_delay in milliseconds for each object read. */
    public static final class SlowFs extends Plugin implements RepositoryPlugin {
        @Override
        public Map<String, Repository.Factory> getRepositories(
                Environment environment, NamedXContentRegistry registry, ClusterService service, BigArrays arrays, RecoverySettings recovery,
                RepositoriesMetrics metrics) {
            return Map.of("slow_fs", metadata -> new SlowFsRepository(metadata, environment, registry, service, arrays, recovery));
        }
    }

    private static final class SlowFsRepository extends FsRepository {
        SlowFsRepository(
                RepositoryMetadata metadata, Environment environment, NamedXContentRegistry registry, ClusterService service, BigArrays arrays,
                RecoverySettings recovery) {
            super(metadata, environment, registry, service, arrays, recovery);
        }

        @Override
        protected BlobStore createBlobStore() throws Exception {
            return objectStore.wrap(super.createBlobStore(), BlobStore.class, metadata.settings().getAsLong("object_delay", 0L));
        }
    }
}
