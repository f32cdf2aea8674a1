// SPDX-FileCopyrightText: aliyun.elasticsearch contributors
// SPDX-License-Identifier: GPL-3.0-or-later

import java.io.IOException;
import java.net.InetSocketAddress;
import org.elasticsearch.common.network.NetworkService;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.http.AbstractHttpServerTransport;
import org.elasticsearch.http.HttpServerChannel;
import org.elasticsearch.telemetry.TelemetryProvider;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.BytesRefRecycler;
import org.elasticsearch.xcontent.NamedXContentRegistry;

/** Elasticsearch 9's side of the wire. */
final class LoopbackHttp extends AbstractHttpServerTransport {
    LoopbackHttp(
            Settings settings, NetworkService network, ThreadPool pool, NamedXContentRegistry registry, Dispatcher dispatcher,
            ClusterSettings clusterSettings) {
        super(settings, network, BytesRefRecycler.NON_RECYCLING_INSTANCE, pool, registry, dispatcher, clusterSettings, TelemetryProvider.NOOP);
    }

    @Override
    protected void startInternal() {
        bindServer();
    }

    @Override
    protected void stopInternal() { }

    @Override
    protected HttpServerChannel bind(InetSocketAddress address) throws IOException {
        return Wire.listen(address, this::serverAcceptedChannel, this::incomingRequest);
    }
}
