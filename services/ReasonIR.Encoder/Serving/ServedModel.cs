using ReasonIR.Encoder.Batching;

namespace ReasonIR.Encoder.Serving;

/// <summary>A model in memory.</summary>
/// <param name="name">Its name.</param>
/// <param name="revision">Hash of its files.</param>
/// <param name="settings">How it is served.</param>
/// <param name="bytes">Memory of its weights.</param>
public abstract class ServedModel(string name, string revision, ModelSettings settings, long bytes) : IDisposable
{
    public string Name { get; } = name;

    /// <summary>Hash of its files.</summary>
    public string Revision { get; } = revision;

    /// <summary>How it is served.</summary>
    public ModelSettings Settings { get; } = settings;

    /// <summary>Memory of its weights.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>Tokens of a text that are read.</summary>
    public abstract int MaxTokens { get; }

    /// <summary>Tokens of a batch.</summary>
    public abstract int BatchTokens { get; }

    /// <summary>Texts that are in no batch yet.</summary>
    public abstract int WaitingTexts { get; }

    /// <summary>The first texts of a process are slow: code is compiled, threads start, memory is mapped. A batch of each shape, before anybody waits.</summary>
    public abstract void WarmUp();

    public abstract void Dispose();
}
