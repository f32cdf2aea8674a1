// SPDX-FileCopyrightText: aliyun.elasticsearch contributors
// SPDX-License-Identifier: GPL-3.0-or-later

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;

/**
 * Makes the folder of a repository behave like an object store: each object read has a price, and is counted.
 *
 * An engine's blob store is wrapped by its interfaces only, so one class serves all engines. Counted and delayed are
 * the objects at the top of a repository (snap-UUID.dat, index-N, meta-UUID.dat), not the files of shards.
 */
public final class ObjectStore {
    private static final String SHARD = "\\[indices\\]\\[[^\\]]*\\]\\[.*";
    private final Map<String, Integer> reads = new TreeMap<>();
    private int reading;
    private int mostAtOnce;
    private int held;
    private String order = "";

    /**
     * Serve these on loopback, and return the port: /reads, /reset (the counts, and how many are held), and one order at a time: /hold/shards
     * (before a file of a shard is written), /hold/index (after index-N is written), /fail/shards and /fail/index (those
     * cannot be written), /release (none of them).
     */
    int listen() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.setExecutor(Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "control");
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/", this::control);
        server.start();
        return server.getAddress().getPort();
    }

    private void control(HttpExchange exchange) throws IOException {
        byte[] body;
        synchronized (this) {
            StringBuilder text = new StringBuilder("{\"most_at_once\": " + mostAtOnce);
            if (held > 0) {
                text.append(", \"held\": ").append(held);
            }
            reads.forEach((kind, count) -> text.append(", \"").append(kind).append("\": ").append(count));
            body = text.append("}").toString().getBytes(StandardCharsets.UTF_8);
            String path = exchange.getRequestURI().getPath();
            if (path.equals("/reset")) {
                reads.clear();
                mostAtOnce = 0;
            } else if (!path.equals("/reads")) {
                order = path;
                notifyAll();
            }
        }
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** The same blob store, with each read of an object delayed by some milliseconds. */
    <T> T wrap(T blobStore, Class<T> type, long delay) {
        return type.cast(proxy(blobStore, (method, arguments) -> {
            Object result = method.invoke(blobStore, arguments);
            if (!method.getName().equals("blobContainer")) {
                return result;
            }
            String path = arguments[0].toString(); // [indices][UUID][0] for a shard, empty for the top
            return proxy(result, (call, values) -> container(result, path, delay, call, values));
        }));
    }

    private Object container(Object container, String path, long delay, Method method, Object[] arguments) throws Exception {
        boolean top = path.isEmpty();
        if (top && method.getName().startsWith("readBlob") && arguments != null) {
            return read(name(arguments), delay, () -> method.invoke(container, arguments));
        }
        if (!method.getName().startsWith("write")) {
            return method.invoke(container, arguments);
        }
        String kind = top && name(arguments).startsWith("index-") ? "index" : path.matches(SHARD) ? "shards" : "other";
        if (kind.equals("shards")) {
            waitWhileHeld(kind);
        }
        failWhenTold(kind);
        Object result = method.invoke(container, arguments);
        if (kind.equals("index")) {
            waitWhileHeld(kind);
        }
        return result;
    }

    private static String name(Object[] arguments) {
        for (Object argument : arguments) {
            if (argument instanceof String name) {
                return name;
            }
        }
        return "";
    }

    private Object read(String name, long delay, Call call) throws Exception {
        String kind = name.split("[-.]", 2)[0];
        synchronized (this) {
            reads.merge(kind, 1, Integer::sum);
            mostAtOnce = Math.max(mostAtOnce, ++reading);
        }
        try {
            Thread.sleep(delay);
            return call.invoke();
        } finally {
            synchronized (this) {
                reading--;
            }
        }
    }

    /** Hold a snapshot back, so that it runs for as long as a test wants. */
    private synchronized void waitWhileHeld(String kind) throws InterruptedException {
        held++;
        try {
            while (order.equals("/hold/" + kind)) {
                wait();
            }
        } finally {
            held--;
        }
    }

    private synchronized void failWhenTold(String kind) throws IOException {
        if (order.equals("/fail/" + kind)) {
            throw new IOException("the object store is told to fail");
        }
    }

    private interface Call {
        Object invoke() throws Exception;
    }

    private interface Handler {
        Object handle(Method method, Object[] arguments) throws Exception;
    }

    private static Object proxy(Object target, Handler handler) {
        Set<Class<?>> interfaces = new LinkedHashSet<>();
        for (Class<?> type = target.getClass(); type != null; type = type.getSuperclass()) {
            interfaces.addAll(Set.of(type.getInterfaces()));
        }
        return Proxy.newProxyInstance(target.getClass().getClassLoader(), interfaces.toArray(new Class<?>[0]), (self, method, arguments) -> {
            try {
                return handler.handle(method, arguments);
            } catch (InvocationTargetException exception) {
                throw exception.getCause();
            }
        });
    }
}
