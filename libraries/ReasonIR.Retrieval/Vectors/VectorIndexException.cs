namespace ReasonIR.Retrieval.Vectors;

/// <summary>A file or folder that is no vector index, is one of another version, or is damaged.</summary>
public sealed class VectorIndexException(string path, string problem) : IOException($"{path}: {problem}")
{
    public string Path { get; } = path;
}
