namespace ReasonIR.Tokenizers.ByteLevel;

/// <summary>A pattern chosen at run time.</summary>
interface IWordSplitter
{
    /// <summary>As <see cref="IWordPattern.End"/>.</summary>
    int End(ReadOnlySpan<char> text, int start);
}

/// <summary>The patterns that have a scanner of their own, known by their regular expression, character for character as the models' files write it.</summary>
static class WordPatterns
{
    public static IWordSplitter Gpt2 { get; } = new Splitter<Gpt2Pattern>();

    static readonly Dictionary<string, IWordSplitter> ByRegex = new(StringComparer.Ordinal)
    {
        [Gpt2Pattern.Regex] = Gpt2,
        [Llama3Pattern<ThreeDigits>.Regex] = new Splitter<Llama3Pattern<ThreeDigits>>(),
        [Llama3Pattern<OneDigit>.Regex] = new Splitter<Llama3Pattern<OneDigit>>(),
    };

    public static IWordSplitter? Find(string regex) => ByRegex.GetValueOrDefault(regex);

    sealed class Splitter<TPattern> : IWordSplitter where TPattern : IWordPattern
    {
        public int End(ReadOnlySpan<char> text, int start) => TPattern.End(text, start);
    }
}
