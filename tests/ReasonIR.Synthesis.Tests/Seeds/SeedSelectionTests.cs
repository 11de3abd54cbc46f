using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;

namespace ReasonIR.Synthesis.Tests.Seeds;

public sealed class SeedSelectionTests(PostgresFixture postgres)
{
    static readonly SynthesizeSpec Spec = new("papers", "pairs", Extractive: new ExtractiveSettings("examples"), Seeds: new SeedSettings(MinimumWords: 10));

    static string Prose(string seed) => $"The {ScriptedWriter.Prose($"{seed} 1", 14)}. A {ScriptedWriter.Prose($"{seed} 2", 14)}. Some {ScriptedWriter.Prose($"{seed} 3", 14)}.";

    static DocumentInput Document(string id, string text, string? metadata = null) => new(id, "", text, metadata);

    [Fact]
    public async Task Every_step_is_counted_with_examples()
    {
        await using var host = await SynthesisHost.StartAsync(postgres);
        await host.ImportAsync("exam", [Document("gold", Prose("gold")), Document("other", Prose("other"))]);
        await host.ImportQueriesAsync("exam", new QueryInput("q", "Who " + ScriptedWriter.Prose("asked", 20), new Dictionary<string, int> { ["gold"] = 1 }, []));
        await host.ImportAsync("papers", [
            Document("a", Prose("a")), Document("b", Prose("b")), Document("c", Prose("c")),
            Document("copy-of-a", Prose("a").ToUpperInvariant()), Document("near-b", Prose("b") + " Lantern."),
            Document("answer", Prose("gold")), Document("quotes", $"{Prose("quotes")} They said: {ScriptedWriter.Prose("asked", 20)}."), Document("kept", Prose("other")),
            Document("short", "Too short."), Document("cookies", "We use cookies on this site. Read our privacy policy and our terms of use. All rights reserved."),
        ]);
        var output = await host.MakeAsync(Spec with { Seeds = Spec.Seeds! with { Against = [new("exam")] } });
        var report = output.Seeds!;

        Assert.Equal((10, 4), (report.Documents, report.Kept));
        Assert.Equal(
            new Dictionary<string, int> { ["words"] = 1, ["language"] = 0, ["boilerplate"] = 1, ["links"] = 0, ["quality"] = 0, ["exact duplicates"] = 1, ["evaluation"] = 2, ["near duplicates"] = 1 },
            report.Steps.ToDictionary(step => step.Name, step => step.Dropped));
        Assert.Equal(4, report.Steps[^1].Left);
        Assert.Equal([("answer", "text"), ("quotes", "words")], report.Steps.Single(step => step.Name == "evaluation").Examples.Select(example => (example.Id, example.Why)));
        Assert.StartsWith("We use cookies", report.Steps.Single(step => step.Name == "boilerplate").Examples[0].Text);
        var (_, examples) = await host.ReadAsync(output);
        Assert.Equal(["a", "b", "c", "kept"], examples.Select(example => example.SourceDocumentId).Order());
        // Against the whole corpus its other document falls too.
        var corpus = await host.MakeAsync(Spec with { Seeds = Spec.Seeds! with { Against = [new("exam", Scope: "corpus")] } });
        Assert.Equal((3, 3), (corpus.Seeds!.Kept, corpus.Seeds.Steps.Single(step => step.Name == "evaluation").Dropped));
    }

    [Theory]
    [InlineData("length", null)]
    [InlineData("topic", null)]
    [InlineData("metadata", "field")]
    [InlineData("none", null)]
    public async Task A_sample_is_drawn_by_strata_and_by_the_seed(string by, string? field)
    {
        await using var host = await SynthesisHost.StartAsync(postgres);
        await host.ImportAsync("papers", Enumerable.Range(0, 60).Select(i => Document(
            $"d{i:00}", string.Join(' ', Enumerable.Range(0, 1 + i % 3).Select(part => Prose($"{i} {part}"))), $$"""{"field": "{{(i < 6 ? "rare" : "common")}}"}""")));
        var spec = Spec with { Seeds = Spec.Seeds! with { Sample = new SeedSample(12, by, 3, field) } };
        var first = await host.MakeAsync(spec);
        var again = await host.MakeAsync(spec);
        var other = await host.MakeAsync(spec with { Seed = 1 });
        string[] ids = [.. (await host.ReadAsync(first)).Examples.Select(example => example.SourceDocumentId!)];
        Assert.Equal(12, ids.Length);
        Assert.Equal(ids, (await host.ReadAsync(again)).Examples.Select(example => example.SourceDocumentId));
        Assert.NotEqual(ids, (await host.ReadAsync(other)).Examples.Select(example => example.SourceDocumentId));
        Assert.Equal((48, 12), (first.Seeds!.Steps.Single(step => step.Name == "sample").Dropped, first.Seeds.Strata!.Sum(stratum => stratum.Drawn)));
        if (by == "metadata")
            Assert.Equal(6, ids.Count(id => string.CompareOrdinal(id, "d06") < 0));
        if (by == "length")
            Assert.All(first.Seeds.Strata!, stratum => Assert.Equal((20, 4), (stratum.Documents, stratum.Drawn)));
    }

