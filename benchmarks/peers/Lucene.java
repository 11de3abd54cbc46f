// Peer of bench bm25, bench analysis and bench search: Lucene as Debian 12 has it (liblucene4.10-java: 4.10.4 of 2015, without the block-max pruning of
// Lucene 8 and later). The analyzer's chain is that of our lucene-english; the index holds frequencies without positions, in a folder, made by one thread.
// Searches leave the hits' ids unread. Times are processor time of the whole process, its compiler and collector with it. Protocol as in torch_model.py.
//
// usage: java -cp LUCENE_JARS Lucene.java JOB    (JOB: a line that says analyze, index or search, then the texts, a line each: "d TEXT" or "q TEXT")
//
// A job that says serve has documents of three fields, ID, TITLE and TEXT with tabs between, and answers queries over HTTP until its input ends;
// its first line says at which port of the loopback.
import com.sun.management.OperatingSystemMXBean;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfo.IndexOptions;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.Version;

public class Lucene {
    static final int TOP = 100, SERVED = 10, SHOWN_CHARACTERS = 4000;
    static final double SHORTEST_ROUND = 0.3;
    static final EnglishAnalyzer analyzer = new EnglishAnalyzer();
    static final BM25Similarity similarity = new BM25Similarity(0.9f, 0.4f);
    static final List<String> documents = new ArrayList<>(), queries = new ArrayList<>();
    static long tokens;

    interface Work { void run() throws IOException; }

    public static void main(String[] args) throws IOException {
        List<String> job = Files.readAllLines(Path.of(args[0]));
        for (String line : job.subList(1, job.size())) (line.startsWith("q ") ? queries : documents).add(line.substring(2));
        Path folder = Files.createTempDirectory("reasonir-lucene-");
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        try {
            if (job.get(0).equals("serve")) {
                System.out.println("{\"version\": \"Lucene " + Version.LATEST + "\", \"port\": " + serve(folder) + "}");
                while (input.readLine() != null) { }
                return;
            }
            Work work = switch (job.get(0)) {
                case "analyze" -> () -> { for (String text : documents) each(text, (term, place) -> tokens++); };
                case "index" -> () -> index(folder, false);
                case "search" -> searching(folder);
                default -> throw new IllegalArgumentException("expected analyze, index, search or serve, found " + job.get(0));
            };
            System.out.println("{\"version\": \"Lucene " + Version.LATEST + "\"}");
            while (input.readLine() != null) System.out.println(round(work));
        } finally {
            delete(folder);
            System.exit(0); // a server's threads go on otherwise
        }
    }

    /** Repeated until the timers' steps are small beside it; seconds of one execution. */
    static String round(Work work) throws IOException {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long clock = System.nanoTime(), cpu = system.getProcessCpuTime();
        int times = 0;
        double used;
        do {
            work.run();
            times++;
            used = (system.getProcessCpuTime() - cpu) / 1e9;
        } while (used < SHORTEST_ROUND);
        return String.format(Locale.ROOT, "{\"seconds\": %.9f, \"cpu_seconds\": %.9f}", (System.nanoTime() - clock) / 1e9 / times, used / times);
    }

    static void each(String text, BiConsumer<CharTermAttribute, OffsetAttribute> take) throws IOException {
        try (TokenStream stream = analyzer.tokenStream("text", text)) {
            CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
            OffsetAttribute place = stream.addAttribute(OffsetAttribute.class);
            stream.reset();
            while (stream.incrementToken()) take.accept(term, place);
            stream.end();
        }
    }

