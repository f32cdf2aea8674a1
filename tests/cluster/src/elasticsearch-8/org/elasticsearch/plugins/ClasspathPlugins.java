// SPDX-FileCopyrightText: aliyun.elasticsearch contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package org.elasticsearch.plugins;

import java.util.List;
import java.util.Map;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.jdk.ModuleQualifiedExportsService;

/** Plugins that are on the classpath; it lies in this package as what it hands out is not public. */
public final class ClasspathPlugins extends PluginsService {
    private final List<LoadedPlugin> loaded;

    public ClasspathPlugins(Environment environment, Settings settings, List<Plugin> plugins) {
        super(settings, environment.configFile(), environment.modulesFile(), environment.pluginsFile());
        loaded = plugins.stream().map(ClasspathPlugins::load).toList();
    }

    @Override
    protected List<LoadedPlugin> plugins() {
        return loaded == null ? List.of() : loaded;
    }

    @Override
    protected void addServerExportsService(Map<String, List<ModuleQualifiedExportsService>> services) {
        // On the classpath there are no modules.
    }

    private static LoadedPlugin load(Plugin plugin) {
        String name = plugin.getClass().getName();
        return new LoadedPlugin(new PluginDescriptor(name, "on the classpath", "none", "none", "17", name, null, List.of(), false, false, false, false), plugin);
    }
}
