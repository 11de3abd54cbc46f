using System.Text.RegularExpressions;

namespace ReasonIR.Retrieval.Collections;

/// <summary>
/// The Parquet files of a folder that is laid out as data sets on the hub are: <c>CONFIGURATION/SPLIT-00000-of-00003.parquet</c>, or
/// <c>CONFIGURATION/SPLIT/0000.parquet</c>, anywhere below the folder.
/// </summary>
public sealed partial class HubLayout
{
    readonly ILookup<(string Configuration, string Split), string> files;

    public HubLayout(string folder) => files = Directory.EnumerateFiles(folder, "*.parquet", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(path => (path, Key: KeyOf(Path.GetRelativePath(folder, path)))).Where(file => file.Key.Configuration.Length > 0).ToLookup(file => file.Key, file => file.path);

    /// <summary>The configurations there are, in order of name.</summary>
    public IReadOnlyList<string> Configurations => [.. files.Select(group => group.Key.Configuration).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The splits of a configuration, in order of name.</summary>
    public IReadOnlyList<string> Splits(string configuration) =>
        [.. files.Where(group => group.Key.Configuration == configuration).Select(group => group.Key.Split).Order(StringComparer.Ordinal)];

    /// <summary>The files of a split in their order; none where there is no such split.</summary>
    public IReadOnlyList<string> Files(string configuration, string split) => [.. files[(configuration, split)]];

    static (string Configuration, string Split) KeyOf(string path)
    {
        var parts = path.Split(Path.DirectorySeparatorChar);
        var name = Shard().Match(Path.GetFileNameWithoutExtension(path)) is { Success: true } shard ? shard.Groups["split"].Value : Path.GetFileNameWithoutExtension(path);
        // Numbers alone name parts of a split, whose folder is its name.
        return name.All(char.IsAsciiDigit) && parts.Length >= 3 ? (parts[^3], parts[^2]) : parts.Length >= 2 ? (parts[^2], name) : ("", name);
    }

    [GeneratedRegex(@"^(?<split>.+)-\d{5}-of-\d{5}(-[0-9a-f]+)?$")]
    private static partial Regex Shard();
}
