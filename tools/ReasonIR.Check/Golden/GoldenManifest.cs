using System.Text.Json;

namespace ReasonIR.Check.Golden;

/// <summary>
/// A <c>golden.json</c>: its kind, its files and its tolerances. Paths that begin with <c>./</c> or <c>../</c> start at
/// the manifest's folder, all others at the data root (the folder that holds <c>data</c>, <c>models</c> and <c>golden</c>).
/// </summary>
public sealed class GoldenManifest
{
    public const string FileName = "golden.json";

    const int LargestManifestBytes = 16 << 20;

    GoldenManifest(string folder, string dataRoot, JsonElement root, string kind)
    {
        (Folder, DataRoot, Root, Kind) = (folder, dataRoot, root, kind);
        Name = NameOf(folder, dataRoot);
    }

    /// <summary>The full path of the manifest's folder.</summary>
    public string Folder { get; }

    /// <summary>The folder as reports name it.</summary>
    public string Name { get; }

    /// <summary>The full path of the data root.</summary>
    public string DataRoot { get; }

    public string Kind { get; }

    /// <summary>The whole manifest, for what only one kind knows.</summary>
    public JsonElement Root { get; }

    /// <summary>Reads the manifest of a folder.</summary>
    /// <exception cref="FormatException">It is not a JSON object with a <c>kind</c>.</exception>
    public static GoldenManifest Read(string folder, string dataRoot)
    {
        folder = Path.GetFullPath(folder);
        var path = Path.Combine(folder, FileName);
        if (new FileInfo(path).Length > LargestManifestBytes)
            throw new FormatException($"{path}: larger than {LargestManifestBytes} bytes");
        JsonElement root;
        try
        {
            root = ReadJson(path);
        }
        catch (JsonException e)
        {
            throw new FormatException($"{path}: {e.Message}", e);
        }
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("kind", out var kind) || kind.ValueKind != JsonValueKind.String)
            throw new FormatException($"{path}: expected an object with a string \"kind\"");
        return new(folder, Path.GetFullPath(dataRoot), root, kind.GetString()!);
    }

    /// <summary>How a report names a folder: relative to the data root where it lies below it, else in full.</summary>
    public static string NameOf(string folder, string dataRoot)
    {
        var relative = Path.GetRelativePath(dataRoot, folder);
        return relative == ".." || relative.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(relative)
            ? folder
            : relative;
    }

    /// <summary>The full path of a path as manifests and their files write it; the file need not exist.</summary>
    public string Resolve(string path) =>
        Path.GetFullPath(Path.Combine(IsRelativeToManifest(path) ? Folder : DataRoot, path));

    /// <summary>As <see cref="Resolve"/>, for a file or folder that must exist.</summary>
    /// <exception cref="FileNotFoundException">It does not.</exception>
    public string Require(string path)
    {
        var full = Resolve(path);
        return Path.Exists(full) ? full : throw new FileNotFoundException($"{path}: listed but absent ({full})", full);
    }

    /// <summary>A property that must be there.</summary>
    public JsonElement Property(string property) =>
        Root.TryGetProperty(property, out var value)
            ? value
            : throw new FormatException($"{Name}/{FileName}: expected the property \"{property}\"");

    /// <summary>The path in a property as it is written there.</summary>
    public string WrittenPath(string property) =>
        Property(property) is { ValueKind: JsonValueKind.String } value
            ? value.GetString()!
            : throw new FormatException($"{Name}/{FileName}: \"{property}\" should be a path");

    /// <summary>The full path of the existing file or folder in a property.</summary>
    public string PathOf(string property) => Require(WrittenPath(property));

    /// <summary>The paths in a property (one string or an array of them) as they are written there.</summary>
    public IReadOnlyList<string> WrittenPaths(string property) =>
        Property(property).ValueKind == JsonValueKind.Array
            ? [.. Property(property).EnumerateArray().Select(p => p.GetString()
                ?? throw new FormatException($"{Name}/{FileName}: \"{property}\" should hold paths"))]
            : [WrittenPath(property)];

    /// <summary>The tolerance at a place below <c>tolerance</c>, as it stands there (no name: the whole).</summary>
    public JsonElement ToleranceElement(params ReadOnlySpan<string> names)
    {
        var element = Property("tolerance");
        foreach (var name in names)
            element = element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var part)
                ? part
                : throw new FormatException($"{Name}/{FileName}: expected tolerance \"{name}\"");
        return element;
    }

    /// <summary>The tolerance at a place below <c>tolerance</c> (no name: the whole).</summary>
    public Tolerance Tolerance(params ReadOnlySpan<string> names) => Golden.Tolerance.Read(ToleranceElement(names));

    /// <summary>The paths anywhere in the manifest that start at its folder and do not exist.</summary>
    public IEnumerable<string> AbsentFiles() =>
        Strings(Root).Where(IsRelativeToManifest).Distinct().Where(path => !Path.Exists(Resolve(path)));

    /// <summary>A JSON file of the folder as an element that outlives its document.</summary>
    public static JsonElement ReadJson(string path)
    {
        using var stream = File.OpenRead(path);
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }

    static bool IsRelativeToManifest(string path) =>
        path.StartsWith("./", StringComparison.Ordinal) || path.StartsWith("../", StringComparison.Ordinal);

    static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Strings(property.Value)),
        _ => [],
    };
}
