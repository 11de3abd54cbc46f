using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Pipelines;

namespace ReasonIR.Search.Pipelines;

/// <summary>Finds the stored pipelines that systems name.</summary>
public sealed class PipelineCatalog(PipelineStore store)
{
    /// <summary>The system with its pipeline's version and stages in it; others stay as they are.</summary>
    /// <exception cref="KeyNotFoundException">There is no such pipeline.</exception>
    public async Task<SystemSpec> PinAsync(SystemSpec system, CancellationToken ct)
    {
        if (system.Kind != "pipeline" || system.Pipeline is null)
            return system;
        var (name, version) = PipelineReference.Parse(system.Pipeline) ?? throw new ArgumentException($"system.pipeline: expected a name or name@version, found '{system.Pipeline}'.");
        var found = await store.FindAsync(name, version, ct)
            ?? throw new KeyNotFoundException(version is null ? $"There is no pipeline '{name}'." : $"There is no version {version} of a pipeline '{name}'.");
        return system with { Pipeline = $"{found.Name}@{found.Version}", Stages = PipelineSpecs.Parse(found.Spec) };
    }
}