    static Map<String, Integer> terms(String text) throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        each(text, (term, place) -> counts.merge(term.toString(), 1, Integer::sum));
        return counts;
    }

    /** Indexes the documents. Those that are served bring their ids, and their titles and texts are stored. */
    static void index(Path folder, boolean served) throws IOException {
        FieldType frequencies = new FieldType();
        frequencies.setIndexed(true);
        frequencies.setTokenized(true);
        frequencies.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
        frequencies.freeze();
        IndexWriterConfig config = new IndexWriterConfig(Version.LATEST, analyzer).setSimilarity(similarity).setRAMBufferSizeMB(256)
            .setMergeScheduler(new SerialMergeScheduler()).setOpenMode(IndexWriterConfig.OpenMode.CREATE);
        try (IndexWriter writer = new IndexWriter(new MMapDirectory(folder.toFile()), config)) {
            for (int i = 0; i < documents.size(); i++) {
                Document document = new Document();
                String id = Integer.toString(i), text = documents.get(i);
                if (served) {
                    String[] parts = text.split("\t", 3);
                    document.add(new StoredField("title", parts[1]));
                    document.add(new StoredField("shown", parts[2]));
                    id = parts[0];
                    text = parts[1] + " " + parts[2];
                }
                document.add(new StringField("id", id, Field.Store.YES));
                document.add(new Field("text", text, frequencies));
                writer.addDocument(document);
            }
        }
    }

    static IndexSearcher searcher(Path folder) throws IOException {
        IndexSearcher searcher = new IndexSearcher(DirectoryReader.open(new MMapDirectory(folder.toFile())));
        searcher.setSimilarity(similarity);
        BooleanQuery.setMaxClauseCount(1 << 20);
        return searcher;
    }

    static BooleanQuery query(Map<String, Integer> terms) {
        BooleanQuery query = new BooleanQuery();
        for (Map.Entry<String, Integer> term : terms.entrySet()) {
            TermQuery clause = new TermQuery(new Term("text", term.getKey()));
            clause.setBoost(term.getValue());
            query.add(clause, Occur.SHOULD);
        }
        return query;
    }

    static Work searching(Path folder) throws IOException {
        index(folder, false);
        IndexSearcher searcher = searcher(folder);
        return () -> {
            for (String text : queries) searcher.search(query(terms(text)), TOP);
        };
    }

    /** Answers a posted query's text as our Search service does, by a thread for each core. The port. */
    static int serve(Path folder) throws IOException {
        index(folder, true);
        IndexSearcher searcher = searcher(folder);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors()));
        server.createContext("/search", exchange -> answer(exchange, searcher));
        server.start();
        return server.getAddress().getPort();
    }

    static void answer(HttpExchange exchange, IndexSearcher searcher) throws IOException {
        try (exchange) {
            Map<String, Integer> terms = terms(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            StringBuilder json = new StringBuilder("{\"system\":\"bm25\",\"hits\":[");
            int rank = 0;
            for (ScoreDoc hit : searcher.search(query(terms), SERVED).scoreDocs) {
                Document document = searcher.doc(hit.doc);
                String text = document.get("shown");
                if (text.length() > SHOWN_CHARACTERS) text = text.substring(0, SHOWN_CHARACTERS);
                json.append(rank++ > 0 ? ",{" : "{").append("\"rank\":").append(rank).append(",\"documentId\":");
                quote(json, document.get("id")).append(",\"score\":").append(hit.score).append(",\"title\":");
                quote(json, document.get("title")).append(",\"text\":");
                quote(json, text).append(",\"matches\":[");
                int before = json.length();
                each(text, (term, place) -> {
                    if (terms.containsKey(term.toString()))
                        json.append(json.length() > before ? "," : "").append("{\"start\":").append(place.startOffset())
                            .append(",\"length\":").append(place.endOffset() - place.startOffset()).append('}');
                });
                json.append("]}");
            }
            json.append("],\"stages\":[],\"terms\":[");
            for (String term : terms.keySet()) quote(json.append(json.charAt(json.length() - 1) == '[' ? "" : ","), term);
            byte[] body = json.append("]}").toString().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    static StringBuilder quote(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            if (letter == '"' || letter == '\\') json.append('\\').append(letter);
            else if (letter < ' ') json.append(String.format("\\u%04x", (int)letter));
            else json.append(letter);
        }
        return json.append('"');
    }

    static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }
}
