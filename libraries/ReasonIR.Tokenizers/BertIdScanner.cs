using ReasonIR.Tokenizers.Models;
using ReasonIR.Tokenizers.Normalizers;

namespace ReasonIR.Tokenizers;

/// <summary>The pipeline BertNormalizer, BertPreTokenizer, WordPiece in one pass, for ids alone. Thread-safe.</summary>
sealed class BertIdScanner(BertNormalizer normalizer, WordPiece model) : IIdScanner
{
    readonly BertWordScanner words = new(normalizer);

    public void AppendIds(ReadOnlySpan<char> text, bool first, List<int> ids)
    {
        var sink = new Sink(model, ids);
        words.Scan(text, ref sink);
    }

    readonly struct Sink(WordPiece model, List<int> ids) : IWordSink
    {
        public void Add(scoped ReadOnlySpan<char> word) => model.AppendIds(word, ids);
    }
}
