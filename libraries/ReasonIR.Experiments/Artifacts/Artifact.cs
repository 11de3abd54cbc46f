namespace ReasonIR.Experiments.Artifacts;

/// <summary>A file or folder of the artifact store.</summary>
public sealed class Artifact
{
    public long Id { get; init; }

    /// <summary>Relative to the store's root, with forward slashes; unique.</summary>
    public required string Path { get; init; }

    /// <summary>"model", "checkpoint", "vectors", "index", "run-file", "export", ...</summary>
    public required string Kind { get; set; }

    /// <summary>Hex; of a folder: over the sorted lines "hash  bytes  path\n" of its files.</summary>
    public required string Sha256 { get; set; }

    /// <summary>Size in bytes; of a folder: of all its files.</summary>
    public long Bytes { get; set; }

    public long? RunId { get; set; }

    public DateTimeOffset CreatedAt { get; set; } = DateTimeOffset.UtcNow;
}
