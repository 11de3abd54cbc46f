using System.Collections.Concurrent;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// A BM25 index in one memory-mapped file. Exact: every document that holds a term of the query is scored, term at a time, in time
/// linear in the postings read. Thread-safe; each search at work takes 8 bytes a document. Dispose it to unmap the file.
/// </summary>
public sealed class Bm25Index : IDisposable
{
    readonly Bm25File file;
    readonly ConcurrentBag<Workspace> free = [];
    readonly ConcurrentDictionary<Bm25Parameters, IScorer> scorers = new();
    readonly string?[] ids;

    const int MaxScorers = 64;

    Bm25Index(Bm25File file, IAnalyzer analyzer)
    {
        this.file = file;
        Analyzer = analyzer;
        ids = new string?[file.Header.Documents];
        var header = file.Header;
        Statistics = new(header.Documents, header.DocumentsWithTerms, header.Terms, header.Postings, header.Tokens);
    }

    /// <summary>Analyzes queries as the documents were.</summary>
    public IAnalyzer Analyzer { get; }

    public Bm25Statistics Statistics { get; }

    /// <summary>Opens an index file and verifies its checksums.</summary>
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
        var path = Path.Combine(Path.GetTempPath(), $"reasonir-{Guid.NewGuid():N}.bm25");
        try
        {
            Build(documents, analyzer, path, cancellation);
            return Open(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The best documents, best first; ties by id ascending as UTF-8 bytes. Only documents that hold a term of the query.</summary>
    /// <param name="k">How many at most.</param>
    /// <param name="exclude">Ids that are removed before the cut.</param>
    public IReadOnlyList<ScoredDocument> Search(
        string query, int k, Bm25Parameters? parameters = null, IReadOnlySet<string>? exclude = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        using var lease = file.Rent();
        if (Statistics.DocumentsWithTerms == 0)
            return [];
        var scorer = Scorer(parameters ?? Bm25Parameters.Default);
        var terms = new QueryTerms(file);
        Analyzer.Analyze(query, ref terms);
        if (!free.TryTake(out var work))
            work = new(new(Statistics.Documents), new());
        foreach (var (term, occurrences) in terms.Known)
        {
            file.Postings(term, out var documents, out var counts);
            scorer.Add(scorer.Weigh(occurrences, terms.KnownTokens, documents.Length), documents, counts, work.Scores);
        }
        foreach (var id in exclude ?? (IEnumerable<string>)[])
            if (file.Document(id) is >= 0 and var document)
                work.Scores.Sums[document] = 0;
        work.Top.Reset(Math.Min(k, Statistics.Documents));
        work.Scores.Drain(work.Top, file.Ranks);
        var best = work.Top.Take();
        // A workspace whose search failed does not come back: its sums are not 0.
        free.Add(work);
        var found = new ScoredDocument[best.Length];
        for (var i = 0; i < best.Length; i++)
            found[i] = new(IdAt(file.ByRank[best[i].Rank]), best[i].Score);
        return found;
    }

    /// <summary>How a document scores for a query, term by term; null where the index has no such document.</summary>
    public Bm25Explanation? Explain(string query, string id, Bm25Parameters? parameters = null)
    {
        parameters ??= Bm25Parameters.Default;
        using var lease = file.Rent();
        if (file.Document(id) is not (>= 0 and var document))
            return null;
        var scorer = Scorer(parameters);
        var terms = new QueryTerms(file);
        Analyzer.Analyze(query, ref terms);
        var texts = Analyzer.Analyze(query).DistinctBy(text => text).Where(text => file.Term(text) >= 0);
        var sum = 0.0;
        var parts = new List<Bm25TermScore>();
        foreach (var ((term, queryOccurrences), text) in terms.Known.Zip(texts))
        {
            file.Postings(term, out var documents, out var counts);
            var place = documents.BinarySearch(document);
            if (place < 0)
                continue;
            var weight = scorer.Weigh(queryOccurrences, terms.KnownTokens, documents.Length);
            var score = scorer.Score(weight, document, counts[place]);
            sum += score;
            parts.Add(new(text, queryOccurrences, weight.Query, counts[place], documents.Length, weight.Idf, score));
        }
        return new(id, (float)sum, scorer.Length(document), scorer.AverageLength, parameters, parts);
    }

    /// <summary>Whether the index holds a document.</summary>
    public bool Contains(string id)
    {
        using var lease = file.Rent();
        return file.Document(id) >= 0;
    }

    /// <summary>How many documents hold a term, as analyzed; 0 where none does.</summary>
    public int DocumentFrequency(string term)
    {
        using var lease = file.Rent();
        if (file.Term(term) is not (>= 0 and var number))
            return 0;
        file.Postings(number, out var documents, out _);
        return documents.Length;
    }

    public void Dispose() => file.Dispose();

    IScorer Scorer(Bm25Parameters parameters)
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

    string IdAt(int document) => ids[document] ??= file.Id(document);

    sealed record Workspace(Accumulator Scores, TopDocuments Top);
}
