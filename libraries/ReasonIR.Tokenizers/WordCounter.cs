using System.Runtime.InteropServices;
using ReasonIR.Tokenizers.Normalizers;

namespace ReasonIR.Tokenizers;

/// <summary>
/// Counts the words of texts as the tokenizer that <see cref="WordPieceFile"/> writes sees them: lower-cased, without accents, cut at
/// white space and punctuation, each punctuation mark a word of its own. One thread at a time.
/// </summary>
public sealed class WordCounter
{
    static readonly BertWordScanner Scanner = new(new BertNormalizer(cleanText: true, handleChineseCharacters: true, stripAccents: null, lowercase: true));

    readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> Counts => counts;

    public void Add(ReadOnlySpan<char> text)
    {
        var sink = new Sink(counts.GetAlternateLookup<ReadOnlySpan<char>>());
        Scanner.Scan(text, ref sink);
    }

    readonly struct Sink(Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> counts) : IWordSink
    {
        public void Add(scoped ReadOnlySpan<char> word) => CollectionsMarshal.GetValueRefOrAddDefault(counts, word, out _)++;
    }
}
