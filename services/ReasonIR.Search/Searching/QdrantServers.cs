using ReasonIR.Retrieval.Qdrant;

namespace ReasonIR.Search.Searching;

/// <summary>The Qdrant server that <c>ConnectionStrings__qdrant_http</c> names, if one is named, and how indexes are kept there (<c>Qdrant__*</c>).</summary>
public sealed class QdrantServers : IDisposable
{
    readonly string prefix;

    /// <exception cref="ArgumentException">A setting is wrong; the message names all that are.</exception>
    public QdrantServers(IConfiguration configuration)
    {
        var text = configuration.GetConnectionString("qdrant_http") is { Length: > 0 } http ? http : configuration.GetConnectionString("qdrant");
        var section = configuration.GetSection("Qdrant");
        prefix = section["Prefix"] ?? "reasonir";
        Options = section.Get<QdrantOptions>() ?? new();
        var problems = Options.Problems().Select(problem => $"Qdrant:{problem}").ToList();
        if (problems.Count > 0)
            throw new ArgumentException(string.Join(" ", problems));
        if (!string.IsNullOrEmpty(text))
            Client = new(QdrantEndpoint.Parse(text));
    }

    /// <summary>The server; null: the embedded index is used.</summary>
    public QdrantClient? Client { get; }

    /// <summary>How indexes are made and searched there.</summary>
    public QdrantOptions Options { get; }

    /// <summary>Where indexes are built and searched.</summary>
    public string Backend => Client is null ? "embedded" : "qdrant";

    /// <summary>How an index is searched, for provenance.</summary>
    public string Search(string? dtype) => Client is null ? $"8-bit scan, {dtype} scores" : Options.Exact ? "exact" : $"graph{(Options.HnswEf is { } ef ? $", hnsw_ef {ef}" : "")}";

    /// <summary>The collection of a build.</summary>
    public string Collection(string corpus, string model, long run) => $"{Alias(corpus, model)}-{run}";

    /// <summary>The name under which the last build is found.</summary>
    public string Alias(string corpus, string model) => $"{prefix}-{corpus}-{model}";

    /// <inheritdoc/>
    public void Dispose() => Client?.Dispose();
}
