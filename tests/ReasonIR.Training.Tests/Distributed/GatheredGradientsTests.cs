using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Distributed;
using ReasonIR.Training.Losses;
using ReasonIR.Training.Tests.Contrastive;
using TorchSharp;
using Xunit;

namespace ReasonIR.Training.Tests.Distributed;

/// <summary>Loss and gradients of one batch over several ranks (threads here) beside those of one.</summary>
public sealed class GatheredGradientsTests
{
    /// <summary>Passages in no order, two positives for one query, none of its own negatives for another.</summary>
    static ContrastiveBatch Batch(int queries)
    {
        var draw = new SeededDraw(3, queries);
        TokenizedText Text() => new([.. Enumerable.Range(0, 4 + draw.Below(9)).Select(_ => 4 + draw.Below(50))], 0);
        var owners = Enumerable.Range(0, queries).SelectMany(i => Enumerable.Repeat(i, i == 1 ? 1 : 3)).ToArray();
        var order = draw.Permutation(owners.Length);
        int[] queryOf = [.. order.Select(j => owners[j])];
        var positives = Enumerable.Range(0, queries).Select(i => queryOf.Index().Where(p => p.Item == i).Select(p => p.Index).Take(i == 0 ? 2 : 1).ToList()).ToList();
        return new([.. Enumerable.Range(0, queries).Select(_ => Text())], [.. queryOf.Select(_ => Text())], PassageGroups.Several(queryOf, positives))
        {
            PassageIds = [.. queryOf.Select((_, j) => (long)(j % 7))],
            Weights = [.. Enumerable.Range(0, queries).Select(i => 0.5f + i)],
            TeacherScores = [.. queryOf.Select(_ => (float)draw.Below(10))],
            ReasonedQueries = [.. Enumerable.Range(0, queries).Select(_ => Text())],
        };
    }

    static LossSettings Loss(string variant) => variant switch
    {
        "plain" => new(),
        "reasoning" => new(Reasoning: new(3), IdGuard: true),
        "distillation" => new(Weight: 0.5, Distillation: new(DistillationKind.MarginMse), Matryoshka: [new(32), new(16, 0.5)]),
        _ => new(Directions: (Directions)15, Partition: Partition.Joint, ScoreGuard: new(0.1, Relative: true), WeightNorm: WeightNorm.BatchSize),
    };

    [Theory]
    [InlineData("ring", "plain", 5, 2, 1)]
    [InlineData("ring", "reasoning", 7, 3, 1)]
    [InlineData("ring", "distillation", 6, 2, 2)]
    [InlineData("ring", "all directions", 7, 2, 3)]
    [InlineData("ring", "plain", 2, 3, 1)]
    [InlineData("nccl", "reasoning", 7, 3, 1)]
    [InlineData("nccl", "all directions", 7, 2, 3)]
    [InlineData("nccl", "plain", 2, 3, 1)]
    public async Task Loss_and_gradients_are_those_of_one_process(string collective, string variant, int queries, int world, int parts)
    {
        using var tiny = new TinyModel("llama", dropout: 0);
        var spec = tiny.Spec() with { Loss = Loss(variant), Scale = new(ChunkTexts: 3, AccumulationSteps: parts) };
        var (loss, gradients) = Gradients(spec, queries, SingleProcess.Instance);
        Assert.Contains(gradients, g => g.Value.Any(x => Math.Abs(x) > 1e-3));
        var ranks = await Ranks.Run(collective, world, group => Gradients(spec, queries, group));
        foreach (var (itsLoss, its) in ranks)
        {
            Assert.Equal(loss, itsLoss, 1e-5 * (1 + loss));
            foreach (var (name, values) in gradients)
                Assert.Equal(values, its[name], (a, b) => Math.Abs(a - b) <= 2e-5 * (1 + values.Max(Math.Abs)));
        }
        // The ranks have the same bits.
        Assert.All(ranks[1..], r => Assert.All(gradients.Keys, name => Assert.Equal(ranks[0].Gradients[name], r.Gradients[name])));
    }

    static (double Loss, Dictionary<string, float[]> Gradients) Gradients(ContrastiveTrainingSpec spec, int queries, IProcessGroup group)
    {
        using var scope = torch.NewDisposeScope();
        using var model = BaseModel.Load(spec, SentenceTransformersFolder.Open(spec.BaseModel));
        model.train();
        var loss = new BatchGradients(model, spec, group).Run(Batch(queries), 0);
        return (loss, model.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad!.data<float>().ToArray()));
    }
}
