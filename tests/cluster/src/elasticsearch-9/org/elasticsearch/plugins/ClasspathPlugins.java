// SPDX-FileCopyrightText: aliyun.elasticsearch contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package org.elasticsearch.plugins;

import java.util.List;
import java.util.Map;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;

/** Plugins that are on the classpath; it lies in this package as what it hands out is not public. */
public final class ClasspathPlugins extends PluginsService {
    private final List<LoadedPlugin> loaded;

    public ClasspathPlugins(Environment environment, PluginsLoader loader, List<Plugin> plugins) {
        super(environment.settings(), environment.configDir(), loader);
        loaded = plugins.stream().map(ClasspathPlugins::load).toList();
    }

    @Override
    protected List<LoadedPlugin> plugins() {
        return loaded == null ? List.of() : loaded;
    }

    private static LoadedPlugin load(Plugin plugin) {
        String name = plugin.getClass().getName();
        return new LoadedPlugin(new PluginDescriptor(name, "on the classpath", "none", "none", "17", name, null, List.of(), false, false, false, false, PluginDescriptor.DeploymentTarget.ALL), plugin, plugin.getClass().getClassLoader());
    }
}
