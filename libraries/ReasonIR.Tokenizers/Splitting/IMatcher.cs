namespace ReasonIR.Tokenizers.Splitting;

/// <summary>Where something was found, in UTF-16 units, half-open.</summary>
readonly record struct TextMatch(int Start, int End);

/// <summary>Finds what a stage splits at or replaces. Thread-safe.</summary>
interface IMatcher
{
    /// <summary>All matches from left to right; they do not overlap, and may be empty.</summary>
    List<TextMatch> Matches(ReadOnlySpan<char> text);
}
