using System.Text.Json;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Contracts.Tests;

public sealed class RunSpecsTests
{
    const string Upload = "0123456789abcdef0123456789abcdef";

    public static TheoryData<IRunSpec> EveryKind =>
    [
        new AskSpec(7, [new("graded pointwise", AskStage.Rerank, "0123abcd.jsonl.gz", 12, 1.5)]),
        new EvaluateSpec("c", [new("bm25", "bm25")], Batch: true),
        new ImportSpec("c", Upload, "csv", new("id", "text", "title"), "what it is", "file.csv"),
        new RegisterModelSpec("m", Upload, "folder", "base", new("bf16", MaxTokens: 128)),
        new PullModelSpec("org/name@v1", "m", new(Instruction: "<|user|>\n{instruction}\n<|embed|>\n")),
        new SynthesizeSpec("c", "d", "llm", 3, new("examples", 7), new(Documents: 5, MaxCost: 1.5m), new(2)),
        new SynthesizeSpec("c", "d", "llm", Queries: new(2, SharedWords: 0.5), VariedLength: new(10), Positives: new(5), WrittenNegatives: new(2), Reasoned: new(100), Judge: new(4, 0, Second: new(0.2))),
        new SynthesizePartSpec(7, 1),
        new SynthesisForecastSpec(new("c", "d", "llm"), 5),
        new SynthesizeSpec("c", "d", Extractive: new("examples", Strategies: new(Crops: 2, Links: 1)), HardNegatives: new(2, By: "both", Model: "m"),
            Seeds: new(30, 900, ["en"], Quality: new(2.5, "model", "m"), Against: [new("e", "test", "corpus")], Sample: new(100, "metadata", Field: "field"))),
        new ImportDatasetSpec("d", Hub: new("org/name@v1", ["a/*.jsonl"])),
        new ImportDatasetSpec("d", Upload, "columns", new("question", "answer", "wrong"), "ids", "texts", ["c"], "Find it", "what it is", "file.jsonl"),
        new TrainSpec(
            new("m", "sentence-transformers", "mit", "what it is"),
            new([new("d", 2, 3, "Find:", new("{instruction}: ", "q: "), 2, 3, 64, 128), new("e", Weight: 1)], "weights", Batches: "single", Epochs: 2, BatchSize: 8, Negatives: 2),
            new("base", "bidirectional", "lasttoken", false), new(0.02, 1, ["queryToDocument", "documentToQuery"], "joint", "all", new(0.1), Distillation: new("marginMse"), Matryoshka: [new(64), new(32, 0.5)]),
            new(2e-5, Rates: [new("*.embeddings.*", 0.1)]), new("linear", 0.06), new(new(16), Precision: "bf16", Lora: new(4), Freeze: ["a.*"], Workers: 2),
            new(10, [new("c", "test")], 500, Patience: 3), 7),
        new EncodeSpec("c", "m", 10),
        new EncodePartSpec("c", "hash", "m", "revision", "vectors/c", 3, [7, 17], 10),
        new IndexSpec("c", "dense", "m"),
        new EvaluateSpec("c", [new("hybrid", "hybrid", "m", new("bright"), new("rrf", K: 10))], "test"),
        new RagSpec(Upload, [new("closed"), new("bm25", "c", new("hybrid", "hybrid", "m"), 5), new("other", External: new("http://127.0.0.1:9/search", "a web crawl", Text: "passage.text"))], "mmlu", Subjects: ["anatomy"], PerSubject: 5, Shots: 5, TopP: 0.8, MaxCost: 2),
        new ImportSpec("c", Hub: [new("org/name@v1", ["documents/t-*.parquet"])], Task: "t", Long: true),
        new ContaminationSpec("d", "c", Version: 2, QuerySet: "test"),
        new ImportRunSpec("c", "theirs", Upload, "test", 100, "paper", "run.trec", false),
        new BenchmarkSpec("mine", [new("bm25", "bm25")], ["a task"], "test", true, new("mine", [new("a_task", "A Task", Long: true)], QuerySets: ["test"])),
        new ExperimentSpec("rewrite-length", new(Corpora: ["c"]), new([new("bm25"), new("dense", Model: "m", Instruction: new("find it"))], "stored", "mine", [8, 16])),
        new ExperimentSpec("table", new("bright", ["pony"]), Table: Studies.SystemTable.Of(["lucene", "bright"], ["m"], [new("cross-encoder", "x")], new(Task: "title"))),
        new ExperimentSpec("mixture", new(Corpora: ["c"]), Training: new(Studies.TrainingArms.Mixture(["p"], ["v"], ["h"]), Seeds: [0, 1])),
        new LoopSpec("c", Upload, Seed: 4, TrainSeconds: 20),
    ];

