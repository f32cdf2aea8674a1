// SPDX-FileCopyrightText: aliyun.elasticsearch contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package org.elasticsearch.node;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.ClasspathPlugins;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsService;

/** A node with plugins from the classpath; it lies in this package as the way to hand them in is not public. */
public final class EmbeddedNode extends Node {
    public EmbeddedNode(Environment environment, List<Plugin> plugins) {
        super(NodeConstruction.prepareConstruction(environment, loader(), provider(plugins), false));
    }

    private static PluginsLoader loader() {
        return PluginsLoader.createPluginsLoader(Set.of(), Set.of(), Map.of(), false);
    }

    private static NodeServiceProvider provider(List<Plugin> plugins) {
        return new NodeServiceProvider() {
            @Override
            PluginsService newPluginService(Environment environment, PluginsLoader loader) {
                return new ClasspathPlugins(environment, loader, plugins);
            }
        };
    }

    @Override
    protected void configureNodeAndClusterIdStateListener(ClusterService service) {
        // It sets up a converter of log4j that only a node's own bootstrap registers.
    }
}
