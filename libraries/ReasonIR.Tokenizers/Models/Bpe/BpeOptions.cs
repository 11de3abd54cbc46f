namespace ReasonIR.Tokenizers.Models.Bpe;

/// <summary>The settings of a BPE model, as a tokenizer.json has them.</summary>
/// <param name="UnknownToken">Stands for a character outside the vocabulary; null: such a character is left out.</param>
/// <param name="ContinuingPrefix">Stands before every character of a word but the first, and goes when it is merged.</param>
/// <param name="EndSuffix">Stands behind the last character of a word.</param>
/// <param name="FuseUnknown">Neighboring unknown characters are one unknown token.</param>
/// <param name="ByteFallback">A character outside the vocabulary becomes its bytes' tokens (<c>&lt;0xE4&gt;</c>) where the vocabulary has them all.</param>
/// <param name="IgnoreMerges">A word that is in the vocabulary is taken whole, whatever the merges say.</param>
public sealed record BpeOptions(
    string? UnknownToken = null, string ContinuingPrefix = "", string EndSuffix = "", bool FuseUnknown = false, bool ByteFallback = false, bool IgnoreMerges = false);
