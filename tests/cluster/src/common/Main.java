// SPDX-FileCopyrightText: aliyun.elasticsearch contributors
// SPDX-License-Identifier: GPL-3.0-or-later

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.stream.Stream;

/**
 * One node of a real engine on loopback. Arguments: the folder that it works in, then settings as name=value.
 *
 * Prints one line of JSON on standard output once it listens, and ends when standard input ends or after an hour.
 */
public final class Main {
    static final ObjectStore OBJECT_STORE = new ObjectStore();
    private static final Duration TIME_LIMIT = Duration.ofHours(1);
    private static final int FAILED = 1;
    private static Path folder;

    public static void main(String[] arguments) {
        try {
            run(arguments);
        } catch (Throwable exception) {
            exception.printStackTrace();
            end(FAILED); // threads of the engine would keep it alive
        }
    }

    private static void run(String[] arguments) throws Exception {
        folder = Path.of(arguments[0]).toAbsolutePath();
        for (String name : new String[] {"home/config", "home/modules", "home/plugins", "repositories"}) {
            Files.createDirectories(folder.resolve(name));
        }
        int control = OBJECT_STORE.listen();
        new Timer("time limit", true).schedule(new TimerTask() {
            @Override
            public void run() {
                end(2);
            }
        }, TIME_LIMIT.toMillis());
        Engine engine = new Engine(settings(arguments));
        System.out.println("{\"http\": " + engine.port() + ", \"control\": " + control + ", \"version\": \"" + engine.version() + "\"}");
        System.out.flush();
        while (System.in.read() >= 0) {
            // Whoever started this node holds the other end of the pipe, so it cannot outlive its starter.
        }
        end(0);
    }

    /** Settings of a small node that is reached from this machine only. */
    private static Map<String, String> settings(String[] arguments) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("path.home", folder.resolve("home").toString());
        settings.put("path.repo", folder.resolve("repositories").toString());
        settings.put("cluster.name", "real-cluster");
        settings.put("node.name", "only");
        settings.put("discovery.type", "single-node");
        settings.put("discovery.initial_state_timeout", "0s");
        settings.put("network.host", "127.0.0.1");
        settings.put("http.port", "0");
        settings.put("transport.port", "0");
        settings.put("node.processors", "2");
        settings.put("node.store.allow_mmap", "false");
        settings.put("cluster.routing.allocation.disk.threshold_enabled", "false");
        settings.put("cluster.max_shards_per_node", "10000");
        settings.put("indices.breaker.total.use_real_memory", "false");
        for (int index = 1; index < arguments.length; index++) {
            String[] setting = arguments[index].split("=", 2);
            settings.put(setting[0], setting[1]);
            settings.values().remove(""); // name= takes a setting away
        }
        return settings;
    }

    /** End at once, as there is nothing to close, and delete the folder; not after a failure to start: its log is wanted. */
    private static void end(int status) {
        // What the engine writes meanwhile is met the next time.
        for (int time = 0; time < 5 && status != FAILED && Files.exists(folder); time++) {
            try (Stream<Path> paths = Files.walk(folder)) {
                paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
            } catch (IOException | UncheckedIOException ignored) {
                // It went away while it was looked at.
            }
        }
        Runtime.getRuntime().halt(status);
    }
}
