namespace ReasonIR.Tokenizers;

/// <summary>A half-open range of Unicode code points of the given text; an added special token that stands for no text has [0, 0).</summary>
public readonly record struct TextRange(int Start, int End);

/// <summary>What a tokenizer makes of a text or a pair. All lists have one entry a token.</summary>
public sealed record Encoding
{
    public required IReadOnlyList<int> Ids { get; init; }

    /// <summary>0 for the first text, 1 for the second, unless the post-processor says otherwise.</summary>
    public required IReadOnlyList<int> TypeIds { get; init; }

    /// <summary>The vocabulary's tokens; of an added token found in the text, the piece of text it matched.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>Where each token comes from, counted from the start of its own half of a pair.</summary>
    public required IReadOnlyList<TextRange> Offsets { get; init; }

    /// <summary>1 for tokens that the post-processor or padding added.</summary>
    public required IReadOnlyList<int> SpecialTokensMask { get; init; }

    /// <summary>0 for padding.</summary>
    public required IReadOnlyList<int> AttentionMask { get; init; }

    /// <summary>0 or 1: the half that the token belongs to; null for special tokens that stand for no text.</summary>
    public required IReadOnlyList<int?> SequenceIds { get; init; }

    public int Count => Ids.Count;
}
