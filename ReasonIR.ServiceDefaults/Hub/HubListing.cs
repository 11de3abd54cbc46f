using System.Text.Json;

namespace ReasonIR.ServiceDefaults.Hub;

/// <summary>A file of a repository.</summary>
/// <param name="Path">Relative, with forward slashes; checked: it cannot leave a folder it is put into.</param>
/// <param name="Bytes">Its length; null where the server does not say.</param>
/// <param name="Sha256">Of the content, hex: large files have it.</param>
/// <param name="GitSha1">Of <c>blob LENGTH\0</c> and the content, hex: small files have it.</param>
public sealed record HubFile(string Path, long? Bytes, string? Sha256, string? GitSha1);

/// <summary>A repository's files at a commit.</summary>
/// <param name="Reference">What was asked for.</param>
/// <param name="Commit">What it is: 40 hexadecimal digits; downloads name it, so that a branch may move meanwhile.</param>
/// <param name="Files">All files.</param>
/// <param name="License">As the model card states it; null where it does not.</param>
/// <param name="Gated">Whether its owner asks for an agreement.</param>
public sealed record HubListing(HubReference Reference, string Commit, IReadOnlyList<HubFile> Files, string? License, bool Gated)
{
    /// <summary>Repositories of more files are refused.</summary>
    const int MaxFiles = 100_000;

    public HubFile? Find(string path) => Files.FirstOrDefault(file => file.Path == path);

    /// <summary>From the hub's <c>/api/models/ID/revision/REVISION?blobs=true</c>.</summary>
    /// <exception cref="InvalidDataException">The answer is not what the hub gives; the message names the field.</exception>
    internal static HubListing Parse(HubReference reference, JsonElement json)
    {
        if (Text(json, "sha") is not { Length: 40 } commit || !commit.All(char.IsAsciiHexDigitLower))
            throw Bad(reference, "sha", "a commit of 40 hexadecimal digits was expected");
        if (!json.TryGetProperty("siblings", out var siblings) || siblings.ValueKind != JsonValueKind.Array)
            throw Bad(reference, "siblings", "an array of files was expected");
        if (siblings.GetArrayLength() > MaxFiles)
            throw Bad(reference, "siblings", $"{siblings.GetArrayLength():N0} files; at most {MaxFiles:N0} were expected");
        var files = siblings.EnumerateArray().Select((entry, i) => File(reference, entry, i)).ToList();
        if (files.GroupBy(file => file.Path).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw Bad(reference, "siblings", $"'{twice.Key}' stands there twice");
        var license = json.TryGetProperty("cardData", out var card) && card.ValueKind == JsonValueKind.Object ? Text(card, "license") : null;
        var gated = json.TryGetProperty("gated", out var gate) && gate.ValueKind is JsonValueKind.True or JsonValueKind.String;
        return new(reference, commit, files, license, gated);
    }

    static HubFile File(HubReference reference, JsonElement entry, int index)
    {
        var field = $"siblings[{index}]";
        if (entry.ValueKind != JsonValueKind.Object || Text(entry, "rfilename") is not { Length: > 0 } path)
            throw Bad(reference, $"{field}.rfilename", "a file's name was expected");
        if (!IsSafe(path))
            throw Bad(reference, $"{field}.rfilename", $"'{path}' is no relative path inside a folder");
        var lfs = entry.TryGetProperty("lfs", out var large) && large.ValueKind == JsonValueKind.Object ? large : default;
        var sha256 = lfs.ValueKind == JsonValueKind.Object ? Hex(Text(lfs, "sha256") ?? Text(lfs, "oid"), 64) : null;
        var bytes = Number(entry, "size") ?? (lfs.ValueKind == JsonValueKind.Object ? Number(lfs, "size") : null);
        // A large file's blob is the pointer to it, not its content.
        return new(path, bytes is >= 0 ? bytes : null, sha256, lfs.ValueKind == JsonValueKind.Object ? null : Hex(Text(entry, "blobId"), 40));
    }

    static bool IsSafe(string path) => path.Length <= 1000 && !path.Contains('\\') && !path.Any(char.IsControl)
        && !path.Split('/').Any(part => part is "" or "." or ".." || part.Length > 255);

    internal static string? Hex(string? text, int digits) => text?.Length == digits && text.All(char.IsAsciiHexDigit) ? text.ToLowerInvariant() : null;

    static string? Text(JsonElement json, string field) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static long? Number(JsonElement json, string field) =>
        json.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    static InvalidDataException Bad(HubReference reference, string field, string expected) => new($"The hub's answer about {reference}: {field}: {expected}.");
}
