// SPDX-FileCopyrightText: aliyun.elasticsearch contributors
// SPDX-License-Identifier: GPL-3.0-or-later

import java.util.List;
import java.util.Map;
import org.elasticsearch.Version;
import org.elasticsearch.cluster.metadata.RepositoryMetadata;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.blobstore.BlobStore;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.xcontent.NamedXContentRegistry;
import org.elasticsearch.env.Environment;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.indices.recovery.RecoverySettings;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.RepositoryPlugin;
import org.elasticsearch.repositories.Repository;
import org.elasticsearch.repositories.fs.FsRepository;
import org.elasticsearch.transport.Netty4Plugin;

/** A node of Elasticsearch 7.10 with the repository type slow_fs. */
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
            super(environment, List.of(Netty4Plugin.class, SlowFs.class), false);
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
