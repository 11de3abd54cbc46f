// Peer of bench bm25 and bench analysis: Lucene as Debian 12 has it (liblucene4.10-java: 4.10.4 of 2015, without the block-max pruning of
// Lucene 8 and later). The analyzer's chain is that of our lucene-english; the index holds frequencies without positions, in a folder, made by one thread.
// Searches leave the hits' ids unread. Times are processor time of the whole process, its compiler and collector with it. Protocol as in torch_model.py.
//
// usage: java -cp LUCENE_JARS Lucene.java JOB    (JOB: a line that says analyze, index or search, then the texts, a line each: "d TEXT" or "q TEXT")
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
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
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.Version;

public class Lucene {
    static final int TOP = 100;
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
        try {
            Work work = switch (job.get(0)) {
                case "analyze" -> () -> { for (String text : documents) each(text, term -> tokens++); };
                case "index" -> () -> index(folder);
                case "search" -> searching(folder);
                default -> throw new IllegalArgumentException("expected analyze, index or search, found " + job.get(0));
            };
            System.out.println("{\"version\": \"Lucene " + Version.LATEST + "\"}");
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
            while (input.readLine() != null) System.out.println(round(work));
        } finally {
            delete(folder);
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

    static void each(String text, Consumer<CharTermAttribute> take) throws IOException {
        try (TokenStream stream = analyzer.tokenStream("text", text)) {
            CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
            stream.reset();
            while (stream.incrementToken()) take.accept(term);
            stream.end();
        }
    }

    static Map<String, Integer> terms(String text) throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        each(text, term -> counts.merge(term.toString(), 1, Integer::sum));
        return counts;
    }

    static void index(Path folder) throws IOException {
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
                document.add(new StringField("id", Integer.toString(i), Field.Store.YES));
                document.add(new Field("text", documents.get(i), frequencies));
                writer.addDocument(document);
            }
        }
    }

    static Work searching(Path folder) throws IOException {
        index(folder);
        IndexSearcher searcher = new IndexSearcher(DirectoryReader.open(new MMapDirectory(folder.toFile())));
        searcher.setSimilarity(similarity);
        BooleanQuery.setMaxClauseCount(1 << 20);
        return () -> {
            for (String text : queries) {
                BooleanQuery query = new BooleanQuery();
                for (Map.Entry<String, Integer> term : terms(text).entrySet()) {
                    TermQuery clause = new TermQuery(new Term("text", term.getKey()));
                    clause.setBoost(term.getValue());
                    query.add(clause, Occur.SHOULD);
                }
                searcher.search(query, TOP);
            }
        };
    }

    static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }
}
