using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;

namespace ReasonIR.Synthesis.Tests.Pipelines;

/// <summary>Rewriting and reranking by a language model, over HTTP, as the Search service asks for them.</summary>
public sealed class ModelStagesTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rewrite_is_asked_for_with_its_length_and_sampling_and_paid_for_once()
    {
        await using var chat = await ScriptedChatServer.StartAsync(call => new ScriptedReply.Answer($"<think>hm</think> About {call.Json.GetProperty("seed").GetInt32()}.", 200, 64, "length"), Token);
        await using var service = await StartAsync(chat.Endpoint, ("REASONIR_CHAT_OUTPUT_PRICE", "1000"));
        var request = new RewriteRequest([new("why does\nthe harbor empty"), new("salt on roads")], new(Tokens: 64, Temperature: 0.7, TopP: 0.9, Seed: 5, Samples: 2));
        var answer = await service.Client.RewriteAsync(request, Token);
        Assert.Equal([["About 5.", "About 6."], ["About 5.", "About 6."]], answer.Rewrites);
        Assert.Equal((4, 0, 4, 0), (answer.CutOff, answer.Unusable, answer.Use.Calls, answer.Use.CachedCalls));
        Assert.Equal((800, 256, 0.256m), (answer.Use.InputTokens, answer.Use.OutputTokens, answer.Use.Cost));
        var call = chat.Calls.First(call => call.Body.Contains("harbor"));
        Assert.Equal((64, 0.7, 0.9), (call.Json.GetProperty("max_completion_tokens").GetInt32(), call.Json.GetProperty("temperature").GetDouble(), Math.Round(call.Json.GetProperty("top_p").GetDouble(), 6)));
        Assert.Contains("why does the harbor empty", call.Messages[1].Text);
        Assert.Contains("64 tokens", call.Messages[1].Text);

        var again = await service.Client.RewriteAsync(request, Token);
        Assert.Equal(answer.Rewrites, again.Rewrites);
        Assert.Equal((0, 4, 0m), (again.Use.Calls, again.Use.CachedCalls, again.Use.Cost));
        Assert.Empty(chat.AnsweredTwice);
    }

    [Fact]
    public async Task A_later_round_reads_passages_and_an_empty_answer_leaves_the_query()
    {
        await using var chat = await ScriptedChatServer.StartAsync(_ => new ScriptedReply.Answer("wiser"), Token);
        await using var service = await StartAsync(chat.Endpoint);
        var answer = await service.Client.RewriteAsync(new([new("a query", ["first passage", "second passage"])], new(PassageCharacters: 100)), Token);
        Assert.Equal("wiser", answer.Rewrites[0][0]);
        Assert.Contains("[2] second passage", chat.Calls[0].Messages[1].Text);
        chat.Script = _ => new ScriptedReply.Answer("<think>only thoughts");
        var empty = await service.Client.RewriteAsync(new([new("another query")], new()), Token);
        Assert.Equal(("another query", 1), (empty.Rewrites[0][0], empty.Unusable));
    }

    [Fact]
    public async Task Grades_are_divided_by_five_and_an_answer_without_one_counts_below_all()
    {
        await using var chat = await ScriptedChatServer.StartAsync(call => call.Messages[1].Text switch
        {
            var text when text.Contains("alpha") => new ScriptedReply.Answer("5"),
            var text when text.Contains("beta") => new ScriptedReply.Answer("Score: 2.5 of 5"),
            var text when text.Contains("gamma") => new ScriptedReply.Answer("very much"),
            var text when text.Contains("delta") => new ScriptedReply.Answer("10"),
            _ => new ScriptedReply.Status(400, "too long"),
        }, Token);
        await using var service = await StartAsync(chat.Endpoint);
        var answer = await service.Client.RerankAsync(new("pointwise", "q", ["alpha", "beta", "gamma", "delta", "epsilon"], new("leetcode")), Token);
        Assert.Equal([1, 0.5, -1, -1, 0], answer.Scores);
        Assert.Equal((2, 1), (answer.ParseFailures, answer.Refused));
        Assert.All(chat.Calls, call => Assert.Contains("same algorithm", call.Messages[0].Text));
        Assert.Equal((0.6, 0.9, 32), (chat.Calls[0].Json.GetProperty("temperature").GetDouble(), Math.Round(chat.Calls[0].Json.GetProperty("top_p").GetDouble(), 6), chat.Calls[0].Json.GetProperty("max_completion_tokens").GetInt32()));
    }

    /// <summary>A model that orders each window rightly brings the best window - stride texts from anywhere to the top, by one pass.</summary>
    [Fact]
    public async Task Windows_carry_the_best_to_the_front()
    {
        var grades = Enumerable.Range(0, 30).Select(i => (i * 7 + 3) % 30).ToArray();
        await using var chat = await ScriptedChatServer.StartAsync(call => new ScriptedReply.Answer(Ordered(call.Messages[1].Text)), Token);
        await using var service = await StartAsync(chat.Endpoint);
        var answer = await service.Client.RerankAsync(new("listwise", "q", [.. grades.Select(grade => $"grade={grade};")], new(Window: 10, Stride: 5)), Token);
        var order = Enumerable.Range(0, 30).OrderByDescending(i => answer.Scores[i]).Select(i => grades[i]).ToList();
        Assert.Equal([29, 28, 27, 26, 25], order.Take(5));
        Assert.Equal(grades.Order(), order.Order());
        Assert.Equal((5, 0), (chat.Answered, answer.ParseFailures));

        static string Ordered(string text) => string.Join(" > ", System.Text.RegularExpressions.Regex.Matches(text, @"\[(\d+)\] grade=(\d+);")
            .OrderByDescending(match => int.Parse(match.Groups[2].Value)).Select(match => $"[{match.Groups[1].Value}]"));
    }

    [Fact]
    public async Task A_window_without_an_order_stays_and_is_counted()
    {
        await using var chat = await ScriptedChatServer.StartAsync(_ => new ScriptedReply.Answer("I cannot say."), Token);
        await using var service = await StartAsync(chat.Endpoint);
        var answer = await service.Client.RerankAsync(new("listwise", "q", ["a", "b", "c"], new(Window: 2, Stride: 1)), Token);
        Assert.Equal(2, answer.ParseFailures);
        Assert.True(answer.Scores[0] > answer.Scores[1] && answer.Scores[1] > answer.Scores[2]);
    }

    [Fact]
    public async Task Without_an_endpoint_and_at_the_cap_it_is_said()
    {
        await using (var service = await StartAsync(null))
        {
            var refused = await Assert.ThrowsAsync<ServiceException>(() => service.Client.RewriteAsync(new([new("q")], new()), Token));
            Assert.Equal(HttpStatusCode.Conflict, refused.Status);
            Assert.Contains("REASONIR_CHAT_ENDPOINT", refused.Message);
            var bad = await Assert.ThrowsAsync<ServiceException>(() => service.Client.RewriteAsync(new([], new(Samples: 3, Rounds: 9)), Token));
            Assert.Equal(HttpStatusCode.BadRequest, bad.Status);
            Assert.All(["queries", "settings.samples", "settings.rounds"], field => Assert.Contains(field, bad.Message));
        }
        await using var chat = await ScriptedChatServer.StartAsync(_ => new ScriptedReply.Answer("3"), Token);
        await using var capped = await StartAsync(chat.Endpoint, ("REASONIR_CHAT_OUTPUT_PRICE", "1000000"));
        Assert.Equal(HttpStatusCode.PaymentRequired, (await Assert.ThrowsAsync<ServiceException>(() => capped.Client.RerankAsync(new("pointwise", "q", ["a"], new(MaxCost: 1)), Token))).Status);
        Assert.Empty(chat.Calls);
    }

    async Task<Served> StartAsync(Uri? chat, params (string Name, string Value)[] settings)
    {
        var host = await SynthesisHost.StartAsync(postgres, work: false);
        var all = SynthesisHost.Settings(host.ConnectionString, host.Artifacts, chat, settings);
        var factory = new WebApplicationFactory<Program>().WithWebHostBuilder(web =>
        {
            // As in production: errors are ProblemDetails, not a developer's page.
            web.UseEnvironment("Production");
            foreach (var (name, value) in all)
                web.UseSetting(name, value);
        });
        return new(host, factory, new(factory.CreateClient()));
    }

    sealed record Served(SynthesisHost Host, WebApplicationFactory<Program> Factory, SynthesisClient Client) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Factory.DisposeAsync();
            await Host.DisposeAsync();
        }
    }
}
