namespace ReasonIR.Tokenizers.ByteLevel;

/// <summary>White space at the end of the patterns: <c>\s+(?!\S)|\s+</c>.</summary>
static class Spaces
{
    /// <summary>A run of white space goes without its last character, which the next word takes, unless the text ends with it or it is alone.</summary>
    public static int End(ReadOnlySpan<char> text, int start)
    {
        var end = RunEnd(text, start);
        return end == text.Length || end == start + 1 ? end : end - 1;
    }

    /// <summary>The end of a run of white space, the line ends included; all white space lies in the basic plane.</summary>
    public static int RunEnd(ReadOnlySpan<char> text, int start)
    {
        while (start < text.Length && CharacterKinds.At(text, start, out _) is CharacterKind.Space or CharacterKind.Line)
            start++;
        return start;
    }
}
