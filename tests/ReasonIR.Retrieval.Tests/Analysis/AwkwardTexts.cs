using FsCheck;
using FsCheck.Fluent;

namespace ReasonIR.Retrieval.Tests.Analysis;

/// <summary>Random texts of the characters that word-break rules tell apart, lone surrogates included.</summary>
static class AwkwardTexts
{
    static readonly string[] pieces =
    [
        "a", "B", "s", "S", "1", "9", " ", ".", ",", ";", ":", "'", "\u2019", "_", "-", "\"", "\u05D0", "\u05D1", "\u0301", "\u00AD",
        "\u200D", "\uFE0E", "\uFE0F", "\u20E3", "#", "\u00A9", "\u2603", "\uD83D\uDC68", "\uD83C\uDFFB", "\uD83C\uDDE9", "\uD83C\uDDEA",
        "\uDB40\uDC67", "\uDB40\uDC7F", "\u6F22", "\u304B", "\u30AB", "\uAC00", "\u0E01", "\u0E31", "\u3005", "\uD801\uDC00", "\uD83D",
        "\uDC00", "\n", "\0", "\u0130", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ];

    public static Arbitrary<string> Arbitrary { get; } =
        Gen.Elements(pieces).ListOf().Select(parts => string.Concat(parts)).ToArbitrary();
}
