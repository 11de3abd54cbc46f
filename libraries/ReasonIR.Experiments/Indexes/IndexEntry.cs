using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Models;

namespace ReasonIR.Experiments.Indexes;

/// <summary>Whether an index can be searched.</summary>
public enum IndexState { Building, Ready, Failed }

/// <summary>An index over a corpus, in table <c>indexes</c>.</summary>
public sealed class IndexEntry
{
    public long Id { get; init; }

    public long CorpusId { get; init; }

    public Corpus? Corpus { get; init; }

    /// <summary>"bm25" or "dense".</summary>
    public required string Kind { get; init; }

    /// <summary>The encoder of a dense index.</summary>
    public long? ModelId { get; init; }

    public Model? Model { get; init; }

    /// <summary>A JSON object: k1 and b, quantization, backend, ...</summary>
    public string Parameters { get; set; } = "{}";

    /// <summary>Its folder or file, relative to the artifact store; empty where another server holds it.</summary>
    public string Path { get; set; } = "";

    public long DocumentCount { get; set; }

    /// <summary><see cref="Corpus.ContentHash"/> at the time of building: another value now means the index is stale.</summary>
    public string CorpusHash { get; set; } = "";

    public long? RunId { get; init; }

    public IndexState State { get; set; } = IndexState.Building;

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;
}
