namespace ReasonIR.Experiments.Models;

/// <summary>An encoder that can be trained further, served and compared.</summary>
public sealed class Model
{
    public long Id { get; init; }

    /// <summary>Unique; the name that <c>/v1/embeddings</c> takes.</summary>
    public required string Name { get; set; }

    /// <summary>"static", "bert", ...: which code reads the folder.</summary>
    public required string Kind { get; init; }

    /// <summary>Hex SHA-256 that changes whenever the folder does.</summary>
    public string Revision { get; set; } = "";

    /// <summary>Its folder: relative to the artifact store, or absolute below a configured model root (<see cref="ModelRoots"/>).</summary>
    public required string Path { get; set; }

    /// <summary>Name of the model or method it was trained from; empty for a foreign one.</summary>
    public string BaseModel { get; init; } = "";

    /// <summary>Length of its vectors.</summary>
    public int Dimension { get; set; }

    /// <summary>Longest input in tokens; longer ones are cut.</summary>
    public int MaxTokens { get; set; }

    /// <summary>"mean", "cls", "last", ...</summary>
    public string Pooling { get; set; } = "mean";

    /// <summary>Hex SHA-256 of the weights.</summary>
    public string WeightsHash { get; set; } = "";

    /// <summary>Hex SHA-256 of tokenizer.json.</summary>
    public string TokenizerHash { get; set; } = "";

    /// <summary>The training run that made it, or null.</summary>
    public long? RunId { get; init; }

    /// <summary>A JSON object: dtype, instruction formats, training summary, ...</summary>
    public string Metadata { get; set; } = "{}";

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;
}
