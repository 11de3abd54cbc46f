using System.Globalization;
using System.Text.Json;
using ReasonIR.Retrieval.Analysis;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>
/// Lucene's English analysis: whole chains and bare tokens (JSON lines), stems, character classes and lower case (tables).
/// Which of them a file is, its name says: <c>*porter*</c>, <c>*character-classes*</c>, <c>*lower-case*</c>, else <c>*.jsonl</c>.
/// </summary>
public sealed class AnalysisKind : IGoldenKind
{
    /// <summary>The columns of a class table behind first and last: x alone, ax, axb, 1x, 1x2, ax1, 1xa, カxカ.</summary>
    static readonly (string Before, string After)[] contexts =
        [("", ""), ("a", ""), ("a", "b"), ("1", ""), ("1", "2"), ("a", "1"), ("1", "a"), ("\u30AB", "\u30AB")];

    public string Kind => "analysis";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        foreach (var file in manifest.WrittenPaths("files"))
        {
            cancellation.ThrowIfCancellationRequested();
            var tally = new GoldenTally(manifest, file, manifest.ToleranceElement());
            var lines = File.ReadAllText(manifest.Require(file)).Split('\n');
            if (lines[^1].Length == 0)
                lines = lines[..^1];
            Action<GoldenTally, string[]> compare = Path.GetFileName(file) switch
            {
                var name when name.Contains("porter", StringComparison.Ordinal) => Stems,
                var name when name.Contains("character-classes", StringComparison.Ordinal) => Classes,
                var name when name.Contains("lower-case", StringComparison.Ordinal) => LowerCases,
                var name when name.EndsWith(".jsonl", StringComparison.Ordinal) => Texts,
                _ => throw new FormatException($"{file}: expected a name with porter, character-classes, lower-case or .jsonl"),
            };
            compare(tally, lines);
            yield return tally.Group();
        }
    }

    static void Texts(GoldenTally tally, string[] lines)
    {
        foreach (var line in lines)
        {
            using var document = JsonDocument.Parse(line);
            var text = document.RootElement.GetProperty("text").GetString()!;
            var expected = document.RootElement.GetProperty("tokens").EnumerateArray().ToArray();
            tally.Case(document.RootElement.GetProperty("id").GetString()!, () =>
            {
                if (expected is [{ ValueKind: JsonValueKind.Object }, ..])
                    tally.EqualSequences("tokens", [.. expected.Select(Token)], StandardTokens(text));
                else if (expected is [{ ValueKind: JsonValueKind.String }, ..])
                    tally.EqualSequences("tokens", [.. expected.Select(t => t.GetString()!)], LuceneEnglishAnalyzer.Instance.Analyze(text));
                else
                    // An empty list has no kind: what has no token has no term either.
                    tally.Equal("terms", 0, LuceneEnglishAnalyzer.Instance.Analyze(text).Count);
            });
        }
    }

    static (string, string, int, int) Token(JsonElement token) =>
        (token.GetProperty("token").GetString()!, token.GetProperty("type").GetString()!,
            token.GetProperty("start").GetInt32(), token.GetProperty("end").GetInt32());

    static List<(string, string, int, int)> StandardTokens(string text)
    {
        var found = new List<(string, string, int, int)>();
        var tokens = new StandardTokenizer(text);
        while (tokens.Next())
            found.Add((text.Substring(tokens.Start, tokens.Length), tokens.Type.LuceneName(), tokens.Start, tokens.Start + tokens.Length));
        return found;
    }

    static void Stems(GoldenTally tally, string[] lines)
    {
        foreach (var line in lines)
        {
            var columns = line.Split('\t');
            tally.Case(columns[0], () => tally.Equal("stem", columns[1], PorterStemmer.Stem(columns[0])));
        }
    }

    static void Classes(GoldenTally tally, string[] lines)
    {
        var next = 0;
        foreach (var columns in lines.Skip(1).Select(line => line.Split('\t')))
        {
            var (first, last) = (Hex(columns[0]), Hex(columns[1]));
            tally.Case($"{columns[0]}-{columns[1]}", () =>
            {
                tally.Equal("first of the range", next is 0xD800 ? 0xE000 : next, first);
                for (var point = first; point <= last; point++)
                {
                    if (point is >= 0xD800 and < 0xE000)
                        continue;
                    var x = char.ConvertFromUtf32(point);
                    for (var i = 0; i < contexts.Length; i++)
                    {
                        var type = TypeOfWhole(contexts[i].Before + x + contexts[i].After);
                        if (type != columns[2 + i])
                            tally.Fail($"U+{point:X4} {lines[0].Split('\t')[2 + i]}: expected {columns[2 + i]}, found {type}");
                    }
                }
            });
            next = last + 1;
        }
        tally.Case("coverage", () => tally.Equal("end of the table", 0x110000, next));
    }

    static string TypeOfWhole(string text)
    {
        var tokens = new StandardTokenizer(text);
        return tokens.Next() && tokens.Length == text.Length ? tokens.Type.LuceneName() : TokenType.None.LuceneName();
    }

    static void LowerCases(GoldenTally tally, string[] lines)
    {
        var expected = new Dictionary<int, int>();
        foreach (var columns in lines.Select(line => line.Split('\t')))
        {
            expected[Hex(columns[0])] = Hex(columns[1]);
            tally.Case($"U+{columns[0]}", () => tally.Equal("lower case", Hex(columns[1]), LowerCase.Of(Hex(columns[0]))));
        }
        tally.Case("all others", () =>
        {
            for (var point = 0; point < 0x110000; point++)
                if (LowerCase.Of(point) != expected.GetValueOrDefault(point, point))
                    tally.Fail($"U+{point:X4}: expected {expected.GetValueOrDefault(point, point):X4}, found {LowerCase.Of(point):X4}");
        });
    }

    static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
