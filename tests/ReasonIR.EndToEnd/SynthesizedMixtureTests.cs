using System.Text.Json;
using ReasonIR.Contracts.Client;
using ReasonIR.Contracts.Models;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Testing;

namespace ReasonIR.EndToEnd;

/// <summary>
/// From a recipe of synthesis to the leaderboard: a transformer trained on pairs cut from documents, and one trained on those and what the language model
/// wrote. The scripted model teaches nothing; what is looked at is that the whole chain works and that every row says what its encoder was trained on.
/// </summary>
[Collection(nameof(ChatSystem))]
public sealed class SynthesizedMixtureTests(ChatSystem chat)
{
    const string Pairs = "cut-pairs", Written = "written-hard", WrittenBy = $"{Written}@1 (language model: scripted)";

    static readonly string[] Small =
    [
        "base={model: tiny, tiny: {layers: 2, hidden: 32, heads: 2, vocabulary: 600, maxTokens: 64, keepStart: false}}", "data.steps=12", "data.batchSize=8", "data.negatives=0", "scale.threads=1",
    ];

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Encoders_trained_with_and_without_written_data_stand_on_the_leaderboard_with_what_they_were_trained_on()
    {
        var before = chat.Chat.Answered;
        var made = JsonSerializer.Deserialize<SynthesizeOutput>(await chat.CommandAsync(
            "synth", "run", Path.Combine(SharedData.Repository, "recipes", "synthesis", "small.yaml"), "--corpus", ChatSystem.Corpus, "--dataset", Written, "--json"), ReasonIrJson.Web)!;
        Assert.Equal((Written, 1), (made.Dataset, made.Version));
        Assert.Equal(chat.Chat.Answered - before, made.Spending!.Calls);
        Assert.Empty(chat.Chat.AnsweredTwice);
        await chat.DoAsync(new SynthesizeSpec(ChatSystem.Corpus, Pairs, Extractive: new("examples")));

        await TrainAsync("without", Pairs);
        await TrainAsync("with", Pairs, Written);
        await chat.DoAsync(new IndexSpec(ChatSystem.Corpus, "bm25"));
        foreach (var model in new[] { "without", "with" })
            await chat.DoAsync(new IndexSpec(ChatSystem.Corpus, "dense", model));
        await chat.DoAsync(new EvaluateSpec(ChatSystem.Corpus, [new("bm25", "bm25"), new("without", "dense", "without"), new("with", "dense", "with")], Label: "mixtures"));

        var rows = (await chat.System.Client.LeaderboardAsync(ChatSystem.Corpus, Token)).Where(row => row.Label == "mixtures").ToDictionary(row => row.System);
        Assert.Empty(rows["bm25"].TrainedOn!);
        Assert.Equal($"{Pairs}@1", TrainedOnInfo.List(rows["without"].TrainedOn));
        Assert.Equal($"{Pairs}@1, {WrittenBy}", TrainedOnInfo.List(rows["with"].TrainedOn));
        Assert.All(rows.Values, row => Assert.Equal(chat.Queries.Count, row.Queries));
        Assert.All(["without", "with"], name => Assert.Equal("bm25", rows[name].Comparison!.Baseline));
        // Two encoders: what was written did enter the second one's weights.
        Assert.NotEqual(Revision(rows["without"]), Revision(rows["with"]));
        var printed = JsonDocument.Parse(await chat.CommandAsync("leaderboard", "--corpus", ChatSystem.Corpus, "--json")).RootElement.EnumerateArray().Single(row => row.GetProperty("id").GetInt64() == rows["with"].Id);
        Assert.Equal(rows["with"].TrainedOn, printed.GetProperty("trainedOn").Deserialize<TrainedOnInfo[]>(ReasonIrJson.Web));
        await AssertLineageAsync();
        await AssertPagesAsync(rows["with"].Id);
    }

    /// <summary>From the model over its run to the version, to an example, its document and the calls that wrote it.</summary>
    async Task AssertLineageAsync()
    {
        var model = await chat.System.Client.ModelAsync("with", Token);
        Assert.Equal(["extractive", "llm"], model.TrainedOn!.Select(data => data.Generator));
        var training = await chat.System.Client.RunAsync(model.RunId!.Value, Token);
        Assert.Equal([$"{Pairs}/1", $"{Written}/1"], training.Links.Where(link => link is { Direction: "input", EntityKind: "dataset" }).Select(link => link.Name).Order());
        using var http = new HttpClient { BaseAddress = chat.System.Portal };
        var datasets = new DatasetClient(http);
        var version = await datasets.FindAsync(new(Written, 1), Token);
        Assert.Equal(("llm", true, ChatSystem.Corpus), (version.Generator, version.Sealed, version.Corpus));
        var example = (await chat.System.Client.ExamplesAsync(Written, 1, 0, 100, Token)).Items.First(one => one.SourceDocument is not null);
        var lineage = await datasets.LineageAsync(version, example.Ordinal, Token);
        Assert.Equal(example.SourceDocument, lineage.Document!.DocumentId);
        Assert.Contains(lineage.Calls, call => call is { Wrote: "query", Purpose: "hard-query", Model: "scripted" });
        Assert.Contains(lineage.Prompts, prompt => prompt.Name == "hard-query");
    }

    async Task AssertPagesAsync(long result)
    {
        using var http = new HttpClient { BaseAddress = chat.System.Portal };
        var board = await http.GetStringAsync($"leaderboard?corpus={ChatSystem.Corpus}", Token);
        Assert.Contains($"trained on {Pairs}@1, {WrittenBy}", board);
        Assert.Contains($"trained on {Pairs}@1<", board);
        // Nothing was measured before and after one training: nothing is said of its worth.
        Assert.DoesNotContain("Training helped", board);
        var page = await http.GetStringAsync($"results/{result}", Token);
        Assert.Contains($"href=\"datasets/{Written}/1\"", page);
        Assert.Contains("texts written by the language model scripted", page);
        Assert.Contains("texts written by the language model scripted", await http.GetStringAsync("models/with", Token));
    }

    Task<string> TrainAsync(string model, params string[] datasets) => chat.CommandAsync(
        ["train", "--recipe", Path.Combine(SharedData.Repository, "recipes", "small", "tiny.yaml"), "--set", $"output.name={model}", "--set", $"data.sources=[{string.Join(", ", datasets)}]", .. Small.SelectMany(field => new[] { "--set", field })]);

    static string Revision(ResultInfo row) => row.Provenance.GetProperty("modelRevision").GetString()!;
}
