using ReasonIR.Experiments.Corpora;

namespace ReasonIR.Experiments.Datasets;

/// <summary>Training data under one name; its contents live in versions.</summary>
public sealed class Dataset
{
    public long Id { get; init; }

    /// <summary>Unique.</summary>
    public required string Name { get; set; }

    public string Description { get; set; } = "";

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;

    public List<DatasetVersion> Versions { get; init; } = [];
}

/// <summary>What a dataset version consists of.</summary>
public enum DatasetKind
{
    /// <summary>Stored examples.</summary>
    Examples,

    /// <summary>A rule that draws pairs from the corpus anew each training step; stored examples are samples to look at.</summary>
    Strategy,
}

/// <summary>One state of a dataset; immutable once sealed (the database refuses changes to it and to its examples).</summary>
public sealed class DatasetVersion
{
    public long Id { get; init; }

    public long DatasetId { get; init; }

    public Dataset? Dataset { get; init; }

    /// <summary>1, 2, 3, ... within the dataset.</summary>
    public int Version { get; init; }

    public DatasetKind Kind { get; init; }

    public long? CorpusId { get; init; }

    public Corpus? Corpus { get; init; }

    /// <summary>JSON: how the version was made, or for a strategy how its pairs are drawn.</summary>
    public string Spec { get; init; } = "{}";

    /// <summary>Hex SHA-256 of <see cref="Spec"/> as its author wrote it.</summary>
    public string SpecHash { get; init; } = "";

    /// <summary>"llm", "extractive", "import", ...</summary>
    public required string Generator { get; init; }

    public int ExampleCount { get; set; }

    /// <summary>The run that made it; at most one version a run.</summary>
    public long? RunId { get; init; }

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>Null while it is being filled.</summary>
    public DateTimeOffset? SealedAt { get; set; }
}
