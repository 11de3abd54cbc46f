using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Synthesis;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Seeds;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;

namespace ReasonIR.Synthesis.Tests.Seeds;

/// <summary>A language model as scorer of seeds, against a scripted server: the mechanics, nothing about quality.</summary>
public sealed class SeedJudgeTests(PostgresFixture postgres)
{
    const int Documents = 12;

    static readonly SynthesizeSpec Cut = new("papers", "pairs", Extractive: new ExtractiveSettings("examples"), Seeds: new SeedSettings(Quality: new SeedQuality(3, "judge"), NearDuplicates: null));

    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Documents 0, 4, 8 get 5 points, 1, 5, 9 get 1; 2, 6, 10 never an answer that fits, and 3, 7, 11 are refused.</summary>
    static ScriptedReply Judge(ChatCall call) => call.SchemaName != "judge-seed" ? ScriptedWriter.Answer(call) : (Number(call) % 4) switch
    {
        0 => ScriptedReply.Json(new { reasons = "all five points hold", score = 5 }, 300, 40),
        1 => ScriptedReply.Json(new { reasons = "it says something", score = 1 }, 300, 40),
        2 => ScriptedReply.Json(new { reasons = "more than all", score = 9 }, 300, 40),
        _ => new ScriptedReply.Status(400, "not this text"),
    };

