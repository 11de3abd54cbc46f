namespace ReasonIR.Retrieval.Analysis;

/// <summary>The analyzers by name.</summary>
public static class Analyzers
{
    static readonly IAnalyzer[] all = [LuceneEnglishAnalyzer.Instance, new SimpleAnalyzer(), new WhitespaceAnalyzer()];

    public static IReadOnlyList<string> Names { get; } = [.. all.Select(a => a.Name)];

    /// <exception cref="ArgumentException">There is no analyzer of that name.</exception>
    public static IAnalyzer ByName(string name) =>
        all.FirstOrDefault(a => a.Name == name)
        ?? throw new ArgumentException($"There is no analyzer '{name}'; there are {string.Join(", ", Names)}.", nameof(name));

    /// <summary>The terms of a text as strings. For queries and tests; indexing uses a sink.</summary>
    public static IReadOnlyList<string> Analyze(this IAnalyzer analyzer, string text)
    {
        var sink = new StringSink([]);
        analyzer.Analyze(text, ref sink);
        return sink.Terms;
    }

    /// <summary>The terms with the places in the text that they came from, to mark matches.</summary>
    public static IReadOnlyList<AnalyzedToken> AnalyzeWithOffsets(this IAnalyzer analyzer, string text)
    {
        var sink = new OffsetSink([]);
        analyzer.Analyze(text, ref sink);
        return sink.Tokens;
    }

    readonly struct StringSink(List<string> terms) : ITokenSink
    {
        public List<string> Terms => terms;

        public void Add(scoped ReadOnlySpan<char> term, int start, int length) => terms.Add(term.ToString());
    }

    readonly struct OffsetSink(List<AnalyzedToken> tokens) : ITokenSink
    {
        public List<AnalyzedToken> Tokens => tokens;

        public void Add(scoped ReadOnlySpan<char> term, int start, int length) => tokens.Add(new(term.ToString(), start, length));
    }
}

/// <summary>A term and its place in the text, in UTF-16 units.</summary>
public readonly record struct AnalyzedToken(string Term, int Start, int Length);
