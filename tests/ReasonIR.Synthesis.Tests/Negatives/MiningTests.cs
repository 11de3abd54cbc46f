using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Seeds;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;

namespace ReasonIR.Synthesis.Tests.Negatives;

public sealed class MiningTests(PostgresFixture postgres)
{
    static readonly SynthesizeSpec Spec = new("papers", "pairs", Extractive: new ExtractiveSettings("examples"), HardNegatives: new MinedNegatives(2, FromRank: 2, ToRank: 40));

    static readonly DocumentInput[] Documents =
    [
        .. Enumerable.Range(0, 50).Select(i => new DocumentInput(
            $"d{i:00}", "", $"The {ScriptedWriter.Prose($"first {i}", 9)}. A {ScriptedWriter.Prose($"second {i}", 9)}. Some {ScriptedWriter.Prose($"third {i}", 9)}.")),
    ];

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static ExampleDifficulty Difficulty(Example example) => ExperimentsJson.Read<ExampleMetadata>(example.Metadata!).Difficulty!;

    [Fact]
    public async Task The_places_of_positive_and_negatives_are_kept()
    {
        await using var host = await SynthesisHost.StartAsync(postgres);
        await host.ImportAsync("papers", Documents);
        var (_, examples) = await host.ReadAsync(await host.MakeAsync(Spec));
        Assert.Contains(examples, example => example.Negatives.Count == 2);
        Assert.All(examples, example =>
        {
            var difficulty = Difficulty(example);
            Assert.Equal((example.SourceDocumentId, 40, null), (difficulty.Positive.DocumentId, difficulty.Depth, difficulty.Model));
            Assert.Equal(example.Negatives.Select(negative => negative.DocumentId), difficulty.Negatives.Select(negative => negative.DocumentId));
            Assert.All(difficulty.Negatives, negative =>
            {
                Assert.InRange(negative.Bm25Rank!.Value, 2, 40);
                Assert.InRange(negative.Bm25Score!.Value, 0, 0.95 * difficulty.Positive.Bm25Score!.Value + 1e-3);
                Assert.Null(negative.DenseRank);
            });
        });
        // A margin in BM25's own units keeps more out.
        var strict = await host.ReadAsync(await host.MakeAsync(Spec with { HardNegatives = Spec.HardNegatives! with { MinMargin = 5 } }));
        Assert.All(strict.Examples, example => Assert.All(Difficulty(example).Negatives, negative => Assert.True(negative.Bm25Score <= Difficulty(example).Positive.Bm25Score - 5 + 1e-3)));
    }

    [Theory]
    [InlineData("bm25")]
    [InlineData("dense")]
    [InlineData("both")]
    public async Task An_encoders_ranking_is_drawn_from_and_guards(string by)
    {
        await using var search = await SearchService.StartAsync();
        await using var host = await SynthesisHost.StartAsync(postgres, settings: ("services:search:http:0", search.Url));
        await host.ImportAsync("papers", Documents);
        var (_, examples) = await host.ReadAsync(await host.MakeAsync(Spec with { HardNegatives = Spec.HardNegatives! with { By = by, Model = "encoder", MaxDenseRatio = 0.7 } }));
        Assert.Contains(examples, example => example.Negatives.Count == 2);
        Assert.All(examples, example =>
        {
            var difficulty = Difficulty(example);
            Assert.Equal("encoder", difficulty.Model);
            Assert.Equal(1, difficulty.Positive.DenseRank);
            foreach (var (place, negative) in difficulty.Negatives.Index())
            {
                Assert.True(negative.DenseScore is null || negative.DenseScore <= 0.7 * difficulty.Positive.DenseScore + 1e-3);
                Assert.True(negative.Bm25Score <= 0.95 * difficulty.Positive.Bm25Score + 1e-3);
                var rank = by == "dense" || by == "both" && place > 0 ? negative.DenseRank ?? negative.Bm25Rank : negative.Bm25Rank;
                Assert.InRange(rank!.Value, 1, 40);
                if (by == "dense")
                    Assert.InRange(negative.DenseRank!.Value, 2, 40);
            }
        });
    }

    [Fact]
    public async Task A_model_without_an_index_is_told()
    {
        await using var search = await SearchService.StartAsync();
        await using var host = await SynthesisHost.StartAsync(postgres, settings: ("services:search:http:0", search.Url));
        await host.ImportAsync("papers", Documents);
        var run = await host.RunAsync(Spec with { HardNegatives = Spec.HardNegatives! with { Model = "unknown" } });
        Assert.Equal(RunState.Failed, run.State);
        Assert.Contains("hardNegatives.model: the Search service refuses to rank 'papers' by 'unknown': there is no index of it", run.Error);
    }

    /// <summary>In the place of the Search service: the document that holds the query first, then by shared words.</summary>
    sealed class SearchService(WebApplication app) : IAsyncDisposable
    {
        public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

        public static async Task<SearchService> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            app.MapPost("/search", (SearchRequest request) => request.System is not { Kind: "dense", Model: "encoder" }
                ? Results.Problem("there is no index of it", statusCode: 404)
                : Results.Ok(new SearchResponse("mining", [.. Documents.Select(document => (Document: document, Score: Shared(request.Query, document.Text)))
                    .OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Document.ExternalId).Take(request.Top)
                    .Select((hit, place) => new SearchHit(place + 1, hit.Document.ExternalId, hit.Score, "", hit.Document.Text))], [], [])));
            await app.StartAsync(Token);
            return new(app);
        }

        static double Shared(string query, string text) => text.Contains(query) ? 1 : 0.9 * Words.Of(query).Distinct().Average(word => Words.Of(text).Contains(word) ? 1 : 0);

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
