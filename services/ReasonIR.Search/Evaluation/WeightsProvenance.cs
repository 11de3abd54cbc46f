using System.Text;
using ReasonIR.Contracts.Models;
using ReasonIR.Contracts.Results;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Models;

namespace ReasonIR.Search.Evaluation;

/// <summary>What the registry knows of an encoder that counts for its vectors.</summary>
public static class WeightsProvenance
{
    /// <summary>The weights, and how texts were encoded with them.</summary>
    /// <param name="queryPrompt">What was put before a query.</param>
    /// <param name="documentPrompt">What was put before a document.</param>
    public static WeightsUsed Of(Model model, string? queryPrompt, string? documentPrompt)
    {
        var metadata = ExperimentsJson.Read<Metadata>(model.Metadata);
        return new(
            model.Kind,
            model.WeightsHash,
            model.Dimension,
            metadata.Serving?.Compute ?? metadata.Type ?? "f32",
            metadata.Serving?.Bidirectional,
            Encoding.UTF8.GetByteCount(queryPrompt ?? ""),
            Encoding.UTF8.GetByteCount(documentPrompt ?? ""),
            metadata.Training?.Seed,
            metadata.Source is { Repository: { } repository } source ? $"{repository}@{source.Commit ?? source.Asked}" : null);
    }

    sealed record Metadata(string? Type, ModelSource? Source, ServingSettings? Serving, Training? Training);

    sealed record Training(long? Seed);
}