    [Theory]
    [MemberData(nameof(EveryKind))]
    public void What_is_stored_can_be_sent_again(IRunSpec spec)
    {
        var kind = RunSpecs.KindOf(spec);
        var json = RunSpecs.ToJson(spec);
        Assert.Equal(json, RunSpecs.ToJson(RunSpecs.Parse(kind, JsonSerializer.Deserialize<JsonElement>(json))));
    }

    [Fact]
    public void Every_kind_has_a_spec() =>
        Assert.Equal(RunKinds.All.Order(), EveryKind.Select(row => RunSpecs.KindOf(row.Data)).Distinct().Order());

    [Fact]
    public void Batches_are_refused_by_name_where_there_is_nothing_to_ask()
    {
        Assert.Contains("$.batch", Assert.Throws<ArgumentException>(() => Parse(RunKinds.Evaluate, """{"corpus":"c","systems":[{"name":"bm25","kind":"bm25"}],"batch":"yes"}""")).Message);
        Assert.Contains("batch: the experiment 'negatives' asks no language model", Assert.Throws<ArgumentException>(() => Parse(RunKinds.Experiment,
            """{"experiment":"negatives","on":{"corpora":["c"]},"training":{"arms":[{"name":"a","sources":[{"dataset":"d"}]}]},"batch":true}""")).Message);
        Assert.Contains("stages[0].file: ", Assert.Throws<ArgumentException>(() => Parse(RunKinds.Ask, """{"run":1,"stages":[{"name":"n","kind":"rerank","file":"../x","requests":1}]}""")).Message);
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var error = Assert.Throws<ArgumentException>(() => Parse(RunKinds.Train, """{"model":"a b","dataset":"../x","batchSize":1,"schedule":"zigzag","temperature":-1}"""));
        Assert.All(["output.name", "data.sources[0].dataset", "data.batchSize", "schedule.kind", "loss.temperature"], field => Assert.Contains(field + ":", error.Message));
    }

    [Theory]
    [InlineData(RunKinds.Index, """{"corpus":"c","kind":"bm25","modle":"m"}""", "modle")]
    [InlineData(RunKinds.Index, """{"kind":"bm25"}""", "corpus")]
    [InlineData(RunKinds.Encode, """{"corpus":"c","model":"m","shardSize":"many"}""", "shardSize")]
    [InlineData(RunKinds.ImportDataset, """{"dataset":"d","uploadId":"0123456789abcdef0123456789abcdef","positives":"ids"}""", "corpora")]
    [InlineData(RunKinds.PullModel, """{"repository":"org/name/../x"}""", "repository")]
    [InlineData(RunKinds.PullModel, """{"repository":"org/name","serving":{"compute":"f8","instruction":"find"}}""", "serving.instruction")]
    [InlineData("bake", "{}", "bake")]
    [InlineData(RunKinds.Evaluate, """{"corpus":"c","systems":[null]}""", "systems[0]")]
    [InlineData(RunKinds.Evaluate, """{"corpus":"c","systems":[{"name":"h","kind":"hybrid","model":"m","fusion":{"denseWeight":7}}]}""", "denseWeight")]
    [InlineData(RunKinds.Loop, """{"corpus":"a-corpus-with-a-name-that-leaves-no-room-for-the-model-that-is-called-after-it"}""", "corpus and base")]
    public void A_slip_is_named(string kind, string json, string named) =>
        Assert.Contains(named, Assert.Throws<ArgumentException>(() => Parse(kind, json)).Message);

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    public void Numbers_that_are_none_are_refused(string number) =>
        Assert.Contains("temperature", string.Join(' ', (TrainSpec.Of("m", "d") with { Loss = new(double.Parse(number, System.Globalization.CultureInfo.InvariantCulture)) }).Problems()));

    static IRunSpec Parse(string kind, string json) => RunSpecs.Parse(kind, JsonSerializer.Deserialize<JsonElement>(json));
}
