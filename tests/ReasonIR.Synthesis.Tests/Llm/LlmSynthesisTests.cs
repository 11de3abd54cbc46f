using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;
using static ReasonIR.Testing.Chat.ScriptedReply;

namespace ReasonIR.Synthesis.Tests.Llm;

public sealed class LlmSynthesisTests(PostgresFixture postgres)
{
    static readonly SynthesizeSpec Spec = new("papers", "hard", "llm", Llm: new LlmSettings(Concurrency: 3));

    static readonly (string, string)[] Prices = [("REASONIR_CHAT_INPUT_PRICE", "10"), ("REASONIR_CHAT_OUTPUT_PRICE", "20")];

    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>It would take items of those that are laid out now, and they would be missing in the end.</summary>
    [Fact]
    public async Task A_run_that_is_begun_anew_ends_the_workers_that_it_had_before()
    {
        await using var server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        await host.ImportAsync("papers", ScriptedWriter.Documents(3));
        await using var db = await host.OpenAsync();
        var run = await db.Database.SqlQuery<long>(
            $"insert into runs (kind, name, spec, spec_version, state, ended_at) values ({RunKinds.Synthesize}, 'papers', {RunSpecs.ToJson(Spec)}::jsonb, {RunSpecs.Version}, 'canceled', now()) returning id").ToListAsync(Token);
        var worker = await db.Database.SqlQuery<long>($"""
            insert into runs (kind, name, spec, spec_version, state, parent_run_id, lease_until)
            values ({RunKinds.SynthesizePart}, 'a worker', jsonb_build_object(), {RunSpecs.Version}, 'running', {run[0]}, now() + interval '1 h') returning id
            """).ToListAsync(Token);
        await host.Queue.RetryAsync(run[0], Token);
        while (!await db.Runs.AnyAsync(row => row.Id == worker[0] && row.CancelRequested, Token))
            await Task.Delay(10, Token);
        Assert.Empty(await db.SynthesisItems.ToListAsync(Token));
        await db.Database.ExecuteSqlAsync($"update runs set state = 'canceled', ended_at = now(), lease_until = null where id = {worker[0]}", Token);
        var ended = await host.Queue.WaitAsync(run[0], Token);
        Assert.True(ended.State == RunState.Succeeded, ended.Error);
        Assert.Equal(3, ended.ReadOutput<SynthesizeOutput>()!.Examples);
    }

    [Fact]
    public async Task A_document_becomes_a_hard_query_with_a_hard_negative()
    {
        await using var server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint, settings: Prices);
        await host.ImportAsync("papers", ScriptedWriter.Documents(7));
        var output = await host.MakeAsync(Spec);
        var (version, examples) = await host.ReadAsync(output);

