using System.Net;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Portal.Tests.Api;

namespace ReasonIR.Portal.Tests.Datasets;

/// <summary>Reports, cards, differences and lineage of dataset versions, as scripts see them.</summary>
public sealed class QualityTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_report_counts_what_is_there()
    {
        var version = await Rivers.AddAsync(portal, "report-rivers");

        var quality = await Rivers.Client(portal).ReportAsync(version, Token);

        var report = quality.Report;
        Assert.Equal(5, report.Examples);
        Assert.Equal((5L, 4, 21), (report.Length("query")!.Texts, report.Length("query")!.Least, report.Length("query")!.Most));
        Assert.Equal([("0–9", 2L), ("10–19", 0L), ("20–49", 3L)], report.Length("query")!.Bins.Select(bin => (bin.Name, bin.Count)));
        Assert.Equal((6L, 5L), (report.Length("positive")!.Texts, report.Length("negative")!.Texts));
        Assert.Null(report.Length("reasoned"));
        Assert.Equal([("1", 4L), ("2", 1L)], report.PositivesEach.Select(bin => (bin.Name, bin.Count)));
        Assert.Equal(1, report.LeastNegatives);
        Assert.Equal(("llm/hard-query", 5L), (Assert.Single(report.Generators).Name, report.Generators[0].Count));
        Assert.Equal(("hard-query", Rivers.Prompt, 1L), (Assert.Single(report.Prompts).Name, report.Prompts[0].Hash, report.Prompts[0].Examples));
        Assert.Equal((3, 2, 1), (report.Sources.Documents, report.Sources.MostExamples, report.Sources.Without));
        Assert.Equal((1, 0, 2, 1, 0), (report.Duplicates.SameQuery, report.Duplicates.SameExample, report.Duplicates.NearQuery, report.Duplicates.PositiveIsNegative, report.Duplicates.QueryIsPositive));
        Assert.Equal([(0, 1), (0, 2)], report.Duplicates.First.Select(pair => (pair.First, pair.Second)));
        Assert.Equal((1, 1), (report.Difficulty!.Measured, report.Difficulty.NegativeAhead));
        Assert.Equal(("11–100", 1L), (Assert.Single(report.Difficulty.Bm25Positive).Name, report.Difficulty.Bm25Positive[0].Count));
        Assert.Equal(("2–3", 1L), (Assert.Single(report.Difficulty.Bm25Negative).Name, report.Difficulty.Bm25Negative[0].Count));
        Assert.Equal([("3", 1L), ("5", 1L)], report.Judge!.Positive.Select(grade => (grade.Name, grade.Count)));
        // Grades 5, 3, 1 against 5, 4, 1: two of three agree, by chance (1 + 0 + 1)/9.
        Assert.Equal((3, (2 / 3.0 - 2 / 9.0) / (1 - 2 / 9.0)), (report.Judge.Second, report.Judge.Kappa!.Value));
        Assert.Equal((1L, 0.0125m), (quality.Cost.Calls, quality.Cost.Cost));
        Assert.Equal(("hard-query", "scripted"), (Assert.Single(quality.Cost.By).Purpose, quality.Cost.By[0].Model));
        Assert.Empty(quality.Contamination);
        Assert.Equivalent(report, (await Rivers.Client(portal).ReportAsync(version, Token)).Report); // now the stored one
    }

    [Fact]
    public async Task Metadata_of_another_form_is_passed_over()
    {
        var odd = new Example { Query = "odd", Positives = [new("p")], Generator = "import", Metadata = """{"weight":{"not":"a number"},"synthesis":"neither"}""" };
        var version = await Rivers.AddAsync(portal, "odd-rivers", [odd]);

        Assert.Equal(1, (await Rivers.Client(portal).ReportAsync(version, Token)).Report.Examples);
    }

    [Fact]
    public async Task A_card_has_front_matter_counts_prompts_costs_and_says_what_is_not_known()
    {
        var version = await Rivers.AddAsync(portal, "card-rivers");

        var card = await Rivers.Client(portal).CardAsync(version, "st-parquet", 1, true, Token);

        Assert.StartsWith("---\npretty_name: \"card-rivers, version 1\"\nlicense: other\nlicense_name: not-recorded\ntask_categories:\n- text-retrieval\n", card);
        foreach (var expected in new[]
        {
            "- n<1K\n", "path: train.parquet\n---\n\n# card-rivers, version 1\n", "| query | 5 | 4 | ", $"| hard-query | `{Rivers.Prompt}` | 1 |", "| hard-query | scripted | `111111111111` | 1 | 100 | 20 | 0.0125 |",
            "| corpus | tides | About the sea | not recorded |", "**not checked**", "\"seed\": 7", "./reasonir dataset export card-rivers@1 FOLDER --format columns-parquet --negatives 1 --lossy", "Cohen's kappa 0.5714",
        })
            Assert.Contains(expected, card);
    }

    [Fact]
    public async Task A_difference_names_what_was_added_removed_and_changed()
    {
        var rows = Rivers.Examples;
        await Rivers.AddAsync(portal, "diff-before");
        await Rivers.AddAsync(portal, "diff-after",
        [
            rows[4], // moved, the same
            Changed(rows[0], rows[0].Query, [new("Mills grind rye.")]), // the same query
            Changed(rows[3], "What makes a stream bend", rows[3].Negatives), // the same source and positive
            rows[1],
            new Example { Query = "New", Positives = [new("new")], Generator = "llm" },
        ]);

        var all = await Rivers.Client(portal).DifferenceAsync(new("diff-before", null), new("diff-after", 1), null, 0, 50, Token);
        var changed = await Rivers.Client(portal).DifferenceAsync(new("diff-before", 1), new("diff-after", 1), "changed", 1, 1, Token);

        Assert.Equal(("diff-before@1", "diff-after@1", 2, 1, 1, 2, 4L), (all.A, all.B, all.Unchanged, all.Added, all.Removed, all.Changed, all.Total));
        Assert.Equal([("changed", 0, 1), ("removed", 2, -1), ("changed", 3, 2), ("added", -1, 4)], all.Items.Select(item => (item.Change, item.A?.Ordinal ?? -1, item.B?.Ordinal ?? -1)));
        Assert.Equal(["negatives"], all.Items[0].Fields);
        Assert.Equal((2L, "What makes a stream bend"), (changed.Total, Assert.Single(changed.Items).B!.Query));
        Assert.Equal(["query"], changed.Items[0].Fields);

        static Example Changed(Example example, string query, IReadOnlyList<Passage> negatives) => new()
        {
            Query = query, Positives = example.Positives, Negatives = negatives, Generator = example.Generator, SourceDocumentId = example.SourceDocumentId, Metadata = example.Metadata,
        };
    }

    [Fact]
    public async Task An_example_leads_to_its_document_prompts_and_calls()
    {
        var version = await Rivers.AddAsync(portal, "lineage-rivers");

        var lineage = await Rivers.Client(portal).LineageAsync(version, 3, Token);
        var without = await Rivers.Client(portal).LineageAsync(version, 4, Token);

        Assert.Equal(("tides", "moon/1", "About moon/1", "The Moon pulls the water up twice a day."), (lineage.Document!.Corpus, lineage.Document.DocumentId, lineage.Document.Title, lineage.Document.Start));
        Assert.Equal(("hard-query", Rivers.Prompt), (Assert.Single(lineage.Prompts).Name, lineage.Prompts[0].Hash));
        Assert.Equal(["positive 1"], lineage.Calls.Select(call => call.Wrote)); // the query is too short to be told from others
        Assert.Equal((0.0125m, version.RunId), (lineage.Cost, lineage.RunId));
        Assert.Equal(4, lineage.Metadata!.Value.GetProperty("synthesis").GetProperty("queryGrade").GetInt32());
        Assert.Equal((0, 0m), (without.Calls.Count, without.Cost));
        Assert.Null(without.Document);
    }

    [Theory]
    [InlineData("/api/datasets/none/versions/1/report", HttpStatusCode.NotFound, "There is no")]
    [InlineData("/api/datasets/none/versions/1/card", HttpStatusCode.NotFound, "There is no")]
    [InlineData("/api/datasets/tides-extractive/versions/1/card?format=csv", HttpStatusCode.BadRequest, "expected jsonl")]
    [InlineData("/api/datasets/tides-extractive/versions/1/export?format=st&negatives=-1", HttpStatusCode.BadRequest, "negatives: expected 0 to 1000")]
    [InlineData("/api/datasets/tides-extractive/versions/1/examples/9", HttpStatusCode.NotFound, "There is no")]
    [InlineData("/api/datasets/difference?a=none&b=tides-extractive", HttpStatusCode.NotFound, "There is no")]
    [InlineData("/api/datasets/difference?a=x@y&b=tides-extractive", HttpStatusCode.BadRequest, "a: expected the number of a version")]
    [InlineData("/api/datasets/difference?a=tides-extractive&b=tides-extractive&change=all", HttpStatusCode.BadRequest, "change: expected added")]
    [InlineData("/api/datasets/tides-extractive/versions/1/reviews?state=odd", HttpStatusCode.BadRequest, "state: expected all")]
    public async Task What_is_not_there_or_cannot_be_meant_is_a_problem_document(string address, HttpStatusCode status, string words)
    {
        using var response = await portal.Filled.GetAsync(address, Token);
        await Problems.ExpectAsync(response, status, words);
    }
}
