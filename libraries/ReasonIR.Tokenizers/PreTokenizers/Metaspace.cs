using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.PreTokenizers;

/// <summary>Where <see cref="Metaspace"/> sets a space mark before a piece that does not begin with one.</summary>
public enum PrependScheme
{
    Never,

    /// <summary>Only at the very start of the text, not behind an added token.</summary>
    First,

    /// <summary>Before every piece.</summary>
    Always,
}

/// <summary>sentencepiece's spaces: each space becomes a mark (<c>▁</c>, U+2581) that its word carries.</summary>
/// <param name="mark">One code point, the space mark.</param>
/// <param name="scheme">Where one is set before a text.</param>
/// <param name="split">Whether each mark begins a new piece.</param>
public sealed class Metaspace(string mark, PrependScheme scheme, bool split) : IPreTokenizer
{
    public string Mark => mark;

    public PrependScheme Scheme => scheme;

    public bool Splits => split;

    public void PreTokenize(NormalizedText text, List<NormalizedText> pieces)
    {
        text = Marked(text);
        var characters = text.Characters;
        if (!split)
        {
            pieces.Add(text);
            return;
        }
        for (int start = 0, end; start < characters.Length; start = end)
        {
            // A mark begins a piece; the piece's own mark does not end it.
            var from = characters[start..].StartsWith(mark, StringComparison.Ordinal) ? start + mark.Length : start;
            var next = characters[from..].IndexOf(mark, StringComparison.Ordinal);
            end = next < 0 ? characters.Length : from + next;
            pieces.Add(text.Slice(start, end - start));
        }
    }

    NormalizedText Marked(NormalizedText text)
    {
        var characters = text.Characters;
        var prepend = characters.Length > 0 && characters[0] != ' ' && !characters.StartsWith(mark, StringComparison.Ordinal)
            && (scheme == PrependScheme.Always || scheme == PrependScheme.First && text.Origin == 0);
        var space = characters.IndexOf(' ');
        if (!prepend && space < 0)
            return text;
        var result = new TextRewriter(text, characters.Length + 8);
        if (prepend)
            result.Append(mark, 0);
        var kept = 0;
        for (; space >= 0; space = Next(characters, kept))
        {
            result.Keep(kept, space - kept);
            result.Append(mark, space);
            kept = space + 1;
        }
        result.Keep(kept, characters.Length - kept);
        return result.Build();
    }

    static int Next(ReadOnlySpan<char> text, int from) => text[from..].IndexOf(' ') is var found and >= 0 ? from + found : -1;
}
