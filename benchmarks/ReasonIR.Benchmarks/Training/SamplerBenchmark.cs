using System.Diagnostics;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Quality;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Retrieval.TrainingFiles;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Data;

namespace ReasonIR.Benchmarks.Training;

/// <summary>
/// What the data path costs: texts into shards, an epoch's plan, batches out of them, and the share of training all-MiniLM-L6-v2 that a
/// step waits for its batch. <c>--input</c> is a training file of any form in place of SciFact's titles and abstracts.
/// </summary>
sealed class SamplerBenchmark : IBenchmark
{
    const int Batch = 32, Batches = 2000, Steps = 6, Negatives = 3, Planned = 1_000_000;
    const double MostWaiting = 1;

    public string Name => "sampler";

    public string Description => "tokenized shards and mixtures: tokenizing once, planning an epoch, reading batches, the share of a step that waits";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var model = context.Require("models/all-MiniLM-L6-v2");
        var examples = context.Input is { } file ? await ReadAsync(file, cancellationToken) : Titles(context.Require("data/scifact"));
        var folder = SentenceTransformersFolder.Open(model);
        var tokens = new TextTokens(TextTokens.LoadTokenizer(folder), 256);
        var settings = new TokenSettings(tokens.Hash, tokens.MaxTokens, new(), 32, 256);
        var scratch = Directory.CreateTempSubdirectory("reasonir-sampler-").FullName;
        try
        {
            var shards = Path.Combine(scratch, "set");
            Directory.CreateDirectory(shards);
            var clock = Stopwatch.StartNew();
            using (var builder = new TokenSetBuilder(shards, tokens, settings))
            {
                examples.ForEach(builder.Add);
                builder.Finish();
            }
            var built = clock.Elapsed;
            clock.Restart();
            using var set = new TokenSet(shards);
            var opened = clock.Elapsed;
            var workload = $"{set.Info.Examples:N0} examples, {set.Info.Texts:N0} texts";
            yield return new(Name, workload, "tokenized into shards", "tokens/s", set.Info.Tokens / built.TotalSeconds);
            yield return new(Name, workload, "opened and verified", "ms", opened.TotalMilliseconds, HigherIsBetter: false);

            clock.Restart();
            using (var planned = new MixtureBatches([new Counted("large", Planned), new Counted("small", Planned / 10)], new(Batch, Temperature: 2)))
                await planned.ReadAsync(0, cancellationToken);
            yield return new(Name, $"{Planned * 11 / 10:N0} examples of two sources", "first batch of an epoch", "s", clock.Elapsed.TotalSeconds, HigherIsBetter: false);

            using (var batches = new MixtureBatches([new StoredSource("set", set, 1, 1)], new(Math.Min(Batch, set.Count))))
            {
                await batches.ReadAsync(0, cancellationToken);
                clock.Restart();
                for (var step = 0; step < Batches; step++)
                    await batches.ReadAsync(step, cancellationToken);
                yield return new(Name, $"{Batch} pairs with a hard negative each", "batches read", "batches/s", Batches / clock.Elapsed.TotalSeconds);
            }

            var waits = new Waits();
            var spec = new ContrastiveTrainingSpec(model, MaxSteps: Steps, BatchSize: Batch, CheckpointSteps: 0);
            await ContrastiveTrainer.TrainAsync(spec, _ => new MixtureBatches([new StoredSource("set", new TokenSet(shards), 1, 0)], new(Math.Min(Batch, set.Count))),
                waits, Path.Combine(scratch, "checkpoints"), Path.Combine(scratch, "model"), cancellationToken);
            yield return new(Name, $"training all-MiniLM-L6-v2, {Steps} steps of {Batch}", "a step waits for its batch", "% of its time", waits.Percent, MostWaiting, HigherIsBetter: false);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    static List<TextExample> Titles(string folder)
    {
        var documents = BeirCollection.Read(folder).Documents.Values.Select(text => text.Split(". ", 2)).Where(parts => parts.Length == 2).ToList();
        return [.. documents.Select((parts, i) => new TextExample(i, parts[0], null, [new(parts[1])], [.. Enumerable.Range(1, Negatives).Select(k => new TextPassage(documents[(i + 97 * k) % documents.Count][1]))]))];
    }

    static async Task<List<TextExample>> ReadAsync(string path, CancellationToken cancellation)
    {
        await using var stream = File.OpenRead(path);
        return await TrainingFileReader.ReadAsync(stream, path, cancellation: cancellation).Select((record, i) => new TextExample(
            i, record.Query, record.Instruction, [.. record.Positives.Select(text => new TextPassage(text.Text))], [.. record.Negatives.Select(text => new TextPassage(text.Text))])).ToListAsync(cancellation);
    }

    /// <summary>Examples that are nothing but their numbers: what is measured is the plan.</summary>
    sealed class Counted(string name, int count) : IExampleSource
    {
        public string Name => name;

        public int Count => count;

        public string Fingerprint => name;

        public void AddKeys(int example, int pass, List<long> keys)
        {
            keys.Add(SeededDraw.Hash(name) + example);
            keys.Add(~example);
        }

        public DrawnExample Draw(int example, int pass, SeededDraw draw) => new(name, new([1], 0), [new(new([1], 0), example, float.NaN)], [], [example]);

        public void Dispose()
        {
        }
    }

    sealed class Waits : ITrainingLog
    {
        double waited, whole;

        /// <summary>The first step's wait is the plan and the files' first pages; it is not part of the share.</summary>
        public double Percent => 100 * waited / whole;

        public void Report(TrainingStep step)
        {
            if (step.Step == 1)
                return;
            waited += step.WaitSeconds;
            whole += step.Seconds;
        }

        public void Message(string text)
        {
        }
    }
}
