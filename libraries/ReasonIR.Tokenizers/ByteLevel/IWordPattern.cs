namespace ReasonIR.Tokenizers.ByteLevel;

/// <summary>
/// A split pattern that matches everywhere: a text is its matches, one after the other. A struct of static functions, so that scanning is
/// compiled for each pattern; <see cref="WordPatterns"/> gives the same behind an object.
/// </summary>
interface IWordPattern
{
    /// <summary>Where the match that begins at <paramref name="start"/> ends, in UTF-16 units; more than <paramref name="start"/>.</summary>
    static abstract int End(ReadOnlySpan<char> text, int start);
}