        Assert.Equal((7, 7, 7), (output.Examples, output.Negatives, output.Documents));
        Assert.Equal(14, output.Spending!.Calls);
        Assert.Equal(7 * (1000 * 10 + 700 * 20) / 1_000_000m, output.Cost);
        Assert.NotNull(version.SealedAt);
        Assert.Equal((DatasetKind.Examples, "llm", 7, 1), (version.Kind, version.Generator, version.ExampleCount, version.Version));
        var kept = JsonSerializer.Deserialize<JsonElement>(version.Spec);
        Assert.Equal(PromptFiles.HardQuery.Hash, kept.GetProperty("hardQueryPrompt").GetString());
        Assert.Equal("scripted", kept.GetProperty("chatModel").GetString());
        Assert.Equal(7, examples.Select(example => example.SourceDocumentId).Distinct().Count());
        Assert.All(examples, example =>
        {
            Assert.StartsWith("My neighbor asks", example.Query);
            var positive = Assert.Single(example.Positives);
            Assert.Equal(example.SourceDocumentId, positive.DocumentId);
            Assert.StartsWith("Title", positive.Text);
            Assert.StartsWith("Another matter", Assert.Single(example.Negatives).Text);
            Assert.Equal(("llm/scripted", PromptFiles.HardQuery.Hash), (example.Generator, example.PromptHash));
        });
        var calls = await host.CallsAsync();
        Assert.Equal(["hard-negative", "hard-query"], calls.Select(call => call.Purpose).Distinct().Order());
        Assert.All(calls, call => Assert.Equal(version.RunId, call.RunId));
        // The negative's turn is one of its own: it sees query and positive, and nothing of the brainstorm.
        Assert.All(server.Calls.Where(call => call.SchemaName == "hard-negative"), call =>
        {
            Assert.Equal(["system", "user"], call.Messages.Select(message => message.Role));
            Assert.Contains("My neighbor asks", call.Messages[1].Text);
            Assert.DoesNotContain("a situation", call.Messages[1].Text);
        });
    }

    [Fact]
    public async Task Trouble_of_every_kind_loses_no_example_and_pays_nothing_twice()
    {
        var random = new Random(4);
        await using var server = await ScriptedChatServer.StartAsync(call =>
        {
            int die;
            lock (random)
                die = random.Next(12);
            return die switch
            {
                0 => new Status(429, RetryAfter: "0"),
                1 => new Status(503, RetryAfter: "1"),
                2 => new Drop(),
                3 => new Drop(50),
                4 => new Status(500),
                // These are answers, paid for: the model is told what is wrong.
                5 when call.Messages.Count == 2 => new Answer("{\"field\": \"te", FinishReason: "length"),
                6 when call.Messages.Count == 2 => Json(new { wrong = true }),
                7 when call.Messages.Count == 2 => new Answer("I would rather not."),
                8 => new TruncatedBody(),
                _ => ScriptedWriter.Answer(call),
            };
        }, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint, settings: ("REASONIR_CHAT_MAX_ATTEMPTS", "20"));
        await host.ImportAsync("papers", ScriptedWriter.Documents(25));
        var output = await host.MakeAsync(Spec);
        Assert.Equal((25, 25), (output.Examples, output.Negatives));
        Assert.Empty(server.AnsweredTwice);
        Assert.Equal(server.Answered, (await host.CallsAsync()).Count);
        Assert.Equal(server.Answered, output.Spending!.Calls);
    }

    [Fact]
    public async Task The_cost_cap_stops_cleanly_and_a_higher_one_goes_on_from_there()
    {
        await using var server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint, settings: Prices);
        await host.ImportAsync("papers", ScriptedWriter.Documents(12));
        // A document costs 0.024; the bound of an answer makes the estimate larger.
        var capped = await host.MakeAsync(Spec with { Llm = Spec.Llm! with { MaxCost = 0.2m } });
        Assert.InRange(capped.Spending!.Cost, 0.05m, 0.2m);
        Assert.Equal((await host.CallsAsync()).Sum(call => call.Cost), capped.Spending.Cost);
        Assert.InRange(capped.Examples, 2, 8);
        Assert.Contains("cost cap", capped.Note);
        Assert.NotNull((await host.ReadAsync(capped)).Version.SealedAt);

        var whole = await host.MakeAsync(Spec);
        Assert.Equal((12, 2, null), (whole.Examples, whole.Version, whole.Note));
        Assert.Equal(24, server.Answered);
        Assert.Empty(server.AnsweredTwice);
        Assert.Equal(capped.Spending.Calls, whole.Spending!.CachedCalls);
    }

    [Fact]
    public async Task A_document_without_usable_answers_is_skipped_and_counted()
    {
        await using var server = await ScriptedChatServer.StartAsync(call =>
            call.Messages.Any(message => message.Text.Contains("Document 3 says")) ? Json(new { wrong = true }) : ScriptedWriter.Answer(call), Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        await host.ImportAsync("papers", ScriptedWriter.Documents(5));
        var output = await host.MakeAsync(Spec);
        Assert.Equal((4, 1), (output.Examples, output.Skipped!["no usable answer"]));
        // Three attempts, each with its repair.
        Assert.Equal(6, server.Calls.Count(call => call.Messages.Any(message => message.Text.Contains("Document 3 says"))));
    }

    [Fact]
    public async Task An_empty_result_fails_with_the_reason_and_leaves_no_version()
    {
        await using var server = await ScriptedChatServer.StartAsync(_ => new Answer("no"), Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        await host.ImportAsync("papers", ScriptedWriter.Documents(2));
        var run = await host.RunAsync(Spec);
        Assert.Equal(RunState.Failed, run.State);
        Assert.Contains("no usable answer: 2", run.Error);
        await using var db = await host.OpenAsync();
        Assert.Equal((0, 0), (await db.DatasetVersions.CountAsync(Token), await db.Datasets.CountAsync(Token)));
    }

    [Fact]
    public async Task A_model_that_is_unfit_is_given_up_early()
    {
        await using var server = await ScriptedChatServer.StartAsync(_ => new Answer("no"), Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        await host.ImportAsync("papers", ScriptedWriter.Documents(200));
        var run = await host.RunAsync(Spec);
        Assert.Equal(RunState.Failed, run.State);
        Assert.Contains("of 200 items were tried", run.Error);
        Assert.InRange(server.Calls.Count, 25 * 6, 120 * 6);
    }

    [Fact]
    public async Task A_query_that_copies_or_points_is_written_again()
    {
        await using var server = await ScriptedChatServer.StartAsync(call => call switch
        {
            { SchemaName: "hard-query", Number: 0 } => Json(new
            {
                field = "tests", ideas = new[] { "x" }, situations = new[] { "x" },
                queries = new[] { new { link = "from here to there", query = $"According to the document, {ScriptedWriter.Prose("document 0", 20)}, and so on, right?" } },
            }),
            _ => ScriptedWriter.Answer(call),
        }, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        await host.ImportAsync("papers", ScriptedWriter.Documents(1));
        var output = await host.MakeAsync(Spec);
        Assert.Equal(1, output.Examples);
        Assert.Equal(3, server.Calls.Count);
        Assert.Contains("could not be used", server.Calls[1].Messages[1].Text);
        Assert.Contains("According to the document", server.Calls[1].Messages[1].Text);
    }

    [Fact]
    public async Task Short_and_repeated_documents_are_left_out()
    {
        await using var server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        var documents = ScriptedWriter.Documents(3).ToList();
        await host.ImportAsync("papers", [.. documents, documents[0] with { ExternalId = "again" }, new DocumentInput("short", "", "Too few words.")]);
        var output = await host.MakeAsync(Spec with { Llm = new LlmSettings(QueriesPerDocument: 2, NegativesPerQuery: 0) });
        Assert.Equal((3, 6, 0), (output.Documents, output.Examples, output.Negatives));
    }

    [Fact]
    public async Task An_endpoint_that_is_away_for_a_while_only_delays_the_run()
    {
        var away = 4;
        await using var server = await ScriptedChatServer.StartAsync(call => Interlocked.Decrement(ref away) >= 0 ? new Status(500) : ScriptedWriter.Answer(call), Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint, settings: ("REASONIR_CHAT_MAX_ATTEMPTS", "1"));
        await host.ImportAsync("papers", ScriptedWriter.Documents(6));
        var run = await host.RunAsync(Spec);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        await using var db = await host.OpenAsync();
        Assert.Contains(await db.Runs.Where(part => part.ParentRunId == run.Id).ToListAsync(Token), part => part.Attempts > 1);
        Assert.Equal(6, run.ReadOutput<SynthesizeOutput>()!.Examples);
        Assert.Empty(server.AnsweredTwice);
    }

    [Theory]
    [InlineData(false, null, "REASONIR_CHAT_ENDPOINT")]
    [InlineData(true, 1.0, "REASONIR_CHAT_INPUT_PRICE")]
    public async Task What_is_missing_is_said(bool endpoint, double? cap, string expected)
    {
        await using var host = await SynthesisHost.StartAsync(postgres, endpoint ? new Uri("http://127.0.0.1:9/v1") : null);
        await host.ImportAsync("papers", ScriptedWriter.Documents(2));
        var run = await host.RunAsync(Spec with { Llm = new LlmSettings(MaxCost: (decimal?)cap) });
        Assert.Equal(RunState.Failed, run.State);
        Assert.Contains(expected, run.Error);
    }
}
