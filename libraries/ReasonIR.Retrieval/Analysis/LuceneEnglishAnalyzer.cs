using System.Runtime.CompilerServices;

namespace ReasonIR.Retrieval.Analysis;

/// <summary>
/// English analysis exactly as Lucene 9.12 chains it, the default of Anserini and Pyserini: <see cref="StandardTokenizer"/>,
/// a final 's removed, lower case, 33 stop words removed, Porter's stemmer. The order matters: <c>will's</c> is a stop word.
/// </summary>
public sealed class LuceneEnglishAnalyzer : IAnalyzer
{
    public static LuceneEnglishAnalyzer Instance { get; } = new();

    public string Name => "lucene-english";

    [SkipLocalsInit]
    public void Analyze<TSink>(ReadOnlySpan<char> text, ref TSink sink) where TSink : ITokenSink, allows ref struct
    {
        Span<char> buffer = stackalloc char[StandardTokenizer.MaxTokenLength];
        var tokens = new StandardTokenizer(text);
        while (tokens.Next())
        {
            var token = text.Slice(tokens.Start, tokens.Length);
            if (EndsWithPossessive(token))
                token = token[..^2];
            LowerCase.Copy(token, buffer);
            if (StopWords.Contains(buffer[..token.Length]))
                continue;
            var length = PorterStemmer.Stem(buffer, token.Length);
            sink.Add(buffer[..length], tokens.Start, tokens.Length);
        }
    }

    // U+2018 and U+02BC look alike and are not stripped.
    static bool EndsWithPossessive(ReadOnlySpan<char> token) =>
        token.Length >= 2 && token[^1] is 's' or 'S' && token[^2] is '\'' or '\u2019' or '\uFF07';
}
