using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Synthesis;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Tests.Llm;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;

namespace ReasonIR.Synthesis.Tests.Recipes;

/// <summary>The steps of a recipe against a scripted server: the mechanics, nothing about quality.</summary>
public sealed class RecipeTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The shipped small recipe, over scripted documents.</summary>
    static SynthesizeSpec Small { get; } = SynthesizeSpecs.Read(File.ReadAllText(Path.Combine(SharedData.Repository, "recipes", "synthesis", "small.yaml")), ["corpus=papers"]).Spec;

    [Fact]
    public async Task The_small_recipe_makes_examples_whose_every_part_can_be_traced()
    {
        await using var server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        await host.ImportAsync("papers", ScriptedWriter.Documents(60));
        var output = await host.MakeAsync(Small);
        var (_, examples) = await host.ReadAsync(output);
        var report = output.Report!;
        var texts = await TextsAsync(host);

        Assert.Equal((18, 18), (report.Items, report.Done));
        Assert.Equal(examples.Count, report.Examples);
        var facts = examples.Select(example => example.ReadMetadata().Synthesis!).ToList();
        // In the items' order, whatever order they were done in.
        Assert.Equal(facts.Select(fact => fact.Item).Order(), facts.Select(fact => fact.Item));
        Assert.All(examples.Zip(facts), pair => AssertTraced(pair.First, pair.Second, texts));
        Assert.Contains(facts, fact => fact.Step == "hard-query");
        Assert.Contains(facts, fact => fact.Step == "varied-length");
        Assert.Contains(facts, fact => fact.Positives!.Any(positive => positive.Source == "graded"));
        Assert.Contains(facts, fact => fact.Negatives!.Any(negative => negative.Source == "mined" && negative.Bm25Rank is >= 5 and <= 30));
        Assert.Contains(facts, fact => fact.Negatives!.Any(negative => negative.Source == "written" && negative.Gap is { Length: > 0 }));
        AssertReport(report, examples);
        Assert.Equal(server.Answered, report.Costs.Sum(cost => cost.Calls));
        Assert.Empty(server.AnsweredTwice);
        await using var db = await host.OpenAsync();
        Assert.Equal(0, await db.SynthesisItems.CountAsync(Token));
    }

    static void AssertTraced(Example example, SynthesisFacts facts, IReadOnlyDictionary<string, string> texts)
    {
        Assert.Equal((example.Positives.Count, example.Negatives.Count), (facts.Positives!.Count, facts.Negatives!.Count));
        Assert.All(facts.Positives, positive => Assert.InRange(positive.Grade!.Value, 4, 5));
        Assert.All(facts.Negatives, negative => Assert.InRange(negative.Grade!.Value, 1, 2));
        Assert.InRange(facts.QueryGrade!.Value, 3, 5);
        Assert.InRange(example.ReadMetadata().Reasoned!.Split(' ').Length, 32, 96);
        Assert.Equal(PromptFiles.JudgePassage.Hash, facts.Prompts["judge-passage"]);
        Assert.Equal(PromptFiles.ReasonQuery.Hash, facts.Prompts["reason-query"]);
        if (facts.Step == "varied-length")
        {
            Assert.Null(example.SourceDocumentId);
            Assert.StartsWith("Given a ", example.Instruction);
            Assert.InRange(example.Query.Split(' ').Length, facts.LeastWords![0], 90);
            Assert.InRange(example.Positives[0].Text.Split(' ').Length, facts.LeastWords[1], 90);
            return;
        }
        Assert.Equal(PromptFiles.HardQuery.Hash, example.PromptHash);
        Assert.All(example.Positives.Concat(example.Negatives).Where(passage => passage.DocumentId is not null), passage => Assert.Equal(texts[passage.DocumentId!], passage.Text));
        Assert.All(example.Positives.Zip(facts.Positives), pair => Assert.Equal(pair.Second.Source == "seed", pair.First.DocumentId == example.SourceDocumentId));
        Assert.All(facts.Positives, positive => Assert.NotNull(positive.Bm25Score));
        Assert.Empty(example.Positives.Select(passage => passage.DocumentId).Intersect(example.Negatives.Select(passage => passage.DocumentId).OfType<string>()));
    }

    static void AssertReport(SynthesisReport report, IReadOnlyList<Example> examples)
    {
        Assert.All(report.Steps, step => Assert.True(step.On));
        StepReport Step(string name) => report.Steps.Single(step => step.Step == name);
        Assert.Equal(examples.Count, report.Lengths.Single(spread => spread.Name == "reasoned").Count);
        Assert.Equal(examples.Sum(example => example.Positives.Count), report.Lengths.Single(spread => spread.Name == "positive").Count);
        Assert.Equal(examples.Sum(example => example.Negatives.Count), Step("writtenNegatives").Kept + Step("hardNegatives").Kept);
        Assert.Equal(24, Step("queries").Kept);
        Assert.Contains(Step("positives").Dropped, reason => reason.Reason == "candidate graded below 4" && reason.Examples.Count == 3);
        Assert.Contains(Step("judge").Dropped, reason => reason.Reason == "query graded below 3" && reason.Count > 0);
        Assert.All(report.Lengths, spread => Assert.Equal(spread.Count, spread.Bins.Sum(bin => bin.Count)));
        Assert.Equal(5, report.Grades.Single(grades => grades.Of == "candidate").Counts.Count);
        var agreement = report.Agreement!;
        Assert.Equal(agreement.Passages, agreement.Table.Sum(row => row.Sum()));
        Assert.InRange(agreement.Kappa!.Value, -1, 1);
        Assert.Equal(agreement.SameSide * agreement.Passages, agreement.Table.Index().Sum(row => row.Item.Index().Where(cell => row.Index >= 3 == cell.Index >= 3).Sum(cell => cell.Item)), 6);
    }

    public static TheoryData<string> Steps => ["variedLength", "queries", "positives", "writtenNegatives", "hardNegatives", "reasoned", "judge"];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Every_step_can_be_left_out(string step)
    {
        var spec = step switch
        {
            "variedLength" => Small with { VariedLength = null },
            "queries" => Small with { Queries = null, Positives = null },
            "positives" => Small with { Positives = null },
            "writtenNegatives" => Small with { WrittenNegatives = null },
            "hardNegatives" => Small with { HardNegatives = null },
            "reasoned" => Small with { Reasoned = null },
            _ => Small with { Judge = null },
        };
        // Enough of them that some pass a judge who grades by chance.
        spec = spec with { HardNegatives = spec.HardNegatives is { } mined ? mined with { PerExample = 4, FromRank = 2 } : null };
        await using var server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        await host.ImportAsync("papers", ScriptedWriter.Documents(60));
        var output = await host.MakeAsync(spec with { Llm = spec.Llm! with { Documents = 12 }, VariedLength = spec.VariedLength is { } varied ? varied with { Examples = 6 } : null });
        var examples = (await host.ReadAsync(output)).Examples;
        var facts = examples.Select(example => example.ReadMetadata().Synthesis!).ToList();

        Assert.NotEmpty(examples);
        Assert.Equal(step == "queries" ? ["positives", "queries"] : [step], output.Report!.Steps.Where(one => !one.On).Select(one => one.Step).Order());
        Assert.DoesNotContain(server.Calls, call => call.SchemaName == step switch
        {
            "variedLength" => "varied-length", "queries" => "hard-query", "writtenNegatives" => "hard-negative", "reasoned" => "reason-query", "judge" => "judge-query", _ => "none",
        });
        Assert.Equal(step != "variedLength", facts.Any(fact => fact.Step == "varied-length"));
        Assert.Equal(step != "queries", facts.Any(fact => fact.Step == "hard-query"));
        Assert.Equal(step is not ("positives" or "queries"), facts.Any(fact => fact.Positives!.Any(positive => positive.Source == "graded")));
        Assert.Equal(step != "writtenNegatives", facts.Any(fact => fact.Negatives!.Any(negative => negative.Source == "written")));
        Assert.Equal(step is not ("hardNegatives" or "queries"), facts.Any(fact => fact.Negatives!.Any(negative => negative.Source == "mined")));
        Assert.Equal(step != "reasoned", examples.Any(example => example.ReadMetadata().Reasoned is not null));
        Assert.Equal(step != "judge", facts.Any(fact => fact.QueryGrade is not null));
    }

    [Fact]
    public async Task What_fails_a_check_is_asked_for_again_with_the_reason_and_counted()
    {
        await using var server = await ScriptedChatServer.StartAsync(call => (call.SchemaName, call.Messages[1].Text.Contains("could not be used")) switch
        {
            ("varied-length", false) => ScriptedReply.Json(new { subject = "too short", query = "Only some words here, that is all, and it will not do.", title = "A text", document = ScriptedWriter.Prose("x", 80) }),
            ("reason-query", false) => ScriptedReply.Json(new { reasoning = ScriptedWriter.Prose("long", 500) }),
            ("judge-query", false) => ScriptedReply.Json(new { alone = "a number", steps = "out of range", grade = 7 }),
            _ => ScriptedWriter.Answer(call),
        }, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        await host.ImportAsync("papers", ScriptedWriter.Documents(3));
        var output = await host.MakeAsync(new("papers", "again", "llm", Llm: new(), VariedLength: new(4, 2, 30, 60), Reasoned: new(50), Judge: new(0, 0, 2)));
        StepReport Step(string name) => output.Report!.Steps.Single(step => step.Step == name);
        Assert.Equal(4, output.Examples);
        Assert.Equal(("query too short", 4), Step("variedLength").Again.Select(reason => (reason.Reason, reason.Count)).Single());
        Assert.Equal(("expansion too long", 4), Step("reasoned").Again.Select(reason => (reason.Reason, reason.Count)).Single());
        Assert.Equal(2, output.Report!.Attempts.Single(spread => spread.Name == "variedLength").Median);
        Assert.Contains(server.Calls, call => call.SchemaName == "varied-length" && call.Messages[1].Text.Contains("An earlier attempt could not be used: the query has 12 words; at least"));
    }

    [Fact]
    public async Task Tasks_that_say_the_same_are_one()
    {
        await using var server = await ScriptedChatServer.StartAsync(call => call.SchemaName == "brainstorm-tasks"
            ? ScriptedReply.Json(new { tasks = new[] { "Given a proof with a gap, find theorems that close it.", "Given a proof with a gap, find the theorems that close it!", "Given a log of a crash, find texts on its cause." }
                .Select(task => new { asker = "somebody", instruction = task }) })
            : ScriptedWriter.Answer(call), Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        await host.ImportAsync("papers", ScriptedWriter.Documents(1));
        var output = await host.MakeAsync(new("papers", "tasks", "llm", VariedLength: new(6, 5, 30, 60)));
        var examples = (await host.ReadAsync(output)).Examples;
        Assert.Equal(["Given a log of a crash, find texts on its cause.", "Given a proof with a gap, find theorems that close it."], examples.Select(example => example.Instruction).Distinct().Order());
        // Asked again while there were new ones, then given up.
        Assert.Equal(4, server.Calls.Count(call => call.SchemaName == "brainstorm-tasks"));
    }

    [Fact]
    public async Task A_run_that_failed_and_is_begun_anew_lays_out_its_items_anew()
    {
        var fit = false;
        await using var server = await ScriptedChatServer.StartAsync(call => Volatile.Read(ref fit) ? ScriptedWriter.Answer(call) : new ScriptedReply.Answer("no"), Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        await host.ImportAsync("papers", ScriptedWriter.Documents(3));
        var id = await host.EnqueueAsync(new("papers", "anew", "llm", Llm: new(Temperature: 0)));
        Assert.Equal(RunState.Failed, (await host.Queue.WaitAsync(id, Token)).State);
        Volatile.Write(ref fit, true);
        await using (var db = await host.OpenAsync())
            await db.LlmCalls.ExecuteDeleteAsync(Token); // the useless answers are in the cache
        await host.Queue.RetryAsync(id, Token);
        var run = await host.Queue.WaitAsync(id, Token);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        Assert.Equal(3, run.ReadOutput<SynthesizeOutput>()!.Examples);
    }

    static async Task<IReadOnlyDictionary<string, string>> TextsAsync(SynthesisHost host)
    {
        await using var db = await host.OpenAsync();
        return await db.Documents.ToDictionaryAsync(document => document.ExternalId, document => $"{document.Title} {document.Text}", Token);
    }
}
