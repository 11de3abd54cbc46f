using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Runs;

/// <summary>A corpus becomes an index. The same corpus content, kind, model and parameters give the index that is already there.</summary>
/// <param name="Corpus">The corpus.</param>
/// <param name="Kind"><c>bm25</c> or <c>dense</c>.</param>
/// <param name="Model">For <c>dense</c>: the model that encodes the documents.</param>
/// <param name="Analyzer">For <c>bm25</c>: how text becomes terms, <c>lucene-english</c>, <c>simple</c> or <c>whitespace</c>. Stored with the index; queries are analyzed by it.</param>
public sealed record IndexSpec(string Corpus, string Kind, string? Model = null, string Analyzer = "lucene-english") : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => Model is null ? $"index {Corpus} ({Kind})" : $"index {Corpus} ({Model})";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("corpus", Corpus),
        .. SpecChecks.OneOf("kind", Kind, "bm25", "dense"),
        .. Kind == "dense" ? SpecChecks.Name("model", Model) : [],
        .. SpecChecks.OneOf("analyzer", Analyzer, "lucene-english", "simple", "whitespace"),
    ];
}

/// <summary>The documents of a corpus become vector shards in the artifact store.</summary>
/// <param name="Corpus">The corpus.</param>
/// <param name="Model">The model.</param>
/// <param name="ShardSize">Documents a shard; a killed run goes on at the first shard that is missing.</param>
public sealed record EncodeSpec(string Corpus, string Model, int ShardSize = 4096) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"encode {Corpus} ({Model})";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("corpus", Corpus),
        .. SpecChecks.Name("model", Model),
        .. SpecChecks.Range<int>("shardSize", ShardSize, 1, 1_000_000),
    ];
}

/// <summary>Some neighboring shards of an <c>encode</c> run, which starts its parts by itself: whichever Encoder is free takes the next one.</summary>
/// <param name="Corpus">The corpus.</param>
/// <param name="CorpusHash">Its content; a part of another content is refused.</param>
/// <param name="Model">The model.</param>
/// <param name="ModelRevision">Its weights; a part of other weights is refused.</param>
/// <param name="Folder">Where the shards lie, relative to the artifact store.</param>
/// <param name="FirstShard">The number of the first one.</param>
/// <param name="Starts">The row id at which each shard begins.</param>
/// <param name="ShardSize">Documents of a shard; the corpus's last one may have fewer.</param>
public sealed record EncodePartSpec(
    string Corpus, string CorpusHash, string Model, string ModelRevision, string Folder, int FirstShard, IReadOnlyList<long> Starts, int ShardSize) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"encode {Corpus} ({Model}), shards {FirstShard} to {FirstShard + Starts.Count - 1}";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("corpus", Corpus),
        .. SpecChecks.Name("model", Model),
        .. SpecChecks.Range<int>("firstShard", FirstShard, 0, 100_000_000),
        .. SpecChecks.Range<int>("shardSize", ShardSize, 1, 1_000_000),
        .. Starts.Count > 0 ? [] : new[] { "starts: expected one shard at least, found none." },
    ];
}

/// <summary>What an <c>encode-part</c> run leaves.</summary>
/// <param name="Shards">The shards, in order.</param>
public sealed record EncodePartOutput(IReadOnlyList<VectorShard> Shards);

/// <summary>What an <c>encode</c> run leaves: row i of shard s belongs to the document whose number is the sum of the rows before it, by ascending internal id.</summary>
/// <param name="Dimension">Width of the vectors.</param>
/// <param name="ModelRevision">The weights that made them.</param>
/// <param name="CorpusHash">The content they were made from.</param>
/// <param name="Shards">The files, in order.</param>
/// <param name="QueryPrompt">What the model puts before a query; empty: nothing.</param>
/// <param name="DocumentPrompt">What was put before each document; empty: nothing.</param>
public sealed record EncodeOutput(
    int Dimension, string ModelRevision, string CorpusHash, IReadOnlyList<VectorShard> Shards, string? QueryPrompt = null, string? DocumentPrompt = null);

/// <summary>A file of vectors, row-major [rows, dimension] little-endian f32 without a header; the ids stand in its sibling <c>.ids</c>, one a line.</summary>
/// <param name="Path">Relative to the artifact store.</param>
/// <param name="Rows">Vectors in it.</param>
public sealed record VectorShard(string Path, int Rows);
