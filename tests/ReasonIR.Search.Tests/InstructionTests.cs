using System.Text;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Models;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Encoder.Tests;
using ReasonIR.Experiments;
using ReasonIR.Testing;

namespace ReasonIR.Search.Tests;

/// <summary>A real encoder is told the task of the queries.</summary>
public sealed class InstructionTests(PostgresFixture postgres) : IDisposable
{
    const string Corpus = """
        {"_id":"moon","text":"The moon pulls the sea and the tide rises."}
        {"_id":"boat","text":"A rising tide lifts boats in the harbor."}
        {"_id":"kettle","text":"The kettle sings before the water boils."}
        {"_id":"sand","text":"Waves sort the sand of a beach by the size of its grains."}

        """;

    const string ById = "Given a earth_science post, retrieve relevant passages that help answer the post: ", ByTitle = "Given a Earth Science post, retrieve relevant passages that help answer the post: ";

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-instructions-");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_task_is_told_to_the_encoder_and_recorded()
    {
        var model = SharedData.Require("models/all-MiniLM-L6-v2");
        await using var system = await SearchBesideEncoder.StartAsync(postgres);
        await system.RegisterAsync("minilm", model, new ServingSettings(Instruction: "{instruction}: "));
        await system.RegisterAsync("tiny", TinyModel.Save(folder.FullName));
        foreach (var corpus in new[] { "bright-earth_science", "mine" })
        {
            await system.Service.MakeAsync<ImportOutput>(new ImportSpec(corpus, system.Service.Upload(
                ("corpus.jsonl", Corpus), ("queries.jsonl", "{\"_id\":\"q1\",\"text\":\"why does the harbor empty twice a day\"}\n"), ("qrels/test.tsv", "q1\tmoon\t1\n"))));
            await system.Service.MakeAsync<IndexOutput>(new IndexSpec(corpus, "bm25"));
            await system.Service.MakeAsync<IndexOutput>(new IndexSpec(corpus, "dense", "minilm"));
        }
        await system.Service.MakeAsync<IndexOutput>(new IndexSpec("mine", "dense", "tiny"));

        SystemSpec Told(string name, QueryInstruction? instruction) => new(name, "dense", "minilm", Instruction: instruction);
        var stages = new PipelineSpec(
            [new("dense", Model: "minilm", Instruction: new(Task: "title"))], Rerank: [new("encoder", "minilm", Instruction: new(Task: "title"))]);
        var output = await system.Service.MakeAsync<EvaluateOutput>(new EvaluateSpec("bright-earth_science",
        [
            Told("plain", null), Told("by-id", new(Task: "id")), Told("by-title", new(Task: "title")), Told("own", new(ByTitle[..^2])),
            new("hybrid", "hybrid", "minilm", Instruction: new(Task: "id")), new("piped", "pipeline", Stages: stages),
        ]));
        Assert.Equal(("", ById, ByTitle, ByTitle, ById, ByTitle), (
            (await Of("plain")).QueryPrompt, (await Of("by-id")).QueryPrompt, (await Of("by-title")).QueryPrompt, (await Of("own")).QueryPrompt, (await Of("hybrid")).QueryPrompt, (await Of("piped")).QueryPrompt));
        Assert.Equal((0, Encoding.UTF8.GetByteCount(ById)), ((await Of("plain")).Weights!.QueryPromptBytes, (await Of("by-id")).Weights!.QueryPromptBytes));
        Assert.Equal(("title", ByTitle[..^2]), ((await Of("by-title")).System.Instruction!.Task, (await Of("by-title")).System.Instruction!.Text));
        var piped = (await Of("piped")).Pipeline!;
        Assert.Equal(["dense-minilm", "rerank: minilm"], piped.Prompts!.Keys.Order(StringComparer.Ordinal));
        Assert.All(piped.Prompts.Values, prompt => Assert.Equal(ByTitle, prompt));
        Assert.Equal(PipelineSpecs.Hash(stages), piped.Hash);

        // The documents' vectors are the same for all; only what the query became differs.
        var plain = await ScoresAsync("bright-earth_science", Told("d", null));
        var id = await ScoresAsync("bright-earth_science", Told("d", new(Task: "id")));
        var title = await ScoresAsync("bright-earth_science", Told("d", new(Task: "title")));
        Assert.All(plain.Keys, key => Assert.True(plain[key] != id[key] && id[key] != title[key], key));
        Assert.Equal(title, await ScoresAsync("mine", Told("d", new(ByTitle[..^2]))));
        Assert.Equal(title, await ScoresAsync("bright-earth_science", new("p", "pipeline", Stages: stages with { Rerank = null })));

        Assert.Contains("'mine' is the corpus of no benchmark's task", (await RefusedAsync(Told("d", new(Task: "id")))).Message);
        Assert.Contains("how it takes instructions", (await RefusedAsync(new("d", "dense", "tiny", Instruction: new("find the sea")))).Message);
        var wrong = (await RefusedAsync(new("d", "bm25", Instruction: new(Task: "name")))).Message;
        Assert.All(["system.instruction:", "system.instruction.task: expected id or title"], field => Assert.Contains(field, wrong));

        async Task<Provenance> Of(string name)
        {
            await using var db = await system.Service.OpenAsync();
            return ExperimentsJson.Read<Provenance>((await db.Results.AsNoTracking().SingleAsync(row => row.Id == output.Results[name], Token)).Provenance);
        }

        async Task<Dictionary<string, double>> ScoresAsync(string corpus, SystemSpec how) =>
            (await new SearchClient(system.Service.Http).SearchAsync(new(corpus, "why does the harbor empty twice a day", how), Token)).Hits.ToDictionary(hit => hit.DocumentId, hit => hit.Score);

        Task<ServiceException> RefusedAsync(SystemSpec how) => Assert.ThrowsAsync<ServiceException>(() => new SearchClient(system.Service.Http).SearchAsync(new("mine", "sea", how), Token));
    }
}
