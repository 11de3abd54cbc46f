namespace ReasonIR.Tokenizers.Training;

/// <summary>How a byte-level tokenizer cuts a text into words before BPE.</summary>
public enum WordPattern
{
    /// <summary>GPT-2's: words with the space before them, digits in one piece.</summary>
    Gpt2,

    /// <summary>Llama 3's: at most three digits a piece, line ends kept together.</summary>
    Llama3,

    /// <summary>Qwen 2's: as Llama 3's with single digits.</summary>
    Qwen2,
}

/// <param name="VocabularySize">Tokens at most: special ones, 256 bytes, one for each merge.</param>
/// <param name="MinFrequency">Training ends where no pair occurs as often.</param>
/// <param name="Pattern">How texts are cut into words.</param>
public sealed record BpeTrainerOptions(int VocabularySize, long MinFrequency = 2, WordPattern Pattern = WordPattern.Llama3)
{
    /// <summary>These get the first ids, in this order.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>A space before each text that does not begin with one; only with GPT-2's pattern.</summary>
    public bool AddPrefixSpace { get; init; }
}

/// <summary>What the trainer learned; <see cref="BpeFile"/> writes it as a tokenizer.json.</summary>
/// <param name="Tokens">In the order of their ids, bytes as characters of GPT-2's byte alphabet: special tokens, the 256 bytes by code point, the merged ones.</param>
/// <param name="Merges">Pairs of ids, in the order in which they are applied.</param>
/// <param name="SpecialTokens">How many of <paramref name="Tokens"/> are special.</param>
/// <param name="Pattern">The pattern it was trained with, which it needs.</param>
/// <param name="AddPrefixSpace">Likewise.</param>
public sealed record BpeVocabulary(IReadOnlyList<string> Tokens, IReadOnlyList<(int Left, int Right)> Merges, int SpecialTokens, WordPattern Pattern, bool AddPrefixSpace);
