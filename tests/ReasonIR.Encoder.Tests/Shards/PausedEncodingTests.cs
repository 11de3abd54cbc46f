using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Runs;
using ReasonIR.Encoder.Shards;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Encoder.Tests.Shards;

/// <summary>A run that is paused in the middle of a shard.</summary>
public sealed class PausedEncodingTests(PostgresFixture postgres) : IDisposable
{
    const int Documents = 5 * VectorShardWriter.Slice;

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-paused-");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData(null, 1)]
    [InlineData("tokens:16:0", 2)]
    public async Task A_paused_run_goes_on_with_the_text_after_the_last_one_it_encoded(string? passages, int vectorsADocument)
    {
        // The service takes runs itself but for parts, which are this test's.
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres, ("Runs:Concurrency:encode-part", "0"));
        var model = TinyModel.Save(folder.FullName);
        await ServingFixture.RegisterAsync(service, "tiny", model);
        await ImportAsync(service);
        var (told, middle) = (new List<int>(), new TaskCompletionSource());
        await using var workers = await PartWorker.StartAsync(service, async (encoded, token) =>
        {
            lock (told)
                told.Add(encoded);
            if (told.Count != 2)
                return;
            middle.SetResult();
            await Task.Delay(Timeout.Infinite, token);
        });

        var spec = new EncodeSpec("c", "tiny", ShardSize: Documents, passages);
        var id = await service.Queue.EnqueueAsync(new(RunKinds.Encode, spec.Title, RunSpecs.ToJson(spec), RunSpecs.Version), Token);
        await middle.Task.WaitAsync(Patience.Answer, Token);
        Assert.True(await service.Queue.PauseAsync(id, Token));
        await using var db = await service.OpenAsync();
        while (await db.Runs.AnyAsync(run => run.State == RunState.Running, Token))
            await Task.Delay(10, Token);
        await service.Queue.ResumeAsync(id, Token);
        var ended = await service.Queue.WaitAsync(id, Token);

        Assert.True(ended.State == RunState.Succeeded, ended.Error);
        // Each slice once.
        Assert.Equal(Enumerable.Range(1, 5 * vectorsADocument).Select(slice => slice * VectorShardWriter.Slice), told);
        var shard = Assert.Single(ended.ReadOutput<EncodeOutput>()!.Shards);
        Assert.Equal(Documents * vectorsADocument, shard.Rows);
        var path = Path.Combine(service.Artifacts, shard.Path);
        var ids = await File.ReadAllLinesAsync(Path.ChangeExtension(path, ".ids"), Token);
        Assert.Equal(Enumerable.Range(0, Documents).SelectMany(i => Enumerable.Repeat($"d{i}", vectorsADocument)), ids);
        if (passages is null)
        {
            using var library = Models.ModelFolder.Open(model);
            var vectors = (await File.ReadAllBytesAsync(path, Token)).Chunk(sizeof(float)).Select(bytes => BitConverter.ToSingle(bytes)).ToArray();
            OpenAi.EmbeddingsApiTests.AssertClose(Models.TextEncoderExtensions.Encode(library, [.. Enumerable.Range(0, Documents).Select(Text)], cancellationToken: Token), vectors);
        }
        var artifacts = service.Services.GetRequiredService<ArtifactStore>();
        foreach (var artifact in await db.Artifacts.Where(row => row.Kind == "vectors").ToListAsync(Token))
            Assert.True(await artifacts.VerifyAsync(artifact, Token), artifact.Path);
    }

    /// <summary>Two runs over one corpus may find other documents to encode; the files of one are not those of the other.</summary>
    [Fact]
    public async Task Runs_of_one_corpus_and_model_have_files_of_their_own()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await ServingFixture.RegisterAsync(service, "tiny", TinyModel.Save(folder.FullName));
        await ImportAsync(service);
        var spec = new EncodeSpec("c", "tiny", ShardSize: Documents / 2);
        var first = await service.MakeAsync<EncodeOutput>(spec);
        await using (var db = await service.OpenAsync())
            // As a run finds it that began before the other had ended.
            await db.Runs.Where(run => run.Kind == RunKinds.Encode).ExecuteUpdateAsync(set => set.SetProperty(run => run.Name, "other"), Token);
        var second = await service.MakeAsync<EncodeOutput>(spec);
        Assert.Equal([Documents / 2, Documents / 2], second.Shards.Select(shard => shard.Rows));
        Assert.Empty(first.Shards.Select(shard => shard.Path).Intersect(second.Shards.Select(shard => shard.Path)));
    }

    static async Task ImportAsync(ServiceUnderTest<Program> service)
    {
        await using var db = await service.OpenAsync();
        var corpus = new Corpus { Name = "c" };
        db.Corpora.Add(corpus);
        await db.SaveChangesAsync(Token);
        await service.Services.GetRequiredService<DocumentStore>()
            .ImportAsync(corpus.Id, Enumerable.Range(0, Documents).Select(i => new DocumentInput($"d{i}", "", Text(i))).ToAsyncEnumerable(), cancellation: Token);
    }

    /// <summary>Words for two passages, not the same for neighbors.</summary>
    static string Text(int i) => string.Join(' ', Enumerable.Range(0, 32).Select(word => ((i >> word % 8) & 1) == 0 ? "moon" : "sea"));
}
