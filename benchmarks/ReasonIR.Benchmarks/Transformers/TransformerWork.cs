using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Losses;
using ReasonIR.Training.Schedules;
using TorchSharp;

namespace ReasonIR.Benchmarks.Transformers;

/// <summary>Texts as token ids of a step: a passage a query.</summary>
sealed record Pairs(int[][] Queries, int[][] Passages);

/// <summary>Encoding and training as the encoder and the trainer do them, from token ids on. Everything runs on libtorch's one thread.</summary>
sealed class TransformerWork : IDisposable
{
    const double Temperature = 0.05;

    public const double LearningRate = 2e-5;

    readonly SentenceModel model;
    readonly OptimizerLoop? loop;

    TransformerWork(SentenceModel model, bool training)
    {
        this.model = model;
        model.train(training);
        if (training)
            loop = new(model.named_parameters(), new LearningRateSchedule(new(), LearningRate, 1_000_000, 0), weightDecay: 0, maxGradientNorm: 1);
    }

    /// <summary>What a peer needs to do the same.</summary>
    public static double PeerTemperature => Temperature;

    public static TransformerWork Open(Func<SentenceModel> load, bool training) => TorchThread.Run(() => new TransformerWork(load(), training));

    /// <summary>Texts sorted by length go through in batches of about <paramref name="tokensPerBatch"/> tokens, without padding. Returns the vectors in their order.</summary>
    public float[][] Encode(int[][] texts, int tokensPerBatch = 2048) => TorchThread.Run(() =>
    {
        using var mode = torch.no_grad();
        var order = Enumerable.Range(0, texts.Length).OrderByDescending(i => texts[i].Length).ToArray();
        var vectors = new float[texts.Length][];
        for (int start = 0, end; start < order.Length; start = end)
        {
            end = start;
            for (var total = 0; end < order.Length && (end == start || total + texts[order[end]].Length <= tokensPerBatch); end++)
                total += texts[order[end]].Length;
            using var scope = torch.NewDisposeScope();
            var rows = model.Encode(PackedBatch.From([.. order[start..end].Select(i => texts[i])])).contiguous().data<float>().ToArray();
            for (var i = start; i < end; i++)
                vectors[order[i]] = rows[((i - start) * model.Dimension)..((i - start + 1) * model.Dimension)];
        }
        return vectors;
    });

    /// <summary>One optimizer step each; the losses.</summary>
    public double[] Train(IEnumerable<Pairs> steps) => TorchThread.Run(() => steps.Select(step => loop!.Run(() =>
    {
        using var scope = torch.NewDisposeScope();
        var vectors = model.Encode(PackedBatch.From([.. step.Queries, .. step.Passages]));
        var each = Enumerable.Range(0, step.Queries.Length).ToArray();
        return InfoNce.Loss(vectors.narrow(0, 0, each.Length), vectors.narrow(0, each.Length, each.Length), new(each, each), new(Temperature)).MoveToOuterDisposeScope();
    }).Loss).ToArray());

    public void Dispose() => TorchThread.Run(() =>
    {
        loop?.Dispose();
        model.Dispose();
    });
}
