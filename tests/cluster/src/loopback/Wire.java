// SPDX-FileCopyrightText: aliyun.elasticsearch contributors
// SPDX-License-Identifier: GPL-3.0-or-later

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.bytes.ReleasableBytesReference;
import org.elasticsearch.common.network.CloseableChannel;
import org.elasticsearch.http.HttpBody;
import org.elasticsearch.http.HttpChannel;
import org.elasticsearch.http.HttpRequest;
import org.elasticsearch.http.HttpResponse;
import org.elasticsearch.http.HttpServerChannel;
import org.elasticsearch.rest.ChunkedRestResponseBodyPart;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.transport.BytesRefRecycler;

/**
 * HTTP/1.1 for Elasticsearch 8 and 9, whose own netty module is not published: one thread for each connection, one
 * request after the other. So what a header says here is this class's word and not Elasticsearch's.
 */
final class Wire {
    private Wire() { }

    /** Listen at an address; tell of each connection, then of each request. */
    static HttpServerChannel listen(
            InetSocketAddress address, Consumer<HttpChannel> accepted, BiConsumer<HttpRequest, HttpChannel> requested) throws IOException {
        ServerSocket server = new ServerSocket();
        server.bind(address);
        start("accept", () -> {
            while (true) {
                Connection connection = new Connection(server.accept());
                accepted.accept(connection);
                start("connection", () -> connection.serve(requested));
            }
        });
        return new Listening(server);
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void start(String name, Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Exception ignored) {
                // The connection is gone, which its listeners know already.
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** What can be closed, and tells so. */
    private abstract static class Channel implements CloseableChannel {
        private final List<ActionListener<Void>> listeners = new ArrayList<>();
        private boolean open = true;

        abstract void closeSocket() throws IOException;

        @Override
        public void close() {
            List<ActionListener<Void>> told;
            synchronized (this) {
                told = open ? List.copyOf(listeners) : List.of();
                open = false;
            }
            try {
                closeSocket();
            } catch (IOException ignored) {
                // It is closed either way.
            }
            told.forEach(listener -> listener.onResponse(null));
        }

        @Override
        public void addCloseListener(ActionListener<Void> listener) {
            synchronized (this) {
                if (open) {
                    listeners.add(listener);
                    return;
                }
            }
            listener.onResponse(null);
        }

        @Override
        public synchronized boolean isOpen() {
            return open;
        }
    }

    private static final class Listening extends Channel implements HttpServerChannel {
        private final ServerSocket socket;

        Listening(ServerSocket socket) {
            this.socket = socket;
        }

        @Override
        void closeSocket() throws IOException {
            socket.close();
        }

        @Override
        public InetSocketAddress getLocalAddress() {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }
    }

    private static final class Connection extends Channel implements HttpChannel {
        private final Socket socket;
        private final Semaphore answered = new Semaphore(0);

        Connection(Socket socket) {
            this.socket = socket;
        }

        void serve(BiConsumer<HttpRequest, HttpChannel> requested) throws Exception {
            try (InputStream input = new BufferedInputStream(socket.getInputStream())) {
                while (true) {
                    Request request = Request.read(input);
                    if (request == null) {
                        return;
                    }
                    requested.accept(request, this);
                    // A client that hangs up while it waits is noticed here, as with netty.
                    while (!answered.tryAcquire()) {
                        input.mark(1);
                        socket.setSoTimeout(20);
                        try {
                            if (input.read() < 0) {
                                return;
                            }
                            input.reset();
                            answered.acquire();
                            break;
                        } catch (SocketTimeoutException stillThere) {
                            continue;
                        }
                    }
                    socket.setSoTimeout(0);
                }
            } finally {
                close();
            }
        }

        @Override
        public void sendResponse(HttpResponse response, ActionListener<Void> listener) {
            try {
                socket.getOutputStream().write(((Answer) response).bytes());
                listener.onResponse(null);
            } catch (Exception exception) {
                listener.onFailure(exception);
            } finally {
                answered.release();
            }
        }

        @Override
        void closeSocket() throws IOException {
            socket.close();
        }

        @Override
        public InetSocketAddress getLocalAddress() {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }

        @Override
        public InetSocketAddress getRemoteAddress() {
            return (InetSocketAddress) socket.getRemoteSocketAddress();
        }
    }

    private record Answer(RestStatus status, Map<String, String> headers, Body body) implements HttpResponse {
        interface Body {
            byte[] bytes() throws IOException;
        }

        @Override
        public void addHeader(String name, String value) {
            headers.put(name, value);
        }

        @Override
        public boolean containsHeader(String name) {
            return headers.containsKey(name);
        }

        byte[] bytes() throws IOException {
            byte[] content = body.bytes();
            headers.keySet().removeIf("transfer-encoding"::equalsIgnoreCase); // the body is sent in one piece
            headers.put("content-length", Integer.toString(content.length));
            StringBuilder head = new StringBuilder("HTTP/1.1 " + status.getStatus() + " " + status + "\r\n");
            headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
            ByteArrayOutputStream output = new ByteArrayOutputStream();
            output.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
            output.writeBytes(content);
            return output.toByteArray();
        }
    }

    private record Request(RestRequest.Method method, String uri, Map<String, List<String>> headers, byte[] content) implements HttpRequest {
        /** Read one request; null when the client has hung up. */
        static Request read(InputStream input) throws IOException {
            String first = line(input);
            if (first.isEmpty()) {
                return null;
            }
            String[] words = first.split(" ");
            Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            for (String line = line(input); !line.isEmpty(); line = line(input)) {
                String[] parts = line.split(":", 2);
                headers.computeIfAbsent(parts[0].trim(), name -> new ArrayList<>()).add(parts[1].trim());
            }
            int length = Integer.parseInt(headers.getOrDefault("content-length", List.of("0")).get(0));
            return new Request(RestRequest.Method.valueOf(words[0].toUpperCase(Locale.ROOT)), words[1], headers, input.readNBytes(length));
        }

        private static String line(InputStream input) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int next = input.read(); next >= 0 && next != '\n'; next = input.read()) {
                bytes.write(next);
            }
            return bytes.toString(StandardCharsets.UTF_8).trim();
        }

        @Override
        public HttpBody body() {
            return HttpBody.fromBytesReference(new BytesArray(content));
        }

        @Override
        public Map<String, List<String>> getHeaders() {
            return headers;
        }

        @Override
        public List<String> strictCookies() {
            return List.of();
        }

        @Override
        public HttpVersion protocolVersion() {
            return HttpVersion.HTTP_1_1;
        }

        @Override
        public HttpRequest removeHeader(String name) {
            Map<String, List<String>> left = new TreeMap<>(headers);
            left.remove(name);
            return new Request(method, uri, left, content);
        }

        @Override
        public HttpResponse createResponse(RestStatus status, BytesReference body) {
            return new Answer(status, new LinkedHashMap<>(), () -> BytesReference.toBytes(body));
        }

        @Override
        public HttpResponse createResponse(RestStatus status, ChunkedRestResponseBodyPart part) {
            return new Answer(status, new LinkedHashMap<>(), () -> {
                ByteArrayOutputStream output = new ByteArrayOutputStream();
                while (!part.isPartComplete()) {
                    try (ReleasableBytesReference chunk = part.encodeChunk(1 << 16, BytesRefRecycler.NON_RECYCLING_INSTANCE)) {
                        chunk.writeTo(output);
                    }
                }
                if (!part.isLastPart()) {
                    throw new IOException("only bodies of one part are known here");
                }
                return output.toByteArray();
            });
        }

        @Override
        public Exception getInboundException() {
            return null;
        }

        @Override
        public void release() { }

        /** Part of the interface since 9. */
        public boolean hasContent() {
            return content.length > 0;
        }

        /** Part of the interface since 9. */
        public void setBody(HttpBody body) { }

        /** Part of the interface until 9. */
        public HttpRequest releaseAndCopy() {
            return this;
        }
    }
}
