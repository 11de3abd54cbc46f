using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.EndToEnd;

/// <summary>Seed filters from the command line.</summary>
[Collection(nameof(ChatSystem))]
public sealed class SeedOptionsTests(ChatSystem chat)
{
    const string Dataset = "seeded";

    [Fact]
    public async Task Options_of_synth_say_which_documents_examples_are_made_from()
    {
        var seeds = Path.Combine(Directory.CreateTempSubdirectory("reasonir-seeds-").FullName, "seeds.yaml");
        try
        {
            await File.WriteAllTextAsync(seeds, "keepUnknown: false\nminimumWords: 5\n", TestContext.Current.CancellationToken);
            var told = await chat.CommandAsync("synth", ChatSystem.Corpus, Dataset, "--seeds", seeds, "--words", "20..500", "--languages", "en,de", "--quality", "heuristic=0.5", "--near-duplicates", "off",
                "--against", $"{ChatSystem.Corpus}/test:queries", "--sample", "12:length:3", "--json");
            var output = JsonSerializer.Deserialize<SynthesizeOutput>(told, ReasonIrJson.Web)!;
            Assert.Equal(12, output.Documents);
            Assert.Equal(3, output.Seeds!.Strata!.Count);
            var run = (await chat.System.Client.RunsAsync(RunKinds.Synthesize, null, 0, 50, TestContext.Current.CancellationToken)).Items.First(one => one.Name.Contains(Dataset, StringComparison.Ordinal));
            var spec = SynthesizeSpecs.Parse((await chat.System.Client.RunAsync(run.Id, TestContext.Current.CancellationToken)).Spec);
            Assert.Equal("examples", spec.Extractive!.Mode);
            var asked = spec.Seeds!;
            Assert.Equal((20, 500, false, null, 0.5), (asked.MinimumWords, asked.MaximumWords, asked.KeepUnknown, asked.NearDuplicates, asked.Quality!.Minimum));
            Assert.Equal(["en", "de"], asked.Languages!);
            Assert.Equal([new SeedEvaluation(ChatSystem.Corpus, "test", "queries")], asked.Against!);
            Assert.Equal(new SeedSample(12, "length", 3), asked.Sample);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(seeds)!, recursive: true);
        }
    }
}
