using System.Globalization;

namespace ReasonIR.Language.Prompts;

/// <summary>
/// The head of a prompt file, between two lines <c>---</c>: <c>key: value</c> lines, and <c>output:</c> followed by indented lines of
/// JSON schema.
/// </summary>
sealed class FrontMatter
{
    readonly Dictionary<string, string> values = [];
    readonly string source;

    FrontMatter(string source, string body) => (this.source, Body) = (source, body);

    public string Body { get; }

    public string? Output => values.GetValueOrDefault("output");

    public int Version => int.TryParse(Required("version"), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
        ? version
        : throw new FormatException($"{source}: version is no whole number.");

    public IReadOnlyList<string> Inputs => Required("inputs").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    public string Required(string key) => values.TryGetValue(key, out var value) && value.Length > 0
        ? value
        : throw new FormatException($"{source}: the front matter has no \"{key}\".");

    public static FrontMatter Parse(string text, string source)
    {
        var lines = text.Split('\n');
        var end = lines[0] == "---" ? Array.IndexOf(lines, "---", 1) : -1;
        if (end < 0)
            throw new FormatException($"{source}: expected a front matter between two lines \"---\" at the start.");
        var front = new FrontMatter(source, string.Join('\n', lines[(end + 1)..]));
        string? key = null;
        for (var number = 1; number < end; number++)
        {
            var line = lines[number];
            if (line.StartsWith(' ') && key is not null)
            {
                front.values[key] += line + "\n";
                continue;
            }
            var colon = line.IndexOf(':');
            if (colon <= 0)
                throw new FormatException($"{source}, line {number + 1}: expected \"key: value\".");
            key = line[..colon].Trim();
            if (key is not ("name" or "version" or "inputs" or "output"))
                throw new FormatException($"{source}, line {number + 1}: \"{key}\" is none of name, version, inputs, output.");
            front.values[key] = line[(colon + 1)..].Trim();
        }
        return front;
    }
}
