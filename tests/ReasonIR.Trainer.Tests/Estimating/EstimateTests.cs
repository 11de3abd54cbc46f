using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Models.Bert;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Testing;
using ReasonIR.Torch;
using ReasonIR.Trainer.Estimating;
using ReasonIR.Trainer.Tests.Running;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Losses;
using TorchSharp;

namespace ReasonIR.Trainer.Tests.Estimating;

[Collection(Generator.Process)]
public sealed class EstimateTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A batch of random tokens, all queries and all passages of one length.</summary>
    static ContrastiveBatch Batch(int queries, int perQuery, int perPassage)
    {
        var random = new Random(3);
        TokenizedText Text(int length) => new([.. Enumerable.Range(0, length).Select(_ => random.Next(4, 60))], 0);
        return new([.. Enumerable.Range(0, queries).Select(_ => Text(perQuery))], [.. Enumerable.Range(0, 2 * queries).Select(_ => Text(perPassage))], PassageGroups.Equal(queries, 2));
    }

    sealed class OneBatch(ContrastiveBatch batch) : IBatchSource
    {
        public int StepsPerEpoch => 1;

        public string Fingerprint => "one batch";

        public ValueTask<ContrastiveBatch> ReadAsync(int step, CancellationToken cancellationToken) => new(batch);
    }

    sealed class NoLog : ITrainingLog
    {
        public void Report(TrainingStep step)
        {
        }

        public void Message(string text)
        {
        }
    }

    [Theory]
    [InlineData("llama", "", 14, 30, 90)]
    [InlineData("llama", "checkpointing", 14, 30, 90)]
    [InlineData("llama", "chunks", 14, 30, 90)]
    [InlineData("llama", "bf16", 14, 30, 90)]
    [InlineData("llama", "pureBf16", 14, 30, 90)]
    [InlineData("llama", "lora", 14, 30, 90)]
    [InlineData("llama", "frozen", 14, 30, 90)]
    [InlineData("llama", "", 4, 8, 12)]
    [InlineData("bert", "", 14, 30, 90)]
    [InlineData("bert", "chunks", 14, 30, 90)]
    public async Task The_estimated_memory_is_near_what_libtorch_counts(string type, string how, int queries, int perQuery, int perPassage)
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        var root = Directory.CreateTempSubdirectory("reasonir-estimate-").FullName;
        try
        {
            var folder = Path.Combine(root, "base");
            RandomModels.Write(folder, type, hidden: 128, layers: 4, heads: 4, keyValueHeads: 2, intermediate: 320);
            var scale = how switch
            {
                "checkpointing" => new ScaleSection(Checkpointing: true),
                "chunks" => new(new(8)),
                "bf16" => new(Precision: "bf16"),
                "pureBf16" => new(Precision: "pureBf16"),
                "lora" => new(Lora: new(4)),
                "frozen" => new(Freeze: ["layers.?.mlp.*"], FreezeEmbeddings: true, FreezeLayers: 2),
                _ => new(),
            };
            var spec = new ContrastiveTrainingSpec(folder, MaxSteps: 2, BatchSize: queries, CheckpointSteps: 0, Threads: 1, Warmup: 0)
            {
                Scale = new(scale.GradCache?.Texts, null, 1, scale.Checkpointing ?? false, how switch { "bf16" => Precision.Bf16Mixed, "pureBf16" => Precision.Bf16, _ => Precision.F32 }),
                Lora = how == "lora" ? new(4) : null,
                Optimizer = new(Freeze: scale.Freeze, FreezeEmbeddings: scale.FreezeEmbeddings ?? false, FreezeLayers: scale.FreezeLayers ?? 0),
            };
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var before = TorchRuntime.Memory.LiveBytes;
            TorchRuntime.ResetPeak();
            await ContrastiveTrainer.TrainAsync(spec, _ => new OneBatch(Batch(queries, perQuery, perPassage)), new NoLog(), Path.Combine(root, "checkpoints"), Path.Combine(root, "out"), Token);
            var taken = TorchRuntime.Memory.PeakBytes - before;
            var shape = ModelShape.Read(folder);
            var estimated = MemoryEstimate.Of(shape, MemoryEstimate.Trainable(shape, scale), scale, new(queries, 2 * queries, perQuery, perPassage)).Where(part => part.Name != "program").Sum(part => part.Bytes);
            Assert.InRange((double)estimated / taken, 0.85, 1.5);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Theory]
    [InlineData(1, 1, 10, "free on the GPU")]
    [InlineData(1, 4, 10, "free on the GPU")]
    [InlineData(4, 4, 40, "free on 4 GPUs")]
    // Three processes on two GPUs: one GPU holds two of them, a third of the run each.
    [InlineData(3, 2, 15, "free on 2 GPUs")]
    [InlineData(2, 1, 10, "free on the GPU")]
    public void On_gpus_the_fullest_one_is_the_limit(int workers, int gpus, long bytes, string from) =>
        Assert.Equal(new MachineMemory(bytes, from), MachineMemory.OnGpus(10, gpus, workers));

    public static TheoryData<string> Families => [.. Architectures.Types];

    [Theory]
    [MemberData(nameof(Families))]
    public void What_is_counted_as_trained_is_what_the_trainer_trains(string type)
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        var folder = Directory.CreateTempSubdirectory("reasonir-trained-").FullName;
        try
        {
            RandomModels.Write(folder, type, layers: 3);
            var (shape, counts) = (ModelShape.Read(folder), new HashSet<long>());
            foreach (var scale in new ScaleSection[]
            {
                new(), new(FreezeEmbeddings: true), new(FreezeLayers: 2), new(Freeze: ["*norm*", "*Norm*"]), new(Freeze: ["*layer?1.*", "*layers?1.*"]), new(Freeze: ["*.bias", "embeddings.*", "embed_*"], FreezeLayers: 1),
                new(Lora: new(4)), new(Lora: new(2), FreezeLayers: 1), new(Lora: new(3), Freeze: ["*.lora_B.weight"]),
            })
            {
                var spec = new ContrastiveTrainingSpec(folder)
                {
                    Lora = scale.Lora is { } lora ? new(lora.Rank) : null,
                    Optimizer = new(Freeze: scale.Freeze, FreezeEmbeddings: scale.FreezeEmbeddings ?? false, FreezeLayers: scale.FreezeLayers ?? 0),
                };
                using var model = BaseModel.Load(spec, SentenceTransformersFolder.Open(folder));
                var trained = model.named_parameters().Where(p => p.parameter.requires_grad).Sum(p => p.parameter.numel());
                Assert.Equal(trained, MemoryEstimate.Trainable(shape, scale));
                counts.Add(trained);
            }
            // The settings differ in what they leave.
            Assert.True(counts.Count >= 7, string.Join(' ', counts));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_recipe_is_estimated_before_it_starts_and_refused_where_it_cannot_fit()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        await TinyBert.RegisterAsync(host, "tiny-bert");
        var documents = Texts.Few(30);
        var corpus = await host.ImportAsync("few", documents);
        await host.SynthesizedAsync(corpus, "stored", DatasetKind.Examples, Texts.Examples(documents, 3));
        await host.SynthesizedAsync(corpus, "drawn", DatasetKind.Strategy, Texts.Examples(documents));
        var estimator = host.Services.GetRequiredService<TrainEstimator>();
        var spec = new TrainSpec(new("m"), new([new("stored")], Epochs: 3, BatchSize: 8, PassageMaxTokens: 40), new("tiny-bert"));
        var estimate = await estimator.EstimateAsync(spec, probe: true, Token);
        Assert.Empty(estimate.Refusals);
        Assert.Equal((30L, 12, estimate.Parameters), (estimate.Examples, estimate.Steps, estimate.Trainable));
        Assert.InRange(estimate.TokensPerPassage, 38, 40);
        Assert.Equal(8 * estimate.TokensPerQuery + 16 * estimate.TokensPerPassage, estimate.TokensPerStep, 1e-6);
        Assert.True(estimate.Seconds > 0 && estimate.TokensPerSecond > 0);
        Assert.Equal(estimate.MemoryBytes, estimate.Memory.Sum(part => part.Bytes));
        // Each way of saving saves.
        var activations = (await estimator.EstimateAsync(spec with { Scale = new(new(4)) }, false, Token)).Memory.Single(part => part.Name == "activations").Bytes;
        Assert.True(activations < estimate.Memory.Single(part => part.Name == "activations").Bytes);
        Assert.True((await estimator.EstimateAsync(spec with { Scale = new(Lora: new(2)) }, false, Token)).Trainable < estimate.Trainable);
        // From scratch, and drawn pairs.
        var tiny = await estimator.EstimateAsync(spec with { Base = new("tiny", Tiny: new(2, 32)), Data = spec.Data with { Sources = [new("drawn")] } }, true, Token);
        Assert.True(tiny.TokensPerSecond > 0);
        Assert.True((await estimator.EstimateAsync(TrainSpec.Of("m", "drawn"), true, Token)).MemoryBytes > 0);

        var small = spec with { Scale = new(Memory: 0.1) };
        var refusal = Assert.Single((await estimator.EstimateAsync(small, true, Token)).Refusals);
        Assert.Contains("0.1 GiB are allowed by scale.memory. What would help: ", refusal);
        var run = await host.RunAsync(small);
        Assert.Equal(RunState.Failed, run.State);
        Assert.Contains("0.1 GiB are allowed by scale.memory", run.Error);
        await Assert.ThrowsAsync<ArgumentException>(() => estimator.EstimateAsync(spec with { Base = new("nobody") }, true, Token));
    }
}
