// SPDX-FileCopyrightText: aliyun.elasticsearch contributors
// SPDX-License-Identifier: GPL-3.0-or-later

import java.util.List;
import java.util.Map;
import org.opensearch.Version;
import org.opensearch.cluster.metadata.RepositoryMetadata;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.blobstore.BlobStore;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.indices.recovery.RecoverySettings;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.PluginInfo;
import org.opensearch.plugins.RepositoryPlugin;
import org.opensearch.repositories.Repository;
import org.opensearch.repositories.fs.FsRepository;
import org.opensearch.transport.Netty4ModulePlugin;

/** A node of OpenSearch 3 with the repository type slow_fs. */
final class Engine {
    private static ObjectStore objectStore;
    private final Node node;

    Engine(Map<String, String> settings, ObjectStore store) throws Exception {
        objectStore = store;
        Settings.Builder builder = Settings.builder().put("transport.type", "netty4").put("http.type", "netty4");
        settings.forEach(builder::put);
        Environment environment = InternalSettingsPreparer.prepareEnvironment(builder.build(), Map.of(), null, () -> "only");
        node = new EmbeddedNode(environment);
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
            super(environment, List.of(plugin(Netty4ModulePlugin.class), plugin(SlowFs.class)), false);
        }

        private static PluginInfo plugin(Class<? extends Plugin> type) {
            return new PluginInfo(type.getName(), "on the classpath", "none", Version.CURRENT, "21", type.getName(), List.of(), false);
        }

        @Override
        protected void configureNodeAndClusterIdStateListener(ClusterService service) {
            // It sets up a converter of log4j that only a node's own bootstrap registers.
        }
    }

    /** Adds the repository type slow_fs: fs, with the setting object_delay in milliseconds for each object read. */
    public static final class SlowFs extends Plugin implements RepositoryPlugin {
        @Override
        public Map<String, Repository.Factory> getRepositories(
                Environment environment, NamedXContentRegistry registry, ClusterService service, RecoverySettings recovery) {
            return Map.of("slow_fs", metadata -> new SlowFsRepository(metadata, environment, registry, service, recovery));
        }
    }

    private static final class SlowFsRepository extends FsRepository {
        SlowFsRepository(
                RepositoryMetadata metadata, Environment environment, NamedXContentRegistry registry, ClusterService service, RecoverySettings recovery) {
            super(metadata, environment, registry, service, recovery);
        }

        @Override
        protected BlobStore createBlobStore() throws Exception {
            return objectStore.wrap(super.createBlobStore(), BlobStore.class, metadata.settings().getAsLong("object_delay", 0L));
        }
    }
}
