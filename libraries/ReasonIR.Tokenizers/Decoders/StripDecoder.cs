namespace ReasonIR.Tokenizers.Decoders;

/// <summary>Cuts off as many as so many characters of one kind at the ends of each piece.</summary>
/// <param name="content">The code point that is cut off.</param>
/// <param name="start">How many of them at the start, at most.</param>
/// <param name="stop">How many of them at the end, at most.</param>
public sealed class StripDecoder(string content, int start, int stop) : IDecoder
{
    public IEnumerable<string> Decode(IReadOnlyList<string> tokens) => tokens.Select(Strip);

    string Strip(string token)
    {
        var (from, to) = (0, token.Length);
        for (var i = 0; i < start && token.AsSpan(from).StartsWith(content, StringComparison.Ordinal); i++)
            from += content.Length;
        for (var i = 0; i < stop && token.AsSpan(from, to - from).EndsWith(content, StringComparison.Ordinal); i++)
            to -= content.Length;
        return token[from..to];
    }
}
