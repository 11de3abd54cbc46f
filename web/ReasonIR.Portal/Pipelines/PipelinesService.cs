using ReasonIR.Contracts.Pipelines;
using ReasonIR.Experiments.Pipelines;

namespace ReasonIR.Portal.Pipelines;

/// <summary>What pages and the REST API know about pipelines and stored rewrites.</summary>
public sealed class PipelinesService(PipelineStore pipelines, RewriteStore rewrites)
{
    /// <summary>The newest version of each pipeline, by name.</summary>
    public async Task<IReadOnlyList<PipelineInfo>> ListAsync(CancellationToken ct) => [.. (await pipelines.ListAsync(cancellation: ct)).Select(Describe)];

    /// <summary>All versions of a pipeline, newest first; empty where there is none.</summary>
    public async Task<IReadOnlyList<PipelineInfo>> VersionsAsync(string name, CancellationToken ct) => [.. (await pipelines.ListAsync(name, ct)).Select(Describe)];

    /// <summary>The pipeline that <c>name</c> or <c>name@version</c> names, or null.</summary>
    public async Task<PipelineInfo?> FindAsync(string? reference, CancellationToken ct) =>
        PipelineReference.Parse(reference) is { } named && await pipelines.FindAsync(named.Name, named.Version, ct) is { } found ? Describe(found) : null;

    /// <summary>Stores a pipeline: a new version, unless the newest does the same.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <exception cref="ArgumentException">The name cannot be used, or the pipeline cannot run; the message lists every problem.</exception>
    public async Task<PipelineInfo> SaveAsync(string name, string text, CancellationToken ct)
    {
        if (PipelineReference.Parse(name) is not { Version: null })
            throw new ArgumentException($"name: expected 1 to 100 letters, digits, '.', '_' or '-', beginning with a letter or digit; found '{name}'.");
        var check = PipelineCheck.Of(text);
        if (check.Problems.Count > 0 || check.Spec is null)
            throw new ArgumentException($"The pipeline cannot run: {string.Join(" ", check.Problems)}");
        return Describe(await pipelines.SaveAsync(name, PipelineSpecs.ToJson(check.Spec), check.Hash!, ct));
    }

    /// <summary>Where two pipelines differ; null where one of them is not there.</summary>
    public async Task<IReadOnlyList<PipelineDifference>?> DifferenceAsync(string? a, string? b, CancellationToken ct) =>
        await FindAsync(a, ct) is { } left && await FindAsync(b, ct) is { } right ? PipelineDifference.Between(left.Spec, right.Spec) : null;

    /// <summary>All sets of stored rewrites.</summary>
    public async Task<IReadOnlyList<RewriteSetInfo>> RewritesAsync(CancellationToken ct) => [.. (await rewrites.ListAsync(ct)).Select(Describe)];

    /// <summary>Stores rewrites.</summary>
    /// <param name="body">JSON <c>{"query or its id": "rewrite", ...}</c>.</param>
    /// <exception cref="ArgumentException">The name or the JSON cannot be used.</exception>
    /// <exception cref="InvalidOperationException">There is another set of that name.</exception>
    public async Task<RewriteSetInfo> ImportRewritesAsync(string name, Stream body, CancellationToken ct)
    {
        if (PipelineReference.Parse(name) is not { Version: null })
            throw new ArgumentException($"name: expected 1 to 100 letters, digits, '.', '_' or '-', beginning with a letter or digit; found '{name}'.");
        return Describe(await rewrites.SaveAsync(name, await RewritesReader.ReadAsync(body, ct), ct));
    }

    static PipelineInfo Describe(Pipeline row)
    {
        var spec = PipelineSpecs.Parse(row.Spec);
        return new(row.Name, row.Version, row.ContentHash, spec, PipelineSpecs.ToYaml(spec), row.CreatedAt);
    }

    static RewriteSetInfo Describe(RewriteSet row) => new(row.Name, row.ContentHash, row.RewriteCount, row.CreatedAt);
}
