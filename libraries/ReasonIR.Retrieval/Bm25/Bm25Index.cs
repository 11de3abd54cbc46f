using System.Collections.Concurrent;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// A BM25 index in one memory-mapped file. Exact: a search gives the documents and the scores that adding up every posting gives, though it
/// leaves most postings of long queries unread. Opening takes the same time whatever the size; parts of the file are verified when
/// they are first read. Thread-safe; each search at work takes about 100 KB. Dispose it to unmap the file.
/// </summary>
public sealed class Bm25Index : IDisposable
{
    readonly Bm25File file;
    readonly ConcurrentBag<WindowedSearch> free = [];
    readonly ConcurrentDictionary<Bm25Parameters, IScorer> scorers = new();
    readonly IdCache ids;

    const int MaxScorers = 64;

    /// <summary>Begins the names of temporary indexes.</summary>
    const string Temporary = "reasonir-bm25-";

    Bm25Index(Bm25File file, IAnalyzer analyzer)
    {
        (this.file, Analyzer, ids) = (file, analyzer, new(file));
        var header = file.Header;
        Statistics = new(header.Documents, header.DocumentsWithTerms, header.Terms, header.Postings, header.Tokens);
    }

    /// <summary>Analyzes queries as the documents were.</summary>
    public IAnalyzer Analyzer { get; }

    public Bm25Statistics Statistics { get; }

    /// <summary>The mapped file, for whoever merges it into another.</summary>
    internal Bm25File File => file;

