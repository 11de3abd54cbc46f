using ReasonIR.Retrieval.Collections;

namespace ReasonIR.Benchmarks.Frame;

/// <summary>Lucene of Debian's liblucene4.10-java; null where it or a Java compiler is not installed.</summary>
static class LucenePeer
{
    const string Jars = "/usr/share/java";

    /// <summary>Rounds by one thread.</summary>
    /// <param name="work">analyze, index or search.</param>
    public static Task<PeerProcess?> StartAsync(string work, IEnumerable<string> documents, IEnumerable<string> queries, CancellationToken cancellation) =>
        StartAsync("-XX:+UseSerialGC", [work, .. documents.Select(text => "d " + OneLine(text)), .. queries.Select(text => "q " + OneLine(text))], cancellation);

    /// <summary>A server that answers a posted query's text as the Search service does, by a thread for each core.</summary>
    public static Task<PeerProcess?> ServeAsync(IEnumerable<CollectionDocument> documents, CancellationToken cancellation) =>
        // As Kestrel: an answer's last part waits for no acknowledgment of the first.
        StartAsync("-Dsun.net.httpserver.nodelay=true",
            ["serve", .. documents.Select(document => $"d {document.Id}\t{OneLine(document.Title)}\t{OneLine(document.Text)}")], cancellation);

    /// <summary>A text as it reads it.</summary>
    public static string OneLine(string text) => text.Replace('\r', ' ').Replace('\n', ' ').Replace('\t', ' ');

    static Task<PeerProcess?> StartAsync(string option, IEnumerable<string> lines, CancellationToken cancellation)
    {
        string[] jars = !PeerProcess.Absent && File.Exists("/usr/bin/javac") && Directory.Exists(Jars) ? Directory.GetFiles(Jars, "lucene-*-4.10*.jar") : [];
        var path = string.Join(':', jars.Where(jar => Path.GetFileName(jar).StartsWith("lucene-core-", StringComparison.Ordinal) || jar.Contains("analyzers-common", StringComparison.Ordinal)));
        return path.Length == 0 ? Task.FromResult<PeerProcess?>(null)
            : PeerProcess.StartAsync("java", job => [option, "-cp", path, PeerProcess.Script("Lucene.java"), job], string.Join('\n', lines), cancellation);
    }
}
