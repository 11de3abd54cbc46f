using System.Globalization;
using System.Text.RegularExpressions;

namespace ReasonIR.Models.Lora;

/// <summary>
/// Which linear maps have an adapter, as PEFT decides it: by names or their last parts, by a regular expression over the whole name, or
/// all of them; less those excluded; of certain layers only where layers are given.
/// </summary>
public sealed record LoraTargets
{
    /// <summary>PEFT's word for every linear map of the body.</summary>
    public const string AllLinear = "all-linear";

    const int MaxPatternLength = 4096;

    /// <summary>Whole names or their last parts (<c>q_proj</c>); empty where <see cref="Pattern"/> decides.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>A regular expression for the whole name, or <see cref="AllLinear"/>; null where names decide.</summary>
    public string? Pattern { get; init; }

    /// <summary>Names or last parts left out.</summary>
    public IReadOnlyList<string> Excluded { get; init; } = [];

    /// <summary>A regular expression for the whole name of what is left out.</summary>
    public string? ExcludedPattern { get; init; }

    /// <summary>Numbers of the layers concerned; null: all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Names of the lists that these numbers count in; empty: whatever stands before a number.</summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    public static LoraTargets All { get; } = new() { Pattern = AllLinear };

    public static LoraTargets Of(params string[] names) => new() { Names = names };

    /// <param name="name">The module's name in the model that the adapter was made for: with the prefix of a model with a head, where it had one.</param>
    public bool Contains(string name)
    {
        if (ExcludedPattern is not null ? Matches(ExcludedPattern, name) : EndsWith(Excluded, name))
            return false;
        if (Pattern == AllLinear)
            return true;
        // PEFT looks at the layers only where a name was found by its last part.
        if (Pattern is not null)
            return Matches(Pattern, name);
        return Names.Contains(name) || (EndsWith(Names, name) && (Layers is null || LayerOf(name) is { } layer && Layers.Contains(layer)));
    }

    /// <summary>Whether the expression covers the whole text (Python's <c>re.fullmatch</c>).</summary>
    /// <exception cref="InvalidDataException">It is no expression, or takes too long.</exception>
    internal static bool Matches(string pattern, string text)
    {
        if (pattern.Length > MaxPatternLength)
            throw new InvalidDataException($"A pattern of {pattern.Length} characters; at most {MaxPatternLength} were expected.");
        try
        {
            return Regex.IsMatch(text, $@"\A(?:{pattern})\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (Exception error) when (error is ArgumentException or RegexMatchTimeoutException)
        {
            throw new InvalidDataException($"The pattern '{pattern}' cannot be used: {error.Message}", error);
        }
    }

    int? LayerOf(string name)
    {
        foreach (var pattern in LayersPattern.Count == 0 ? [@"[^.]*"] : LayersPattern)
            if (Regex.Match(name, $@"\A.*\.{pattern}\.(\d+)\.", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)) is { Success: true } match)
                return int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        return null;
    }

    static bool EndsWith(IReadOnlyList<string> parts, string name) => parts.Any(part => name == part || name.EndsWith("." + part, StringComparison.Ordinal));
}
