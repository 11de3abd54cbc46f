using System.Globalization;
using System.Text;
using ReasonIR.Tokenizers.Unicode;

namespace ReasonIR.Tokenizers.Regexes;

/// <summary>
/// The names in <c>\p{...}</c> and <c>[[:...:]]</c>, with Oniguruma's meaning (6.9.10, Unicode 16.0; general categories are .NET 10's, which
/// are the same): categories by their short and long names, scripts, and what POSIX names. Classes that go by use rather than by category
/// (Alphabetic, Uppercase, Lowercase and what is made of them) are not supported.
/// </summary>
static class CharacterProperties
{
    static readonly string[] ShortNames =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf",
        "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    static readonly Dictionary<string, string> LongNames = new(StringComparer.Ordinal)
    {
        ["letter"] = "l", ["mark"] = "m", ["combiningmark"] = "m", ["number"] = "n", ["separator"] = "z", ["other"] = "c", ["punctuation"] = "p", ["symbol"] = "s",
        ["casedletter"] = "lc", ["uppercaseletter"] = "lu", ["lowercaseletter"] = "ll", ["titlecaseletter"] = "lt", ["modifierletter"] = "lm", ["otherletter"] = "lo",
        ["nonspacingmark"] = "mn", ["spacingmark"] = "mc", ["enclosingmark"] = "me", ["decimalnumber"] = "nd", ["letternumber"] = "nl", ["othernumber"] = "no",
        ["spaceseparator"] = "zs", ["lineseparator"] = "zl", ["paragraphseparator"] = "zp", ["control"] = "cc", ["format"] = "cf", ["privateuse"] = "co",
        ["connectorpunctuation"] = "pc", ["dashpunctuation"] = "pd", ["openpunctuation"] = "ps", ["closepunctuation"] = "pe", ["initialpunctuation"] = "pi",
        ["finalpunctuation"] = "pf", ["otherpunctuation"] = "po", ["mathsymbol"] = "sm", ["currencysymbol"] = "sc", ["modifiersymbol"] = "sk", ["othersymbol"] = "so",
        ["unassigned"] = "cn", ["surrogate"] = "cs",
    };

    static readonly Lazy<CodePointSet[]> Categories = new(ReadCategories);
    static readonly Lazy<Dictionary<string, CodePointSet>> Named = new(BuildNamed);

    public static CodePointSet Digit => Category("nd")!;

    public static CodePointSet Space { get; } = CodePointSet.Of([(9, 13), (32, 32), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)]);

    public static CodePointSet HexDigit { get; } = CodePointSet.Of([('0', '9'), ('A', 'F'), ('a', 'f')]);

    /// <summary><c>\w</c> in brackets, <c>[[:word:]]</c>.</summary>
    public static CodePointSet Word => Named.Value["word"];

    /// <summary><c>\w</c> outside of brackets, where Latin-1 has a table of its own: the superscript digits and the fractions are word characters.</summary>
    public static CodePointSet WordOutside => Named.Value["word outside"];

    /// <summary>A name as written in <c>\p{...}</c>; null when it is not known.</summary>
    public static CodePointSet? Find(string name)
    {
        var plain = Plain(name);
        return plain switch
        {
            "punct" => Category("p"),
            "word" => WordOutside,
            _ => Posix(plain) ?? Category(plain) ?? Category(LongNames.GetValueOrDefault(plain, "")) ?? Script(plain),
        };
    }

    /// <summary>A name as written in <c>[[:...:]]</c>; null when it is not known.</summary>
    public static CodePointSet? Posix(string name) => name.Contains(' ', StringComparison.Ordinal) ? null : Named.Value.GetValueOrDefault(name);

    static CodePointSet? Category(string name)
    {
        if (name is "lc")
            return Union(category => category is "Lu" or "Ll" or "Lt");
        if (name.Length is not (1 or 2) || !ShortNames.Any(category => category.StartsWith(name, StringComparison.OrdinalIgnoreCase)))
            return null;
        return Union(category => category.StartsWith(name, StringComparison.OrdinalIgnoreCase));
    }

    static CodePointSet? Script(string plain) =>
        Scripts.Names.FirstOrDefault(script => Plain(script) == plain) is { } name ? CodePointSet.Of(Scripts.Find(name)!) : null;

    static CodePointSet Union(Predicate<string> isPart) =>
        CodePointSet.Of(ShortNames.Index().Where(category => isPart(category.Item)).SelectMany(category => Categories.Value[category.Index].Ranges)).Intersect(CodePointSet.All);

    static string Plain(string name) => string.Concat(name.Where(c => c is not (' ' or '_' or '-'))).ToLowerInvariant();

    static Dictionary<string, CodePointSet> BuildNamed()
    {
        var all = CodePointSet.All;
        var (control, unassigned, punctuation) = (Category("cc")!, Category("cn")!, Category("p")!);
        var graph = all.Intersect(Space.Union(control).Union(unassigned).Complement());
        var word = Category("l")!.Union(Category("m")!).Union(Category("nd")!).Union(Category("nl")!).Union(Category("pc")!).Union(CodePointSet.Of(Unicode.Categories.WordSymbols()));
        return new(StringComparer.Ordinal)
        {
            ["any"] = all,
            ["assigned"] = unassigned.Complement(),
            ["ascii"] = CodePointSet.Of(0, 127),
            ["digit"] = Digit,
            ["xdigit"] = HexDigit,
            ["space"] = Space,
            ["whitespace"] = Space,
            ["blank"] = Category("zs")!.Union(CodePointSet.Of('\t')),
            ["cntrl"] = control,
            ["punct"] = punctuation.Union(Category("s")!),
            ["graph"] = graph,
            ["print"] = graph.Union(Category("zs")!),
            ["word"] = word,
            ["word outside"] = word.Union(CodePointSet.Of("\u00B2\u00B3\u00B9\u00BC\u00BD\u00BE")),
        };
    }

    static CodePointSet[] ReadCategories()
    {
        var ranges = ShortNames.Select(_ => new List<(int, int)>()).ToArray();
        var (start, category) = (0, CharUnicodeInfo.GetUnicodeCategory(0));
        for (var c = 1; c <= 0x110000; c++)
        {
            var next = c == 0x110000 ? (UnicodeCategory)(-1) : CharUnicodeInfo.GetUnicodeCategory(c);
            if (next == category)
                continue;
            ranges[(int)category].Add((start, c - 1));
            (start, category) = (c, next);
        }
        return [.. ranges.Select(list => CodePointSet.Of(list))];
    }
}
