// SPDX-FileCopyrightText: aliyun.elasticsearch contributors
// SPDX-License-Identifier: GPL-3.0-or-later

import java.util.Map;
import ${base}.cluster.metadata.RepositoryMetadata;
import ${base}.cluster.service.ClusterService;
import ${base}.common.blobstore.BlobStore;
import ${base}.env.Environment;
import ${base}.indices.recovery.RecoverySettings;
import ${base}.plugins.Plugin;
import ${base}.plugins.RepositoryPlugin;
import ${base}.repositories.Repository;
import ${base}.repositories.fs.FsRepository;
import ${xcontent}.NamedXContentRegistry;

/** Adds the repository type slow_fs: fs, with the setting object_delay in milliseconds for each object read. */
public final class SlowFs extends Plugin implements RepositoryPlugin {
    private static final ObjectStore OBJECT_STORE = Main.OBJECT_STORE;

    @Override
    public Map<String, Repository.Factory> getRepositories(
            Environment environment, NamedXContentRegistry registry, ClusterService service, ${arrays.parameter}
            RecoverySettings recovery${metrics.parameters}) {
        return Map.of("slow_fs", ${metadata.names} -> new FsRepository(${metadata.names.plain}, environment, registry, service, ${arrays} recovery) {
            @Override
            protected BlobStore createBlobStore() throws Exception {
                long delay = getMetadata().settings().getAsLong("object_delay", 0L);
                return OBJECT_STORE.wrap(super.createBlobStore(), BlobStore.class, delay);
            }
        });
    }
}
