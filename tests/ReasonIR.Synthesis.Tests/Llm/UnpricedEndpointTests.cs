using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Synthesis;
using ReasonIR.Experiments.Language;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;

namespace ReasonIR.Synthesis.Tests.Llm;

/// <summary>A cap needs a price of every model that a run asks; without one nothing is sent.</summary>
public sealed class UnpricedEndpointTests(PostgresFixture postgres)
{
    static readonly SynthesizeSpec Capped = new("papers", "hard", "llm", Llm: new LlmSettings(MaxCost: 1), Queries: new HardQuerySettings(1));

    static CancellationToken Token => TestContext.Current.CancellationToken;

    async Task<SynthesisHost> StartAsync(ScriptedChatServer server)
    {
        var host = await SynthesisHost.StartAsync(postgres, server.Endpoint, true,
            ("REASONIR_CHAT_INPUT_PRICE", "1"), ("REASONIR_CHAT_OUTPUT_PRICE", "1"),
            ("Chat:Endpoints:other:Endpoint", server.Endpoint.AbsoluteUri), ("Chat:Endpoints:other:Model", "unpriced"));
        await host.ImportAsync("papers", ScriptedWriter.Documents(3));
        return host;
    }

    public static TheoryData<string> Askers => ["writer", "judge", "second judge", "seeds"];

    [Theory]
    [MemberData(nameof(Askers))]
    public async Task A_cap_over_a_model_without_a_price_is_refused_before_anything_is_sent(string asker)
    {
        await using var server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, Token);
        await using var host = await StartAsync(server);
        var run = await host.RunAsync(asker switch
        {
            "writer" => Capped with { Llm = Capped.Llm! with { Endpoint = "other" } },
            "judge" => Capped with { Judge = new JudgeSettings(Endpoint: "other") },
            "second judge" => Capped with { Judge = new JudgeSettings(Second: new SecondJudge(Endpoint: "other")) },
            _ => Capped with { Seeds = new SeedSettings(Quality: new SeedQuality(Scorer: "judge", Endpoint: "other")) },
        });
        Assert.Equal(RunState.Failed, run.State);
        Assert.StartsWith("A cost cap needs prices: the model unpriced (endpoint 'other') has none.", run.Error);
        Assert.Contains("reasonir prices set unpriced --input P --output P", run.Error);
        Assert.Contains("Chat:Endpoints:other:InputPrice", run.Error);
        Assert.Empty(server.Calls);
        await using var db = await host.OpenAsync();
        Assert.Empty(db.DatasetVersions);
    }

    [Fact]
    public async Task An_endpoint_that_is_not_asked_needs_no_price()
    {
        await using var server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, Token);
        await using var host = await StartAsync(server);
        Assert.Equal(3, (await host.MakeAsync(Capped)).Examples);
    }

    [Fact]
    public async Task A_price_of_nothing_is_a_price()
    {
        await using var server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, Token);
        await using var host = await StartAsync(server);
        await using (var db = await host.OpenAsync())
        {
            db.LlmPrices.Add(new LlmPrice { Model = "unpriced", ValidFrom = new DateOnly(2020, 1, 1), Input = 0, Output = 0 });
            await db.SaveChangesAsync(Token);
        }
        var output = await host.MakeAsync(Capped with { Llm = Capped.Llm! with { Endpoint = "other" } });
        Assert.Equal((3, 0m), (output.Examples, output.Cost));
    }
}
