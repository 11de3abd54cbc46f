using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Benchmarks.Quality;

/// <summary>
/// The fine-tune of <see cref="FineTuneBenchmark"/> over three epochs as a curve: the loss of every step, and nDCG@10 of all and of the
/// clean test claims every ten steps, by the trainer's own evaluation. With <c>--json FILE</c> the curve is drawn beside it as FILE's SVG.
/// </summary>
sealed class FineTuneCurveBenchmark : IBenchmark
{
    const int Epochs = 3, Every = 10;

    public string Name => "finetune-curve";

    public string Description => "all-MiniLM-L6-v2 on SciFact over three epochs: loss and nDCG@10 by step, drawn beside the JSON";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var work = await SciFactFineTune.ReadAsync(context.Input ?? context.Require("data/scifact"), context.Require("models/all-MiniLM-L6-v2"), cancellationToken);
        var scratch = Directory.CreateTempSubdirectory("reasonir-finetune-").FullName;
        try
        {
            var points = Channel.CreateUnbounded<(string Series, int Step, double Value)>();
            var spec = work.Spec(42, epochs: Epochs) with { Evaluation = new(Every, AtStart: true, KeepBest: false) };
            var training = Task.Run(async () =>
            {
                try
                {
                    await ContrastiveTrainer.TrainAsync(spec, new ListTrainingData(work.Pairs, "scifact train"), new Points(points.Writer, context.Log),
                        Path.Combine(scratch, "checkpoints"), Path.Combine(scratch, "model"), cancellationToken, new(view =>
                        {
                            var (all, clean, _) = work.Measure(view);
                            points.Writer.TryWrite(("all claims", view.Step, all));
                            points.Writer.TryWrite(("clean claims", view.Step, clean));
                            return all;
                        }));
                }
                finally
                {
                    points.Writer.Complete();
                }
            }, cancellationToken);
            var drawn = new List<(string Series, int Step, double Value)>();
            await foreach (var point in points.Reader.ReadAllAsync(cancellationToken))
            {
                drawn.Add(point);
                yield return point.Series == "loss"
                    ? new(Name, $"step {point.Step}", "loss", "nats", Math.Round(point.Value, 4), HigherIsBetter: false)
                    : new(Name, $"step {point.Step}, {point.Series}", "nDCG@10", "", Math.Round(point.Value, 5));
            }
            await training;
            if (context.Json is { } json)
                await File.WriteAllTextAsync(Path.ChangeExtension(json, ".svg"), Curve.Draw(drawn), cancellationToken);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    sealed class Points(ChannelWriter<(string, int, double)> points, TextWriter log) : ITrainingLog
    {
        readonly StepLines lines = new(log);

        public void Report(TrainingStep step)
        {
            points.TryWrite(("loss", step.Step, step.Loss));
            lines.Report(step);
        }

        public void Message(string text) => lines.Message(text);
    }
}
