namespace ReasonIR.Tokenizers.ByteLevel;

/// <summary>How many digits a piece holds at most.</summary>
interface IDigits
{
    static abstract int Most { get; }
}

readonly struct ThreeDigits : IDigits
{
    public static int Most => 3;
}

readonly struct OneDigit : IDigits
{
    public static int Most => 1;
}

/// <summary>The pattern of Llama 3 (three digits) and of Qwen 2 (one); both come from tiktoken's cl100k_base.</summary>
readonly struct Llama3Pattern<TDigits> : IWordPattern where TDigits : IDigits
{
    const string Before = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}", After = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public static string Regex => Before + (TDigits.Most == 1 ? "" : $"{{1,{TDigits.Most}}}") + After;

    public static int End(ReadOnlySpan<char> text, int start)
    {
        var first = text[start];
        if (first == '\'' && Contraction(text[(start + 1)..]) is var letters and > 0)
            return start + 1 + letters;
        var kind = CharacterKinds.At(text, start, out var length);
        var next = start + length;
        if (kind == CharacterKind.Letter)
            return CharacterKinds.SkipRun(text, next, CharacterKind.Letter);
        if (kind == CharacterKind.Number)
            return Digits(text, next);
        // One character that is neither a line end nor a digit goes with the letters after it.
        if (kind != CharacterKind.Line && next < text.Length && CharacterKinds.At(text, next, out var letter) == CharacterKind.Letter)
            return CharacterKinds.SkipRun(text, next + letter, CharacterKind.Letter);
        if (kind == CharacterKind.Other)
            return Symbols(text, next);
        if (first == ' ' && next < text.Length && CharacterKinds.At(text, next, out var symbol) == CharacterKind.Other)
            return Symbols(text, next + symbol);
        var end = Spaces.RunEnd(text, start);
        var lastLine = text[start..end].LastIndexOfAny('\r', '\n');
        return lastLine >= 0 ? start + lastLine + 1 : Spaces.End(text, start);
    }

    static int Digits(ReadOnlySpan<char> text, int at)
    {
        for (var count = 1; count < TDigits.Most && at < text.Length && CharacterKinds.At(text, at, out var length) == CharacterKind.Number; count++)
            at += length;
        return at;
    }

    static int Symbols(ReadOnlySpan<char> text, int at) =>
        CharacterKinds.SkipRun(text, CharacterKinds.SkipRun(text, at, CharacterKind.Other), CharacterKind.Line);

    // Without regard to case; the long s (U+017F) is an s without case.
    static int Contraction(ReadOnlySpan<char> rest) => rest switch
    {
        ['s' or 'S' or '\u017F' or 't' or 'T' or 'm' or 'M' or 'd' or 'D', ..] => 1,
        ['r' or 'R' or 'v' or 'V', 'e' or 'E', ..] or ['l' or 'L', 'l' or 'L', ..] => 2,
        _ => 0,
    };
}
