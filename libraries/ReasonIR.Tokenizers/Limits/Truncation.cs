namespace ReasonIR.Tokenizers.Limits;

/// <summary>Which half of a pair gives way.</summary>
public enum TruncationStrategy { LongestFirst, OnlyFirst, OnlySecond }

/// <summary>The end that tokens are cut from, or padding is added at.</summary>
public enum Side { Left, Right }

/// <summary>Cuts an input to a number of tokens, the special ones included. What is cut off is not returned.</summary>
public sealed record Truncation(int MaxLength, TruncationStrategy Strategy = TruncationStrategy.LongestFirst, Side Direction = Side.Right)
{
    /// <summary>The halves, cut; <paramref name="added"/> special tokens will come to them.</summary>
    /// <exception cref="ArgumentException">The half that the strategy names cannot give way far enough.</exception>
    internal (Encoding First, Encoding? Second) Apply(Encoding first, Encoding? second, int added)
    {
        var max = Math.Max(0, MaxLength - added);
        var total = first.Count + (second?.Count ?? 0);
        if (total <= max)
            return (first, second);
        if (max == 0)
            return (Cut(first, 0), second is null ? null : Cut(second, 0));

        var excess = total - max;
        switch (Strategy)
        {
            case TruncationStrategy.LongestFirst when second is null:
                return (Cut(first, max), null);
            case TruncationStrategy.LongestFirst:
                var (n1, n2) = LongestFirst(first.Count, second.Count, max);
                return (Cut(first, n1), Cut(second, n2));
            case TruncationStrategy.OnlyFirst when first.Count > excess:
                return (Cut(first, first.Count - excess), second);
            case TruncationStrategy.OnlySecond when second is not null && second.Count > excess:
                return (first, Cut(second, second.Count - excess));
            default:
                throw new ArgumentException($"The input has {total} tokens (without {added} special ones), {MaxLength} are allowed, and cutting {Strategy} alone cannot reach that.");
        }
    }

    /// <summary>Not one by one: the shorter half stays whole while it fits, otherwise both get half, the odd token to the longer.</summary>
    static (int First, int Second) LongestFirst(int first, int second, int max)
    {
        var (shorter, longer) = first > second ? (second, first) : (first, second);
        longer = shorter > max ? shorter : Math.Max(shorter, max - shorter);
        if (shorter + longer > max)
            (shorter, longer) = (max / 2, max / 2 + max % 2);
        return first > second ? (longer, shorter) : (shorter, longer);
    }

    Encoding Cut(Encoding encoding, int length) =>
        encoding.Count <= length ? encoding
        : EncodingBuilder.Slice(encoding, Direction == Side.Right ? 0 : encoding.Count - length, length);
}
