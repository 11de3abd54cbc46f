namespace ReasonIR.Retrieval.Bm25;

/// <summary>A file is no BM25 index that this version can read: another format, a newer version, cut off, or damaged.</summary>
public sealed class Bm25FormatException(string path, string problem) : IOException($"{path}: {problem}")
{
    public string Path { get; } = path;
}