    /// <summary>Opens an index file. O(1): the header is verified at once, everything else when it is first read.</summary>
    /// <exception cref="Bm25FormatException">The file is no index, of another version, cut off or damaged, or needs an unknown analyzer.</exception>
    public static Bm25Index Open(string path)
    {
        var file = Bm25File.Open(path);
        try
        {
            return Analyzers.Names.Contains(file.Header.Analyzer)
                ? new(file, Analyzers.ByName(file.Header.Analyzer))
                : throw new Bm25FormatException(path, $"was analyzed by '{file.Header.Analyzer}', which this program does not have.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Builds an index file from a stream of documents; <see cref="Bm25Builder"/> says how.</summary>
    public static Bm25Statistics Build(
        IEnumerable<(string Id, string Text)> documents, IAnalyzer analyzer, string path, CancellationToken cancellation = default)
    {
        using var builder = new Bm25Builder(analyzer, path);
        foreach (var (id, text) in documents)
        {
            cancellation.ThrowIfCancellationRequested();
            builder.Add(id, text);
        }
        return builder.Complete(cancellation);
    }

    /// <inheritdoc cref="Build"/>
    public static async Task<Bm25Statistics> BuildAsync(
        IAsyncEnumerable<(string Id, string Text)> documents, IAnalyzer analyzer, string path, CancellationToken cancellation = default)
    {
        using var builder = new Bm25Builder(analyzer, path);
        await foreach (var (id, text) in documents.WithCancellation(cancellation))
            builder.Add(id, text);
        return builder.Complete(cancellation);
    }

    /// <summary>Builds an index that lives as long as the object: its file loses its name at once.</summary>
    public static Bm25Index BuildTemporary(
        IEnumerable<(string Id, string Text)> documents, IAnalyzer analyzer, CancellationToken cancellation = default)
    {
        RemoveStale();
        var path = Path.Combine(Path.GetTempPath(), $"{Temporary}{Guid.NewGuid():N}.bm25");
        try
        {
            Build(documents, analyzer, path, cancellation);
            return Open(path);
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }

    /// <summary>What builds left that were killed: none takes a day.</summary>
    static void RemoveStale()
    {
        foreach (var file in Directory.EnumerateFiles(Path.GetTempPath(), $"{Temporary}*.bm25*"))
            try
            {
                if (System.IO.File.GetLastWriteTimeUtc(file) < DateTime.UtcNow.AddDays(-1))
                    System.IO.File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another process was faster, or it is another user's.
            }
    }

    /// <summary>The best documents, best first; ties by id ascending as UTF-8 bytes. Only documents that hold a term of the query.</summary>
    /// <param name="k">How many at most.</param>
    /// <param name="exclude">Ids that are removed before the cut.</param>
    /// <exception cref="Bm25FormatException">A part of the file that the query needs is damaged.</exception>
    public IReadOnlyList<ScoredDocument> Search(
        string query, int k, Bm25Parameters? parameters = null, IReadOnlySet<string>? exclude = null) =>
        Search(Terms(query), k, parameters, exclude, prune: true);

    /// <summary>The best documents for terms that count by weight, such as an expanded query's.</summary>
    /// <param name="query">As analyzed; terms that the collection lacks are left out.</param>
    public IReadOnlyList<ScoredDocument> Search(
        IReadOnlyList<WeightedTerm> query, int k, Bm25Parameters? parameters = null, IReadOnlySet<string>? exclude = null) =>
        Search(Terms(query), k, parameters, exclude, prune: true);

    /// <summary>The same result as <see cref="Search(string, int, Bm25Parameters?, IReadOnlySet{string}?)"/> by adding up every posting of the query: to check it against.</summary>
    public IReadOnlyList<ScoredDocument> SearchExhaustively(
        string query, int k, Bm25Parameters? parameters = null, IReadOnlySet<string>? exclude = null) =>
        Search(Terms(query), k, parameters, exclude, prune: false);

    /// <summary>How a document scores for a query, term by term; null where the index has no such document.</summary>
    public Bm25Explanation? Explain(string query, string id, Bm25Parameters? parameters = null)
    {
        using var lease = file.Rent();
        var terms = new QueryTerms(file);
        Analyzer.Analyze(query, ref terms);
        return Explain(terms, Analyzer.Analyze(query).DistinctBy(text => text).Where(text => file.Term(text) >= 0), id, parameters ?? Bm25Parameters.Default, null);
    }

    /// <summary>How a document scores for terms that count by weight, such as an expanded query's; null where the index has no such document.</summary>
    /// <param name="query">The query that was expanded: how often it holds a term stands beside the term's weight.</param>
    public Bm25Explanation? Explain(IReadOnlyList<WeightedTerm> expanded, string query, string id, Bm25Parameters? parameters = null)
    {
        using var lease = file.Rent();
        var terms = new QueryTerms(file);
        foreach (var (term, weight) in expanded)
            if (weight > 0)
                terms.Add(term, weight);
        var counts = Analyzer.Analyze(query).GroupBy(text => text).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        return Explain(terms, expanded.Where(term => term.Weight > 0 && file.Term(term.Term) >= 0).Select(term => term.Term), id, parameters ?? Bm25Parameters.Default, counts);
    }

    // Within a lease. The texts are those of the terms, in their order.
    Bm25Explanation? Explain(QueryTerms terms, IEnumerable<string> texts, string id, Bm25Parameters parameters, Dictionary<string, int>? counts)
    {
        if (file.Document(id) is not (>= 0 and var document))
            return null;
        var scorer = Scorer(parameters);
        var sum = 0.0;
        var parts = new List<Bm25TermScore>();
        var cursor = new PostingCursor();
        foreach (var ((term, queryOccurrences), text) in terms.Known.Zip(texts))
        {
            cursor.Open(file, term);
            var block = cursor.Blocks == 1 ? 0 : cursor.Seek(0, document);
            if (block == cursor.Blocks)
                continue;
            cursor.Decode(block);
            var place = cursor.Numbers.BinarySearch(document);
            if (place < 0)
                continue;
            var weight = scorer.Weigh(queryOccurrences, terms.KnownTokens, cursor.Documents);
            var score = scorer.Score(weight, document, cursor.OccurrencesAt(place));
            sum += score;
            parts.Add(new(text, counts is null ? (int)queryOccurrences : counts.GetValueOrDefault(text), weight.Query, cursor.OccurrencesAt(place), cursor.Documents, weight.Idf, score));
        }
        return new(id, (float)sum, scorer.Length(document), scorer.AverageLength, parameters, parts);
    }

    /// <summary>Whether the index holds a document.</summary>
    public bool Contains(string id)
    {
        using var lease = file.Rent();
        return file.Document(id) >= 0;
    }

    /// <summary>What the builder was told to know a document's content by; null where the index has no such document.</summary>
    public ulong? Stamp(string id)
    {
        using var lease = file.Rent();
        return file.Document(id) is >= 0 and var document ? file.Stamps[document] : null;
    }

    /// <summary>How many documents hold a term, as analyzed; 0 where none does.</summary>
    public int DocumentFrequency(string term)
    {
        using var lease = file.Rent();
        return file.Term(term) is >= 0 and var number ? file.Record(number).Documents : 0;
    }

    /// <summary>Verifies the whole file now. Linear in its size.</summary>
    /// <exception cref="Bm25FormatException">It is damaged.</exception>
    public void Verify()
    {
        using var lease = file.Rent();
        file.Verify();
    }

    public void Dispose() => file.Dispose();

    // Within a lease.
    Func<QueryTerms> Terms(string query) => () =>
    {
        var terms = new QueryTerms(file);
        Analyzer.Analyze(query, ref terms);
        return terms;
    };

    Func<QueryTerms> Terms(IReadOnlyList<WeightedTerm> query) => () =>
    {
        var terms = new QueryTerms(file);
        foreach (var (term, weight) in query)
            if (weight > 0)
                terms.Add(term, weight);
        return terms;
    };

    IReadOnlyList<ScoredDocument> Search(Func<QueryTerms> query, int k, Bm25Parameters? parameters, IReadOnlySet<string>? exclude, bool prune)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        using var lease = file.Rent();
        if (Statistics.DocumentsWithTerms == 0)
            return [];
        var scorer = Scorer(parameters ?? Bm25Parameters.Default);
        var terms = query();
        if (k == 0 || terms.Known.Count == 0)
            return [];
        HashSet<int>? excluded = exclude is { Count: > 0 } ? [.. exclude.Select(file.Document)] : null;
        if (!free.TryTake(out var search))
            search = new();
        var best = search.Run(file, terms, scorer, Math.Min(k, Statistics.Documents), excluded, prune);
        // One whose run failed does not come back: its sums are not 0.
        free.Add(search);
        var found = new ScoredDocument[best.Length];
        for (var i = 0; i < best.Length; i++)
            found[i] = new(ids[best[i].Document], best[i].Score);
        return found;
    }

    internal IScorer Scorer(Bm25Parameters parameters)
    {
        if (scorers.TryGetValue(parameters, out var scorer))
            return scorer;
        parameters.Validate();
        // A sweep over parameters may ask for any number of them.
        if (scorers.Count >= MaxScorers)
            scorers.Clear();
        return scorers[parameters] = parameters.Variant switch
        {
            Bm25Variant.Lucene => new LuceneScorer(file, parameters),
            Bm25Variant.Bright => new BrightScorer(file, parameters),
            _ => throw new ArgumentOutOfRangeException(nameof(parameters), parameters.Variant, "There is no such BM25 variant."),
        };
    }
}
