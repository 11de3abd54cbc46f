using System.Globalization;
using System.Text;

namespace ReasonIR.Tokenizers.Unicode;

/// <summary>The scripts of Unicode 16.0, from the resource Scripts.txt.</summary>
static class Scripts
{
    static readonly Lazy<(Dictionary<string, List<(int First, int Last)>> ByName, int[] Starts, (int Last, string Script)[] Ranges)> Table = new(Read);

    /// <summary>The name, words set together with <c>_</c>; empty for an unassigned code point.</summary>
    public static string Of(Rune rune)
    {
        var (_, starts, ranges) = Table.Value;
        var found = Array.BinarySearch(starts, rune.Value);
        var index = found >= 0 ? found : ~found - 1;
        return index >= 0 && rune.Value <= ranges[index].Last ? ranges[index].Script : "";
    }

    public static IEnumerable<string> Names => Table.Value.ByName.Keys;

    /// <summary>The code points of a script, ascending; null where there is none of that name.</summary>
    public static IReadOnlyList<(int First, int Last)>? Find(string name) => Table.Value.ByName.GetValueOrDefault(name);

    static (Dictionary<string, List<(int, int)>>, int[], (int, string)[]) Read()
    {
        using var reader = new StreamReader(typeof(Scripts).Assembly.GetManifestResourceStream("ReasonIR.Tokenizers.Unicode.Scripts.txt")!);
        var byName = new Dictionary<string, List<(int, int)>>(StringComparer.OrdinalIgnoreCase);
        var all = new List<(int First, int Last, string Script)>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            var fields = line.Split(' ');
            var ranges = byName[fields[0]] = [];
            foreach (var field in fields[1..])
            {
                var dash = field.IndexOf('-', StringComparison.Ordinal);
                var first = int.Parse(dash < 0 ? field : field[..dash], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                var last = dash < 0 ? first : int.Parse(field[(dash + 1)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                ranges.Add((first, last));
                all.Add((first, last, fields[0]));
            }
        }
        all.Sort();
        return (byName, [.. all.Select(range => range.First)], [.. all.Select(range => (range.Last, range.Script))]);
    }
}