    static int Number(ChatCall call) => int.Parse(call.Messages[1].Text.Split("Document ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

    static async Task<SynthesisHost> StartAsync(PostgresFixture postgres, ScriptedChatServer server, params (string, string)[] settings)
    {
        var host = await SynthesisHost.StartAsync(postgres, server.Endpoint, true, [("REASONIR_CHAT_STRUCTURED_OUTPUT", "schema"), .. settings]);
        await host.ImportAsync("papers", ScriptedWriter.Documents(Documents));
        return host;
    }

    [Theory]
    [InlineData(7_998, 8_000)]
    [InlineData(7_999, 7_999)]
    [InlineData(8_000, 8_000)]
    public void The_beginning_of_a_long_text_splits_no_character(int before, int expected)
    {
        var beginning = SeedJudge.Beginning(new string('a', before) + "\U0001F600" + new string('b', 100));
        Assert.Equal(expected, beginning.Length);
        Assert.False(char.IsHighSurrogate(beginning[^1]));
    }

    [Fact]
    public async Task Documents_are_judged_once_and_answers_that_cannot_be_used_are_counted()
    {
        await using var server = await ScriptedChatServer.StartAsync(Judge, Token);
        await using var host = await StartAsync(postgres, server, ("REASONIR_CHAT_INPUT_PRICE", "1"), ("REASONIR_CHAT_OUTPUT_PRICE", "2"));
        var output = await host.MakeAsync(Cut);
        var dropped = output.Seeds!.Steps.ToDictionary(step => step.Name, step => step.Dropped);
        Assert.Equal((3, 6, 3), (dropped["quality"], dropped["without a score"], output.Seeds.Kept));
        Assert.Equal("1.00", output.Seeds.Steps.Single(step => step.Name == "quality").Examples[0].Why);
        Assert.Equal(["d000", "d004", "d008"], (await host.ReadAsync(output)).Examples.Select(example => example.SourceDocumentId).Order());
        // Each answer stands in the ledger with its price, the prompt's hash and the run that paid; the refused ones were not answered.
        var calls = await host.CallsAsync();
        Assert.Equal(server.Answered, calls.Count);
        Assert.Equal(3 + 3 + 3 * 4, calls.Count);
        Assert.All(calls, call => Assert.Equal((PromptFiles.JudgeSeed.Hash, 0.00038m), (call.PromptHash, call.Cost)));
        Assert.Equal((calls.Count, calls.Sum(call => call.Cost)), (output.Spending!.Calls, output.Cost));

        // Another run pays nothing for what was judged.
        var again = await host.MakeAsync(Cut with { Dataset = "again" });
        Assert.Equal(output.Seeds.Kept, again.Seeds!.Kept);
        Assert.Equal(calls.Count, server.Answered);
        Assert.Empty(server.AnsweredTwice);
    }

    [Fact]
    public async Task A_run_whose_endpoint_goes_away_goes_on_where_it_was()
    {
        var left = 5;
        await using var server = await ScriptedChatServer.StartAsync(call => Interlocked.Decrement(ref left) >= 0 ? Judge(call) : new ScriptedReply.Status(500), Token);
        await using var host = await StartAsync(postgres, server, ("REASONIR_CHAT_MAX_ATTEMPTS", "1"));
        var run = await host.EnqueueAsync(Cut);
        while (await host.AttemptsAsync(run) < 2)
            await Task.Delay(20, Token);
        Volatile.Write(ref left, int.MaxValue);
        var ended = await host.Queue.WaitAsync(run, Token);
        Assert.True(ended.State == RunState.Succeeded, ended.Error);
        Assert.Equal(3, ended.ReadOutput<SynthesizeOutput>()!.Seeds!.Kept);
        Assert.Empty(server.AnsweredTwice);
    }

    [Fact]
    public async Task A_dry_run_counts_the_judge_of_all_documents_and_asks_about_a_few()
    {
        await using var server = await ScriptedChatServer.StartAsync(call => call.SchemaName == "judge-seed" ? ScriptedReply.Json(new { reasons = "all five points hold", score = 5 }, 300, 40) : ScriptedWriter.Answer(call), Token);
        await using var host = await StartAsync(postgres, server);
        var recipe = Cut with { Generator = "llm", Extractive = null, Queries = new HardQuerySettings(1) };
        var spec = new SynthesisForecastSpec(recipe, 2);
        var run = await host.Queue.WaitAsync(await host.Queue.EnqueueAsync(RunKinds.SynthesisForecast, spec.Title, spec, cancellation: Token), Token);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        var forecast = run.ReadOutput<SynthesisForecast>()!;
        Assert.Equal(2, server.Calls.Count(call => call.SchemaName == "judge-seed"));
        // A call of the judge and one of the writer for each document.
        Assert.Equal(2 * Documents, forecast.Calls.Value, 6);
        Assert.Contains($"All {Documents} documents that the other filters leave are judged as seeds. Of 2 tried 2 pass", Assert.Single(forecast.Notes, note => note.StartsWith("All", StringComparison.Ordinal)));
        Assert.Contains(forecast.Report.Costs, cost => cost.Purpose == "judge-seed");
        var output = await host.MakeAsync(recipe);
        Assert.Equal(forecast.Calls.Value, output.Report!.Costs.Sum(cost => cost.Calls) + 4, 6); // four were asked by the dry run
    }

    [Fact]
    public async Task A_cap_that_ends_within_the_seeds_is_told()
    {
        await using var server = await ScriptedChatServer.StartAsync(Judge, Token);
        await using var host = await StartAsync(postgres, server, ("REASONIR_CHAT_INPUT_PRICE", "1"), ("REASONIR_CHAT_OUTPUT_PRICE", "2"));
        var run = await host.RunAsync(Cut with { Llm = new LlmSettings(MaxCost: 0.004m) });
        Assert.Equal(RunState.Failed, run.State);
        Assert.StartsWith("Not all seeds could be judged. The cost cap of 0.004 would be passed", run.Error);
        Assert.InRange((await host.CallsAsync()).Sum(call => call.Cost), 0.0001m, 0.004m);
    }

    [Fact]
    public void Settings_of_other_scorers_are_told()
    {
        Assert.Empty(Cut.Problems());
        Assert.Contains((Cut with { Seeds = new SeedSettings(Quality: new SeedQuality(Endpoint: "other")) }).Problems(), problem => problem.StartsWith("seeds.quality.endpoint: is asked by the scorer 'judge'", StringComparison.Ordinal));
        Assert.Contains((Cut with { Seeds = new SeedSettings(Quality: new SeedQuality(Scorer: "oracle")) }).Problems(), problem => problem.StartsWith("seeds.quality.scorer", StringComparison.Ordinal));
    }
}
