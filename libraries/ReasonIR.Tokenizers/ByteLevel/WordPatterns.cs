using ReasonIR.Tokenizers.Models.Bpe;
using ReasonIR.Tokenizers.Normalizers;
using ReasonIR.Tokenizers.Training;

namespace ReasonIR.Tokenizers.ByteLevel;

/// <summary>A pattern chosen at run time.</summary>
interface IWordSplitter
{
    /// <summary>As <see cref="IWordPattern.End"/>.</summary>
    int End(ReadOnlySpan<char> text, int start);

    /// <summary>The pass for ids that is compiled for this pattern.</summary>
    IIdScanner IdScanner(BpeModel model, UnicodeNormalizer? normalizer, bool addPrefixSpace);
}

/// <summary>The patterns that have a scanner of their own, known by their regular expression, character for character as the models' files write it.</summary>
static class WordPatterns
{
    public static IWordSplitter Gpt2 { get; } = new Splitter<Gpt2Pattern>();

    static readonly IWordSplitter Llama3 = new Splitter<Llama3Pattern<ThreeDigits>>(), Qwen2 = new Splitter<Llama3Pattern<OneDigit>>();

    static readonly Dictionary<string, IWordSplitter> ByRegex = new(StringComparer.Ordinal)
    {
        [Regex(WordPattern.Gpt2)] = Gpt2,
        [Regex(WordPattern.Llama3)] = Llama3,
        [Regex(WordPattern.Qwen2)] = Qwen2,
    };

    public static IWordSplitter? Find(string regex) => ByRegex.GetValueOrDefault(regex);

    public static IWordSplitter Find(WordPattern pattern) => ByRegex[Regex(pattern)];

    public static string Regex(WordPattern pattern) => pattern switch
    {
        WordPattern.Gpt2 => Gpt2Pattern.Regex,
        WordPattern.Llama3 => Llama3Pattern<ThreeDigits>.Regex,
        WordPattern.Qwen2 => Llama3Pattern<OneDigit>.Regex,
        _ => throw new ArgumentOutOfRangeException(nameof(pattern), pattern, "Gpt2, Llama3 or Qwen2 was expected."),
    };

    sealed class Splitter<TPattern> : IWordSplitter where TPattern : IWordPattern
    {
        public int End(ReadOnlySpan<char> text, int start) => TPattern.End(text, start);

        public IIdScanner IdScanner(BpeModel model, UnicodeNormalizer? normalizer, bool addPrefixSpace) =>
            new ByteLevelIdScanner<TPattern>(model, normalizer, addPrefixSpace);
    }
}
