using System.Diagnostics;
using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;

namespace ReasonIR.Synthesis.Tests.Extractive;

public sealed class RealCorpusTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("theoremqa", 0.5)]
    [InlineData("scifact", 0.8)]
    public async Task Every_document_gives_a_pair_and_most_have_a_hard_negative(string collection, double withNegative)
    {
        var file = SharedData.Require($"data/{collection}/corpus.jsonl");
        await using var host = await SynthesisHost.StartAsync(postgres);
        var documents = File.ReadLines(file).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).Select(row => new DocumentInput(
            row.GetProperty("_id").GetString()!, row.TryGetProperty("title", out var title) ? title.GetString() ?? "" : "", row.GetProperty("text").GetString()!)).ToList();
        await host.ImportAsync(collection, documents);
        var clock = Stopwatch.StartNew();
        var output = await host.MakeAsync(new SynthesizeSpec(collection, "pairs", HardNegatives: new MinedNegatives(1)));
        clock.Stop();
        var (_, examples) = await host.ReadAsync(output);

        Assert.InRange(examples.Count, output.Documents * 0.99, output.Documents);
        Assert.InRange(output.Negatives / (double)examples.Count, withNegative, 1);
        var texts = documents.ToDictionary(document => document.ExternalId, document => document.Text);
        Assert.All(examples, example =>
        {
            Assert.True(example.Query.Trim().Length > 0 && example.Positives[0].Text.Trim().Length > 0, example.SourceDocumentId);
            Assert.All(example.Negatives, negative => Assert.NotEqual(texts[example.SourceDocumentId!], texts[negative.DocumentId!]));
        });
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{collection}: {output.Documents} documents, {output.Examples} examples, {output.Negatives} negatives in {clock.Elapsed.TotalSeconds:0.0} s");
    }
}
