using System.Diagnostics;
using ReasonIR.Models.Transformers;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Schedules;
using TorchSharp;

namespace ReasonIR.Trainer.Estimating;

/// <summary>What a step costs on this machine.</summary>
/// <param name="TokensPerSecond">Forward and backward.</param>
/// <param name="OptimizerSeconds">Clipping and AdamW, once a step whatever the batch.</param>
public sealed record MeasuredRate(double TokensPerSecond, double OptimizerSeconds);

/// <summary>Measures two small steps on a model; the second counts.</summary>
static class RateProbe
{
    /// <summary>Tokens of a probe's batch: enough that starting costs nothing, few enough to take seconds.</summary>
    const int Tokens = 1024;

    /// <param name="load">Gives the model, in the recipe's precision.</param>
    /// <param name="length">Tokens of a text.</param>
    public static MeasuredRate Measure(ContrastiveTrainingSpec spec, Func<SentenceModel> load, int length, CancellationToken cancellation)
    {
        var threads = torch.get_num_threads();
        var state = torch.get_rng_state();
        try
        {
            if (spec.Threads is { } wanted)
                torch.set_num_threads(wanted);
            using var scope = torch.NewDisposeScope();
            using var model = load();
            model.train();
            using var loop = new OptimizerLoop(model.named_parameters(), new LearningRateSchedule(new("constant"), 0, 2, 0), 0, spec.MaxGradientNorm, spec.Optimizer);
            var count = Math.Clamp(Tokens / Math.Max(1, length), 2, 64);
            var draw = new SeededDraw(1);
            var texts = Enumerable.Range(0, count).Select(_ => (IReadOnlyList<int>)Enumerable.Range(0, Math.Max(1, length)).Select(_ => draw.Below(model.Transformer.VocabularySize)).ToArray()).ToArray();
            var rate = new MeasuredRate(0, 0);
            for (var i = 0; i < 2; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var (whole, inner) = (Stopwatch.StartNew(), TimeSpan.Zero);
                loop.Run(() =>
                {
                    using var step = torch.NewDisposeScope();
                    // Any loss whose gradient reaches every vector costs the same.
                    var vectors = model.Encode(PackedBatch.From(texts));
                    var loss = (vectors * torch.randn(vectors.shape).to(vectors.device)).sum();
                    loss.backward();
                    var value = (double)loss.item<float>();
                    inner = whole.Elapsed;
                    return value;
                });
                rate = new(count * Math.Max(1, length) / inner.TotalSeconds, (whole.Elapsed - inner).TotalSeconds);
            }
            return rate;
        }
        finally
        {
            torch.set_rng_state(state);
            torch.set_num_threads(threads);
        }
    }
}
