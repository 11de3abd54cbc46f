namespace ReasonIR.ServiceDefaults.Hub;

/// <summary>A file's answer: the last response of a chain of redirects, and what the hub itself said of the file on the way.</summary>
sealed class HubAnswer(HttpResponseMessage response, HubTags? tags) : IDisposable
{
    public HttpResponseMessage Response { get; } = response;

    /// <summary>What the content is checked by: the listing's checksum, else that of the hub's own headers.</summary>
    /// <exception cref="HubException">They differ, or there is none.</exception>
    public HubChecksum Checksum(HubFile file)
    {
        if (file.Sha256 is not null && tags?.Sha256 is { } other && other != file.Sha256)
            throw new HubException($"{file.Path}: the hub lists it with SHA-256 {file.Sha256} and serves it as {other}.");
        return (file.Sha256 ?? tags?.Sha256, file.GitSha1 ?? tags?.GitSha1) switch
        {
            ({ } sha256, _) => new(sha256, IsGit: false),
            (null, { } sha1) => new(sha1, IsGit: true),
            _ => throw new HubException($"{file.Path}: the hub states no checksum for it; it is not taken unchecked."),
        };
    }

    public void Dispose() => Response.Dispose();
}

/// <summary>The checksums in the hub's headers: an ETag (a linked one for a large file) that is a SHA-256 or a git blob's SHA-1.</summary>
/// <param name="Sha256">Hex.</param>
/// <param name="GitSha1">Hex.</param>
sealed record HubTags(string? Sha256, string? GitSha1)
{
    /// <summary>The first response that names one counts: later ones of the chain may come from a cache with tags of its own.</summary>
    public static HubTags? Read(HttpResponseMessage response, HubTags? before)
    {
        if (before is not null)
            return before;
        // A linked tag is of the content; the plain one beside it is of the pointer.
        var tag = Header(response, "X-Linked-ETag") ?? Header(response, "ETag");
        tag = tag?.Trim();
        if (tag?.StartsWith("W/", StringComparison.Ordinal) == true)
            tag = tag[2..];
        tag = tag?.Trim('"');
        var (sha256, sha1) = (HubListing.Hex(tag, 64), HubListing.Hex(tag, 40));
        return sha256 is null && sha1 is null ? null : new(sha256, sha1);
    }

    static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
