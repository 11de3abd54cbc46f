using System.Text.Json;

namespace ReasonIR.Hosting.Running;

/// <summary>
/// <c>portal.json</c> in the data directory, there while the portal is up: <c>{"url", "pid", "resources_url"}</c>. The process is the
/// host's: SIGTERM to it stops the whole system.
/// </summary>
public sealed record PortalFile(string Url, int Pid, string? ResourcesUrl)
{
    static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static string PathIn(string dataDirectory) => Path.Combine(dataDirectory, "portal.json");

    public static PortalFile? TryRead(string dataDirectory)
    {
        try
        {
            return JsonSerializer.Deserialize<PortalFile>(File.ReadAllBytes(PathIn(dataDirectory)), Json);
        }
        catch (Exception error) when (error is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Readers see the old file or the new one, never half.</summary>
    public void Write(string dataDirectory)
    {
        var unfinished = PathIn(dataDirectory) + ".new";
        File.WriteAllBytes(unfinished, JsonSerializer.SerializeToUtf8Bytes(this, Json));
        File.Move(unfinished, PathIn(dataDirectory), overwrite: true);
    }

    public static void Remove(string dataDirectory) => File.Delete(PathIn(dataDirectory));
}
