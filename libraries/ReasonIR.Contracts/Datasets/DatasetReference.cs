using System.Globalization;

namespace ReasonIR.Contracts.Datasets;

/// <summary>A dataset version as people write it: <c>name@3</c>, or <c>name</c> for its newest complete one.</summary>
public readonly record struct DatasetReference(string Name, int? Version)
{
    /// <summary>Reads <c>name</c> or <c>name@version</c>.</summary>
    /// <exception cref="ArgumentException">It is neither; the message names <paramref name="field"/>.</exception>
    public static DatasetReference Parse(string? text, string field)
    {
        var parts = (text ?? "").Split('@');
        if (parts.Length > 2 || parts[0].Length is 0 or > 100)
            throw new ArgumentException($"{field}: expected a dataset such as name or name@2, found '{text}'.");
        if (parts.Length == 1)
            return new(parts[0], null);
        return int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
            ? new(parts[0], version)
            : throw new ArgumentException($"{field}: expected the number of a version after the @, found '{text}'.");
    }

    /// <inheritdoc/>
    public override string ToString() => Version is null ? Name : $"{Name}@{Version}";
}
