using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Extractive;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;

namespace ReasonIR.Synthesis.Tests.Extractive;

public sealed class ExtractiveSynthesisTests(PostgresFixture postgres)
{
    static readonly SynthesizeSpec Spec = new("papers", "pairs");

    static async Task<IReadOnlyList<Example>> ExamplesAsync(SynthesisHost host, SynthesizeSpec spec) => (await host.ReadAsync(await host.MakeAsync(spec))).Examples;

    static string Text(Example example) => $"{example.SourceDocumentId}: {example.Query} -> {example.Positives[0].Text} / {string.Join(" | ", example.Negatives.Select(one => one.DocumentId))}";

    /// <summary>Documents that share their setting, so that BM25 has much to rank.</summary>
    static IEnumerable<DocumentInput> Documents(int count) => Enumerable.Range(0, count).Select(i => new DocumentInput(
        $"d{i:0000}", $"Note {i} on {ScriptedWriter.Prose($"title {i}", 2)}",
        $"The {ScriptedWriter.Prose($"first {i}", 9)}. A {ScriptedWriter.Prose($"second {i}", 9)}. Some {ScriptedWriter.Prose($"third {i}", 9)}. Few {ScriptedWriter.Prose($"fourth {i}", 9)}."));

    [Fact]
    public async Task A_strategy_keeps_its_rule_and_shows_samples()
    {
        await using var host = await SynthesisHost.StartAsync(postgres);
        await host.ImportAsync("papers", Documents(1200));
        var output = await host.MakeAsync(Spec with { Seed = 3 });
        var (version, examples) = await host.ReadAsync(output);

        Assert.Equal((DatasetKind.Strategy, "extractive", ExtractiveGenerator.Samples), (version.Kind, version.Generator, version.ExampleCount));
        Assert.NotNull(version.SealedAt);
        // What the trainer reads to draw pairs anew: every default written out.
        var kept = JsonSerializer.Deserialize<SynthesizeSpec>(version.Spec, JsonSerializerOptions.Web)!;
        Assert.Equal(new SynthesizeSpec("papers", "pairs", Seed: 3, Extractive: new ExtractiveSettings(), HardNegatives: new MinedNegatives()), kept);
        Assert.Equal(ExtractiveGenerator.Samples, examples.Select(example => example.SourceDocumentId).Distinct().Count());
        Assert.Equal(["extractive/sentence-rest", "extractive/title-body"], examples.Select(example => example.Generator).Distinct().Order());
        Assert.InRange(examples.Count(example => example.Generator == "extractive/title-body") / (double)examples.Count, 0.25, 0.35);
        var sentences = examples.Where(example => example.Generator == "extractive/sentence-rest").ToList();
        Assert.InRange(sentences.Count(example => example.Positives[0].Text.Contains(example.Query)) / (double)sentences.Count, 0.06, 0.14);
        Assert.All(examples, example => Assert.Equal(example.SourceDocumentId, example.Positives[0].DocumentId));
    }

    [Fact]
    public async Task The_seed_decides_the_samples()
    {
        await using var host = await SynthesisHost.StartAsync(postgres);
        await host.ImportAsync("papers", Documents(60));
        var spec = Spec with { Seed = 1, HardNegatives = new MinedNegatives(2, FromRank: 2, ToRank: 30) };
        var first = await ExamplesAsync(host, spec);
        var again = await ExamplesAsync(host, spec);
        var other = await ExamplesAsync(host, spec with { Seed = 2 });
        Assert.Equal(60, first.Count);
        Assert.Equal(first.Select(Text), again.Select(Text));
        Assert.NotEqual(first.Select(example => example.SourceDocumentId), other.Select(example => example.SourceDocumentId));
        Assert.InRange(first.Select(Text).Intersect(other.Select(Text)).Count(), 0, 15);
        Assert.Contains(first, example => example.Negatives.Count > 0);
    }

    [Fact]
    public async Task Examples_may_outnumber_the_documents_and_differ()
    {
        await using var host = await SynthesisHost.StartAsync(postgres);
        await host.ImportAsync("papers", Documents(10));
        var output = await host.MakeAsync(Spec with { Extractive = new ExtractiveSettings("examples", Examples: 60) });
        var (version, examples) = await host.ReadAsync(output);
        Assert.Equal(DatasetKind.Examples, version.Kind);
        // A document of four sentences and a title gives five different queries at most.
        Assert.InRange(examples.Count, 45, 50);
        Assert.Equal(examples.Count, examples.Select(example => (example.SourceDocumentId, example.Query)).Distinct().Count());
        Assert.Equal(60 - examples.Count, output.Skipped!.Values.Sum());
    }

    [Fact]
    public async Task The_guard_keeps_equal_and_near_documents_from_being_negatives()
    {
        await using var host = await SynthesisHost.StartAsync(postgres);
        var documents = Documents(40).ToList();
        // Every document has a twin of the same text, and one that differs in its last word only.
        await host.ImportAsync("papers", [
            .. documents,
            .. documents.Select(document => document with { ExternalId = "twin-" + document.ExternalId }),
            .. documents.Select(document => document with { ExternalId = "near-" + document.ExternalId, Text = document.Text + " Lantern." }),
        ]);
        var guarded = await ExamplesAsync(host, Spec with { HardNegatives = new MinedNegatives(5, FromRank: 1, ToRank: 60) });
        var unguarded = await ExamplesAsync(host, Spec with { HardNegatives = new MinedNegatives(5, FromRank: 1, ToRank: 60, MaxScoreRatio: 10) });

        Assert.All(guarded, example => Assert.DoesNotContain(example.Negatives, negative => Core(negative.DocumentId!) == Core(example.SourceDocumentId!)));
        Assert.Contains(guarded, example => example.Negatives.Count == 5);
        Assert.All(guarded.SelectMany(example => example.Negatives), negative => Assert.StartsWith("Note", negative.Text));

        static string Core(string id) => id[^5..];
        // Without the score guard equal texts are still left out, near ones are not.
        Assert.Contains(unguarded, example => example.Negatives.Any(negative => Core(negative.DocumentId!) == Core(example.SourceDocumentId!)));
        var texts = documents.ToDictionary(document => document.ExternalId, document => $"{document.Title} {document.Text}");
        Assert.All(unguarded.Where(example => texts.ContainsKey(example.SourceDocumentId!)),
            example => Assert.DoesNotContain(example.Negatives, negative => negative.Text == texts[example.SourceDocumentId!]));
    }

    [Fact]
    public async Task With_hard_negatives_every_document_has_an_example()
    {
        await using var host = await SynthesisHost.StartAsync(postgres);
        await host.ImportAsync("papers", Documents(1100));
        var output = await host.MakeAsync(Spec with { HardNegatives = new MinedNegatives(1, FromRank: 5) });
        Assert.Equal(1100, output.Examples);
        // The guard leaves some without: among so few words many documents score as the positive does.
        Assert.InRange(output.Negatives, 500, 1100);
    }

    [Theory]
    [InlineData("nowhere", "There is no corpus nowhere")]
    [InlineData("empty", "No examples")]
    public async Task What_gives_nothing_fails_with_the_reason(string corpus, string expected)
    {
        await using var host = await SynthesisHost.StartAsync(postgres);
        await host.ImportAsync("empty", [new DocumentInput("a", "", "..."), new DocumentInput("b", "", "!")]);
        var run = await host.RunAsync(Spec with { Corpus = corpus });
        Assert.Equal(RunState.Failed, run.State);
        Assert.Contains(expected, run.Error);
    }
}
