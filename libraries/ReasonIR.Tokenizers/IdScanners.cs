using ReasonIR.Tokenizers.ByteLevel;
using ReasonIR.Tokenizers.Models;
using ReasonIR.Tokenizers.Models.Bpe;
using ReasonIR.Tokenizers.Normalizers;
using ReasonIR.Tokenizers.PreTokenizers;

namespace ReasonIR.Tokenizers;

/// <summary>The stages before the post-processor in one pass, for ids alone: the same ids, without offsets and token texts. Thread-safe.</summary>
interface IIdScanner
{
    /// <summary>Appends the ids of a text, or of a part between added tokens; no special tokens.</summary>
    /// <param name="first">Whether it is the beginning of the given text.</param>
    void AppendIds(ReadOnlySpan<char> text, bool first, List<int> ids);
}

/// <summary>The pipelines that have a pass of their own: a new one is one entry here.</summary>
static class IdScanners
{
    /// <summary>null: ids come from the stages.</summary>
    public static IIdScanner? For(TokenizerParts parts) => parts switch
    {
        { Normalizer: BertNormalizer normalizer, PreTokenizer: BertPreTokenizer, Model: WordPiece model } => new BertIdScanner(normalizer, model),
        { Normalizer: null or UnicodeNormalizer, Model: BpeModel model } when ByteLevel(parts.PreTokenizer) is var (splitter, space) =>
            splitter.IdScanner(model, (UnicodeNormalizer?)parts.Normalizer, space),
        _ => WordwiseIdScanner.For(parts),
    };

    /// <summary>A byte-level pre-tokenizer with a known pattern, its own or that of a split before it.</summary>
    static (IWordSplitter Splitter, bool AddPrefixSpace)? ByteLevel(IPreTokenizer? preTokenizer) => preTokenizer switch
    {
        ByteLevelPreTokenizer { UseRegex: true } own => (WordPatterns.Gpt2, own.AddPrefixSpace),
        SequencePreTokenizer { PreTokenizers: [PatternPreTokenizer cut, ByteLevelPreTokenizer { UseRegex: false, AddPrefixSpace: false }] } => (cut.Splitter, false),
        _ => null,
    };
}
