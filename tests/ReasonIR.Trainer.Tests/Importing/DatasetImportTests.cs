using System.Text;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Hub;
using ReasonIR.Trainer.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace ReasonIR.Trainer.Tests.Importing;

public sealed class DatasetImportTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    static string Upload(TrainerHost host, params (string Name, string Text)[] files)
    {
        var id = Guid.NewGuid().ToString("N");
        foreach (var (name, text) in files)
        {
            var path = Path.Combine(host.Artifacts, "uploads", id, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
        return id;
    }

    static async Task<Run> ImportAsync(TrainerHost host, ImportDatasetSpec spec) =>
        await host.Queue.WaitAsync(await host.Queue.EnqueueAsync(RunKinds.ImportDataset, spec.Title, spec, cancellation: Token), Token);

    static async Task<(DatasetVersion Version, List<Example> Examples)> VersionAsync(TrainerHost host, string dataset, int number)
    {
        await using var db = await host.OpenAsync();
        var version = await db.DatasetVersions.AsNoTracking().Include(row => row.Corpus).SingleAsync(row => row.Dataset!.Name == dataset && row.Version == number, Token);
        return (version, await db.Examples.AsNoTracking().Where(row => row.DatasetVersionId == version.Id).OrderBy(row => row.Ordinal).ToListAsync(Token));
    }

    [Fact]
    public async Task Files_of_any_form_become_a_sealed_version()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        var upload = Upload(host,
            ("a.jsonl", """{"query":["Find:","q1"],"pos":[["","p1"]],"neg":[["","n1"],["",""]]}""" + "\n"),
            ("b/c.jsonl", """{"anchor":"q2","positive":"p2","negative_1":"n2","negative_2":"n3"}""" + "\n\n" + """{"anchor":"q3","positive":"p3"}"""));
        var run = await ImportAsync(host, new("public", upload, Instruction: "Help:", Description: "what it is"));
        Assert.True(run.State == RunState.Succeeded, run.Error);
        var output = run.ReadOutput<ImportDatasetOutput>()!;
        Assert.Equal(("public", 1, 3, 3L, 3L, 1L), (output.Dataset, output.Version, output.Examples, output.Positives, output.Negatives, output.BlankNegatives));
        Assert.Equal([new("a.jsonl", 1), new("b/c.jsonl", 2)], output.Files);
        var (version, examples) = await VersionAsync(host, "public", 1);
        Assert.NotNull(version.SealedAt);
        Assert.Equal(["Find:", "Help:", "Help:"], examples.Select(example => example.Instruction));
        Assert.Equal(new ExampleMetadata("b/c.jsonl", 3), examples[2].ReadMetadata());
        Assert.Equal([new("n2"), new("n3")], examples[1].Negatives);
        Assert.False(Directory.Exists(Path.Combine(host.Artifacts, "uploads", upload)));
        // Again: the next version of the same dataset.
        Assert.Equal(2, (await ImportAsync(host, new("public", Upload(host, ("a.jsonl", """{"query":"q","pos":"p"}"""))))).ReadOutput<ImportDatasetOutput>()!.Version);
    }

    [Fact]
    public async Task Ids_are_resolved_against_named_corpora_and_those_that_are_not_there_are_listed()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        await host.ImportAsync("biology", [new("d1", "Title", "one"), new("7", "", "seven")]);
        await host.ImportAsync("pony", [new("d1", "", "another"), new("d2", "", "two")]);
        var upload = Upload(host, ("hq.jsonl", """
            {"query":["I","q1"],"pos":[["","d1"],["","gone"]],"neg":[["","a text"]]}
            {"query":["I","q2"],"pos":[["","d2"]],"neg":[]}
            {"query":["I","q3"],"pos":[["","lost"]],"neg":[["","a text"]]}
            {"query":"q4","pos":7}
            """));
        var run = await ImportAsync(host, new("hq", upload, Positives: "ids", Corpora: ["biology", "pony"]));
        Assert.True(run.State == RunState.Succeeded, run.Error);
        var output = run.ReadOutput<ImportDatasetOutput>()!;
        Assert.Equal((3, 3L, 1L, 2, 1), (output.Examples, output.Positives, output.Negatives, output.Unresolved, output.LeftOut));
        var (version, examples) = await VersionAsync(host, "hq", 1);
        Assert.Equal([[new("Title one", "d1")], [new("two", "d2")], [new("seven", "7")]], examples.Select(example => example.Positives));
        Assert.Contains("biology", version.Spec);
        Assert.Contains("contentHash", version.Spec);
        var list = await File.ReadAllTextAsync(Path.Combine(host.Artifacts, "datasets", "hq-1-unresolved.tsv"), Token);
        Assert.Equal("file\tline\tfield\tid\nhq.jsonl\t1\tpos\tgone\nhq.jsonl\t3\tpos\tlost\n", list);
        var log = await host.LogAsync(run.Id);
        Assert.Contains(log, line => line.Contains("2 ids are in none of biology, pony; 1 examples"));
        Assert.Contains("hq.jsonl, line 3, pos: 'lost'", log);
        await using var db = await host.OpenAsync();
        Assert.Equal(2, await db.RunLinks.CountAsync(link => link.RunId == run.Id && link.Direction == LinkDirection.Input && link.EntityKind == "corpus", Token));
    }

    [Fact]
    public async Task Files_of_the_hub_are_imported_with_their_commit_and_license()
    {
        await using var hub = await HubServer.StartAsync(Token);
        var large = string.Concat(Enumerable.Range(0, 300).Select(i => $"{{\"query\":\"q{i}\",\"pos\":\"p{i}\"}}\n"));
        hub.Repositories["datasets/org/pairs"] = new()
        {
            Commit = new('a', 40), License = "mit", Files = new Dictionary<string, byte[]> { ["hq/train.jsonl"] = Encoding.UTF8.GetBytes(large), ["hq/more.jsonl"] = """{"query":"x","pos":"y"}"""u8.ToArray(), ["README.md"] = "no"u8.ToArray() },
        };
        hub.Fail("hq/train.jsonl", new HubFault.Dropped(3000));
        await using var host = await TrainerHost.StartAsync(postgres, true, ("HF_ENDPOINT", hub.Endpoint.ToString()), ("Hub:FirstPause", "00:00:00.01"), ("Hub:KeepFreeBytes", "0"));
        var run = await ImportAsync(host, new("public", Hub: new("org/pairs", ["hq/*.jsonl"])));
        Assert.True(run.State == RunState.Succeeded, run.Error);
        Assert.Equal([new("hq/more.jsonl", 1), new("hq/train.jsonl", 300)], run.ReadOutput<ImportDatasetOutput>()!.Files);
        var (version, _) = await VersionAsync(host, "public", 1);
        Assert.Contains(new string('a', 40), version.Spec);
        Assert.Contains("\"license\": \"mit\"", version.Spec);
        run = await ImportAsync(host, new("public", Hub: new("org/pairs", ["*.parquet"])));
        Assert.Contains("hub.files: org/pairs@main has no file '*.parquet'; it has", run.Error);
    }

    [Fact]
    public async Task What_cannot_be_imported_leaves_nothing_behind()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        await host.ImportAsync("few", Texts.Few(3));
        await FailsAsync(new("d", Upload(host, ("x.jsonl", "{\"query\":\"q\",\"pos\":[\"p\"]}\n{\"query\":\"q\",\"pos\":[]}\n"))), "x.jsonl, line 2, field \"pos\": expected at least one text");
        await FailsAsync(new("d", Upload(host, ("x.jsonl", "\n"))), "hold no example");
        await FailsAsync(new("d", Upload(host, ("x.jsonl", """{"query":"q","pos":["nowhere"]}""")), Positives: "ids", Corpora: ["few"]), "None of the 1 examples has a positive in few, e.g. 'nowhere' (x.jsonl, line 1)");
        await FailsAsync(new("d", Upload(host, ("x.jsonl", """{"query":"q","pos":["x"]}""")), Positives: "ids", Corpora: ["absent"]), "there is no corpus 'absent'");
        await FailsAsync(new("d", Guid.NewGuid().ToString("N")), "there is no upload");
        await using var db = await host.OpenAsync();
        Assert.Empty(await db.DatasetVersions.ToListAsync(Token));

        async Task FailsAsync(ImportDatasetSpec spec, string expected)
        {
            var run = await ImportAsync(host, spec);
            Assert.Equal(RunState.Failed, run.State);
            Assert.Contains(expected, run.Error);
        }
    }
}