    [Fact]
    public async Task Strata_count_what_is_drawn_where_fewer_documents_are_asked_for()
    {
        await using var server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, TestContext.Current.CancellationToken);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        await host.ImportAsync("papers", Enumerable.Range(0, 60).Select(i => Document($"d{i:00}", string.Join(' ', Enumerable.Range(0, 1 + i % 3).Select(part => Prose($"{i} {part}"))))));
        var output = await host.MakeAsync(new SynthesizeSpec(
            "papers", "pairs", "llm", Llm: new() { Documents = 6 }, Queries: new(), Seeds: new SeedSettings(MinimumWords: 10, Sample: new SeedSample(12, "length", 3))));
        Assert.Equal((6, 54), (output.Seeds!.Kept, output.Seeds.Steps.Single(step => step.Name == "sample").Dropped));
        Assert.Equal([2, 2, 2], output.Seeds.Strata!.Select(stratum => stratum.Drawn));
    }

    [Fact]
    public async Task A_classifier_that_the_Encoder_serves_scores_what_is_left()
    {
        // In the place of the Encoder service: a text's score is its number of letters z.
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var encoder = builder.Build();
        encoder.MapPost("/predict", (JsonElement body) => body.GetProperty("model").GetString() != "quality" ? Results.Problem("there is no such model", statusCode: 404)
            : Results.Json(body.GetProperty("inputs").EnumerateArray().Select(input => new[] { new { label = "LABEL_0", score = (float)input[0].GetString()!.Count(letter => letter == 'z') } })));
        await encoder.StartAsync(TestContext.Current.CancellationToken);
        var url = encoder.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        await using var host = await SynthesisHost.StartAsync(postgres, settings: ("services:encoder:http:0", url));
        await host.ImportAsync("papers", [.. Enumerable.Range(0, 40).Select(i => Document($"d{i:00}", $"{Prose($"{i}")} {(i % 2 == 0 ? "zz zz" : "")}")), Document("short", "zzz")]);
        var output = await host.MakeAsync(Spec with { Seeds = Spec.Seeds! with { Quality = new SeedQuality(4, "model", "quality") } });
        var step = output.Seeds!.Steps.Single(one => one.Name == "quality");
        Assert.Equal(output.Seeds.Documents - output.Seeds.Steps.Sum(one => one.Dropped), output.Seeds.Kept);
        Assert.InRange(step.Dropped, 10, 20);
        Assert.All((await host.ReadAsync(output)).Examples, example => Assert.True(int.Parse(example.SourceDocumentId![1..]) % 2 == 0));
        var unknown = await host.RunAsync(Spec with { Seeds = Spec.Seeds! with { Quality = new SeedQuality(4, "model", "other") } });
        Assert.Contains("there is no such model", unknown.Error);
    }

    [Fact]
    public async Task What_cannot_be_is_told()
    {
        await using var host = await SynthesisHost.StartAsync(postgres);
        await host.ImportAsync("papers", [Document("a", Prose("a"))]);
        var missing = await host.RunAsync(Spec with { Seeds = Spec.Seeds! with { Against = [new("nowhere")] } });
        Assert.Equal(RunState.Failed, missing.State);
        Assert.Contains("seeds.against[0].corpus: there is no corpus 'nowhere'", missing.Error);
        var empty = await host.RunAsync(Spec with { Seeds = new SeedSettings(MinimumWords: 1000) });
        Assert.Contains("passes the seed filters (words: 1)", empty.Error);
        Assert.Contains((Spec with { Extractive = null }).Problems(), problem => problem.StartsWith("extractive.mode: expected examples beside seeds", StringComparison.Ordinal));
        Assert.Contains((Spec with { Seeds = new SeedSettings(Against: [new("papers", Scope: "corpus")]) }).Problems(), problem => problem.StartsWith("seeds.against[0].scope", StringComparison.Ordinal));
    }
}
