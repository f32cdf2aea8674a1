// SPDX-FileCopyrightText: aliyun.elasticsearch contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package org.elasticsearch.node;

import java.util.List;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.ClasspathPlugins;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.PluginsService;

/** A node with plugins from the classpath; it lies in this package as the way to hand them in is not public. */
public final class EmbeddedNode extends Node {
    public EmbeddedNode(Environment environment, List<Plugin> plugins) {
        super(NodeConstruction.prepareConstruction(environment, provider(plugins), false));
    }

    private static NodeServiceProvider provider(List<Plugin> plugins) {
        return new NodeServiceProvider() {
            @Override
            PluginsService newPluginService(Environment environment, Settings settings) {
                return new ClasspathPlugins(environment, settings, plugins);
            }
        };
    }

    @Override
    protected void configureNodeAndClusterIdStateListener(ClusterService service) {
        // It sets up a converter of log4j that only a node's own bootstrap registers.
    }
}
