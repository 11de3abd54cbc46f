namespace ReasonIR.Tokenizers.ByteLevel;

/// <summary>GPT-2's pattern (openai/gpt-2, encoder.py), the one that the pre-tokenizer ByteLevel has built in.</summary>
readonly struct Gpt2Pattern : IWordPattern
{
    public const string Regex = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public static int End(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'' && Contraction(text[(start + 1)..]) is var letters and > 0)
            return start + 1 + letters;
        var at = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        var kind = CharacterKinds.At(text, at, out var length);
        if (kind is CharacterKind.Letter or CharacterKind.Number or CharacterKind.Other)
            return CharacterKinds.SkipRun(text, at + length, kind);
        return Spaces.End(text, start);
    }

    static int Contraction(ReadOnlySpan<char> rest) => rest switch
    {
        ['s' or 't' or 'm' or 'd', ..] => 1,
        ['r' or 'v', 'e', ..] or ['l', 'l', ..] => 2,
        _ => 0,
    };
}
