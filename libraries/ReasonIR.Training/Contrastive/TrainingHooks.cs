using System.Runtime.InteropServices;
using ReasonIR.Models.Transformers;
using TorchSharp;

namespace ReasonIR.Training.Contrastive;

/// <summary>What a run calls back, on the training thread, between two steps.</summary>
/// <param name="Evaluate">The score of the model as it is, higher is better; see <see cref="EvaluationSettings"/>.</param>
/// <param name="Pause">Asks the run to write a checkpoint at the next step's boundary and end.</param>
public sealed record TrainingHooks(Func<TrainedModelView, double>? Evaluate = null, CancellationToken Pause = default);

/// <summary>The model in the middle of a run, in evaluation mode. Only valid during the call, on the calling thread.</summary>
/// <param name="Step">Steps done.</param>
public sealed record TrainedModelView(SentenceModel Model, TextTokens Tokens, ContrastiveTrainingSpec Spec, int Step)
{
    /// <summary>Tokens encoded at a time.</summary>
    const int TokensPerBatch = 4096;

    public float[][] EncodeQueries(IReadOnlyList<string> texts) => Encode(texts, Spec.QueryPrompt, Spec.MaxQueryTokens);

    public float[][] EncodePassages(IReadOnlyList<string> texts) => Encode(texts, Spec.PassagePrompt, Spec.MaxPassageTokens);

    /// <summary>Vectors of length 1 in the order of the texts.</summary>
    /// <param name="limit">Tokens, special ones included; null: the model's own limit.</param>
    public float[][] Encode(IReadOnlyList<string> texts, string prompt, int? limit)
    {
        var tokenized = texts.Select(text => Tokens.Encode(text, prompt, limit)).ToArray();
        var order = Enumerable.Range(0, texts.Count).OrderByDescending(i => tokenized[i].Ids.Length).ToArray();
        var vectors = new float[texts.Count][];
        using var mode = torch.no_grad();
        foreach (var cut in Scale.GradCache.Cut([.. order.Select(i => tokenized[i].Ids.Length)], null, TokensPerBatch))
        {
            using var scope = torch.NewDisposeScope();
            var batch = order[cut];
            var rows = torch.nn.functional.normalize(Model.Encode(PackedBatch.From([.. batch.Select(i => tokenized[i].Ids)]), Model.IncludePrompt ? null : [.. batch.Select(i => tokenized[i].Prompt)]));
            var values = MemoryMarshal.Cast<byte, float>(rows.to(torch.float32).cpu().contiguous().bytes);
            foreach (var (place, i) in batch.Index())
                vectors[i] = values.Slice(place * Model.Dimension, Model.Dimension).ToArray();
        }
        return vectors;
    }
}
