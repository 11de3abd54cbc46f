using ReasonIR.Tokenizers.ByteLevel;
using ReasonIR.Tokenizers.Models;
using ReasonIR.Tokenizers.Models.Bpe;
using ReasonIR.Tokenizers.Normalizers;
using ReasonIR.Tokenizers.PreTokenizers;

namespace ReasonIR.Tokenizers;

/// <summary>The stages before the post-processor in one pass, for ids alone: the same ids, without offsets and token texts. Thread-safe.</summary>
interface IIdScanner
{
    /// <summary>Appends the ids of a text that holds no added token; no special tokens.</summary>
    void AppendIds(ReadOnlySpan<char> text, List<int> ids);
}

/// <summary>The pipelines that have a pass of their own: a new one is one entry here.</summary>
static class IdScanners
{
    /// <summary>null: ids come from the stages.</summary>
    public static IIdScanner? For(TokenizerParts parts) => parts switch
    {
        { Normalizer: BertNormalizer normalizer, PreTokenizer: BertPreTokenizer, Model: WordPiece model } => new BertIdScanner(normalizer, model),
        { Normalizer: null, PreTokenizer: ByteLevelPreTokenizer { UseRegex: true } cut, Model: BpeModel model } => WordPatterns.Gpt2.IdScanner(model, cut.AddPrefixSpace),
        { Normalizer: null, PreTokenizer: SequencePreTokenizer { PreTokenizers: [PatternPreTokenizer cut, ByteLevelPreTokenizer { UseRegex: false, AddPrefixSpace: false }] }, Model: BpeModel model } =>
            cut.Splitter.IdScanner(model, addPrefixSpace: false),
        _ => null,
    };
}
