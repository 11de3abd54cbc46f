using System.Text.Json.Serialization;
using ReasonIR.Contracts.Passages;

namespace ReasonIR.Contracts.Runs;

/// <summary>A corpus becomes an index. The same corpus content, kind, model and parameters give the index that is already there.</summary>
/// <param name="Corpus">The corpus.</param>
/// <param name="Kind"><c>bm25</c> or <c>dense</c>.</param>
/// <param name="Model">For <c>dense</c>: the model that encodes the documents.</param>
/// <param name="Analyzer">For <c>bm25</c>: how text becomes terms, <c>lucene-english</c>, <c>simple</c> or <c>whitespace</c>. Stored with the index; queries are analyzed by it.</param>
/// <param name="Storage">For <c>dense</c>: in which precision vectors are kept: <c>f32</c>, <c>bf16</c> or <c>int8</c>.</param>
/// <param name="Passages">How long documents are cut, as <see cref="PassageRule"/> reads it, e.g. <c>tokens:256:64</c>; null: each is one text.</param>
/// <param name="Engine">For <c>bm25</c>: who searches, <c>embedded</c> or <c>qdrant</c> (sparse vectors at the server that is configured); null: as the index that is there, else embedded.</param>
/// <param name="K1">For <c>bm25</c> at Qdrant, whose weights are fixed when they are stored; elsewhere queries bring it. Null: 0.9.</param>
/// <param name="B">Likewise; null: 0.4.</param>
public sealed record IndexSpec(
    string Corpus, string Kind, string? Model = null, string Analyzer = "lucene-english", string Storage = "f32", string? Passages = null, string? Engine = null, double? K1 = null,
    double? B = null) : IRunSpec
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
        .. SpecChecks.OneOf("storage", Storage, "f32", "bf16", "int8"),
        .. PassageRule.Problems("passages", Passages),
        .. Engine is null ? [] : SpecChecks.OneOf("engine", Engine, "embedded", "qdrant"),
        .. Engine is not null && Kind != "bm25" ? new[] { "engine: only bm25 is asked for its engine; dense indexes are at Qdrant where a server is configured." } : [],
        .. Engine == "qdrant" && Passages is not null ? new[] { "passages: BM25 at Qdrant indexes whole documents; expected none." } : [],
        .. Engine != "qdrant" && (K1 ?? B) is not null ? new[] { "k1: k1 and b come with each query; only the engine 'qdrant' needs them when it is built." } : [],
        .. SpecChecks.Range("k1", K1, 0, 100),
        .. SpecChecks.Range("b", B, 0, 1),
        .. Kind == "bm25" && Passages?.EndsWith(":mean", StringComparison.Ordinal) == true ? new[] { $"passages: expected max for bm25, which knows no score of a passage without the query's words, found '{Passages}'." } : [],
    ];
}

/// <summary>The documents of a corpus become vector shards in the artifact store.</summary>
/// <param name="Corpus">The corpus.</param>
/// <param name="Model">The model.</param>
/// <param name="ShardSize">Documents a shard; a killed run goes on at the first shard that is missing.</param>
/// <param name="Passages">How documents are cut; each passage becomes a vector, after <see cref="PassageRule"/>. Null: a document becomes one.</param>
public sealed record EncodeSpec(string Corpus, string Model, int ShardSize = 4096, string? Passages = null) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => Passages is null ? $"encode {Corpus} ({Model})" : $"encode {Corpus} ({Model}, {Passages})";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("corpus", Corpus),
        .. SpecChecks.Name("model", Model),
        .. SpecChecks.Range<int>("shardSize", ShardSize, 1, 1_000_000),
        .. PassageRule.Problems("passages", Passages),
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
/// <param name="Documents">Where only some documents are encoded, because the vectors of the others are there: the row ids of each shard; null: all from its start on.</param>
/// <param name="Passages">How documents are cut; null: not at all.</param>
public sealed record EncodePartSpec(
    string Corpus, string CorpusHash, string Model, string ModelRevision, string Folder, int FirstShard, IReadOnlyList<long> Starts, int ShardSize,
    IReadOnlyList<IReadOnlyList<long>>? Documents = null, string? Passages = null) : IRunSpec
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
        .. PassageRule.Problems("passages", Passages),
        .. Documents is null || Documents.Count == Starts.Count ? [] : new[] { $"documents: expected as many shards as starts, {Starts.Count}, found {Documents.Count}." },
    ];
}

/// <summary>What an <c>encode-part</c> run leaves.</summary>
/// <param name="Shards">The shards, in order.</param>
public sealed record EncodePartOutput(IReadOnlyList<VectorShard> Shards);

/// <summary>
/// What an <c>encode</c> run leaves: shards that hold the vector of every document of the corpus. Shards of an earlier run are taken over where
/// only some documents are new, so there may be rows of former contents, too: a row is that of a document where id and content hash are its own.
/// </summary>
/// <param name="Dimension">Width of the vectors.</param>
/// <param name="ModelRevision">The weights that made them.</param>
/// <param name="CorpusHash">The content they were made from.</param>
/// <param name="Shards">The files, in order.</param>
/// <param name="QueryPrompt">What the model puts before a query; empty: nothing.</param>
/// <param name="DocumentPrompt">What was put before each document; empty: nothing.</param>
/// <param name="Settings">How the model was served (pooling, lengths, type), as one key: vectors of another one are others.</param>
/// <param name="Encoded">Documents that this run encoded; the vectors of the others were there.</param>
/// <param name="Passages">What the documents were cut by (<see cref="PassageRule.Cut"/>); a document's passages are neighboring rows. Null: not cut.</param>
public sealed record EncodeOutput(
    int Dimension, string ModelRevision, string CorpusHash, IReadOnlyList<VectorShard> Shards, string? QueryPrompt = null, string? DocumentPrompt = null, string? Settings = null,
    long? Encoded = null, string? Passages = null);

/// <summary>A file of vectors, row-major [rows, dimension] little-endian f32 without a header; the ids stand in its sibling <c>.ids</c>, one a line, the
/// documents' content hashes (32 bytes each) in <c>.hashes</c>.</summary>
/// <param name="Path">Relative to the artifact store.</param>
/// <param name="Rows">Vectors in it.</param>
public sealed record VectorShard(string Path, int Rows);
