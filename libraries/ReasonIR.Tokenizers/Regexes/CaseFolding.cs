using System.Text;

namespace ReasonIR.Tokenizers.Regexes;

/// <summary>
/// What <c>(?i)</c> takes as the same: characters with one simple case folding (so <c>s</c>, <c>S</c> and <c>ſ</c>). Foldings of one character
/// into several (<c>ß</c>, <c>ss</c>) are told, so that a pattern that needs them can be refused.
/// </summary>
static class CaseFolding
{
    // From the folded character to all that fold to it, where there are several.
    static readonly Lazy<Dictionary<int, int[]>> Same = new(() => Enumerable.Range(0, 0x20000).Where(c => c is < 0xD800 or > 0xDFFF)
        .GroupBy(Fold).Where(group => group.Count() > 1).ToDictionary(group => group.Key, group => group.ToArray()));

    /// <summary>The characters of a set and all that are the same but for case.</summary>
    public static CodePointSet Close(CodePointSet set) =>
        set.Union(CodePointSet.Of(Same.Value.Values.Where(group => group.Any(set.Contains)).SelectMany(group => group).Select(c => (c, c))));

    /// <summary>Whether a set holds a character that folds into several.</summary>
    public static bool FoldsIntoSeveral(CodePointSet set) => !set.Intersect(Several).IsEmpty;

    /// <summary>Whether two characters in a row are the folding of one, or begin it.</summary>
    public static bool AreFoldingOfOne(int first, int second) => (Fold(first), Fold(second)) switch
    {
        ('s', 's' or 't') or ('f', 'f' or 'i' or 'l') or (0x2BC, 'n') or (0x565, 0x582) or (0x574, _) or (0x57E, _) => true,
        (_, 0x307 or 0x308 or 0x30A or 0x30C or 0x313 or 0x331 or 0x342 or 0x2BE or 0x3B9) => true,
        _ => false,
    };

    /// <summary>CaseFolding.txt, status F.</summary>
    static CodePointSet Several { get; } = CodePointSet.Of(
    [
        (0xDF, 0xDF), (0x130, 0x130), (0x149, 0x149), (0x1F0, 0x1F0), (0x390, 0x390), (0x3B0, 0x3B0), (0x587, 0x587), (0x1E96, 0x1E9A), (0x1E9E, 0x1E9E),
        (0x1F50, 0x1F50), (0x1F52, 0x1F52), (0x1F54, 0x1F54), (0x1F56, 0x1F56), (0x1F80, 0x1FAF), (0x1FB2, 0x1FB4), (0x1FB6, 0x1FB7), (0x1FBC, 0x1FBC),
        (0x1FC2, 0x1FC4), (0x1FC6, 0x1FC7), (0x1FCC, 0x1FCC), (0x1FD2, 0x1FD3), (0x1FD6, 0x1FD7), (0x1FE2, 0x1FE4), (0x1FE6, 0x1FE7), (0x1FF2, 0x1FF4),
        (0x1FF6, 0x1FF7), (0x1FFC, 0x1FFC), (0xFB00, 0xFB06), (0xFB13, 0xFB17),
    ]);

    static int Fold(int codePoint) => Rune.ToLowerInvariant(Rune.ToUpperInvariant(new(codePoint))).Value;
}
