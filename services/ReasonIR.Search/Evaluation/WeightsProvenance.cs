using System.Text;
using ReasonIR.Contracts.Models;
using ReasonIR.Contracts.Results;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Models;
using ReasonIR.Search.Indexing;

namespace ReasonIR.Search.Evaluation;

/// <summary>What the registry knows of an encoder that counts for its vectors.</summary>
public static class WeightsProvenance
{
    /// <summary>The weights, and how texts were encoded with them.</summary>
    public static WeightsUsed Of(Model model, IndexParameters index)
    {
        var metadata = ExperimentsJson.Read<Metadata>(model.Metadata);
        return new(
            model.Kind,
            model.WeightsHash,
            model.Dimension,
            metadata.Serving?.Compute ?? metadata.Type ?? "f32",
            metadata.Serving?.Bidirectional,
            Encoding.UTF8.GetByteCount(index.QueryPrompt ?? ""),
            Encoding.UTF8.GetByteCount(index.DocumentPrompt ?? ""),
            metadata.Training?.Seed,
            metadata.Source is { Repository: { } repository } source ? $"{repository}@{source.Commit ?? source.Asked}" : null);
    }

    sealed record Metadata(string? Type, ModelSource? Source, ServingSettings? Serving, Training? Training);

    sealed record Training(long? Seed);
}
