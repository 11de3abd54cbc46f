using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Runs;
using ReasonIR.Encoder.Tests.Serving;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Encoder.Tests.Shards;

/// <summary>Encoder processes that share a database and an artifact store, and one that is killed.</summary>
public sealed class TwoProcessesTests(PostgresFixture postgres) : IDisposable
{
    const int Documents = 400, ShardSize = 10;

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-two-");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Two_processes_share_the_shards_of_a_run_and_one_finishes_when_the_other_is_killed()
    {
        // This one registers, enqueues and looks; it takes no shards itself.
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres, ("Runs:Concurrency:encode", "0"), ("Runs:Concurrency:encode-part", "0"));
        var model = TinyModel.Save(folder.FullName);
        await ServingFixture.RegisterAsync(service, "tiny", model);
        await ImportAsync(service);
        using var one = Start(service);
        using var other = Start(service);
        await one.UntilAsync(() => Task.FromResult(Address(one) is not null), Token);
        await other.UntilAsync(() => Task.FromResult(Address(other) is not null), Token);

        await ShareAsync(service);
        var spec = new EncodeSpec("c", "tiny", ShardSize);
        var id = await service.Queue.EnqueueAsync(new(RunKinds.Encode, spec.Title, RunSpecs.ToJson(spec), RunSpecs.Version), Token);
        await one.UntilAsync(async () => (await WorkersAsync(service, id)).Count == 2, Token);
        other.Kill();
        var run = await service.Queue.WaitAsync(id, Token);
        Assert.True(run.State == RunState.Succeeded, $"{run.Error}\n{one.Output}");
        Assert.Equal(2, (await WorkersAsync(service, id)).Count);

        var output = run.ReadOutput<EncodeOutput>()!;
        Assert.Equal(Enumerable.Repeat(ShardSize, Documents / ShardSize), output.Shards.Select(shard => shard.Rows));
        var vectors = output.Shards.SelectMany(shard => File.ReadAllBytes(Path.Combine(service.Artifacts, shard.Path)).Chunk(sizeof(float)).Select(bytes => BitConverter.ToSingle(bytes))).ToArray();
        var ids = output.Shards.SelectMany(shard => File.ReadAllLines(Path.ChangeExtension(Path.Combine(service.Artifacts, shard.Path), ".ids")));
        Assert.Equal(Enumerable.Range(0, Documents).Select(i => $"d{i}"), ids);
        using var library = Models.ModelFolder.Open(model);
        OpenAi.EmbeddingsApiTests.AssertClose(Models.TextEncoderExtensions.Encode(library, [.. Enumerable.Range(0, Documents).Select(Text)], cancellationToken: Token), vectors);
    }

    [Fact]
    public async Task Vectors_that_a_killed_process_kept_are_found_by_the_next()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres, ("Serving:CacheBytes", "0"));
        await ServingFixture.RegisterAsync(service, "bert", TinyBert.Save(folder.FullName));
        var texts = Enumerable.Range(0, 50).Select(Text).ToArray();
        float[] first;
        using (var process = Start(service))
        {
            using var http = await ClientAsync(process);
            first = await EmbedAsync(http, texts);
            await process.UntilAsync(async () => LoadTests.Value(await http.GetStringAsync("/metrics", Token), "reasonir_encoder_cache_entries") == texts.Length, Token);
            process.Kill();
        }
        using var next = Start(service);
        using var again = await ClientAsync(next);
        await next.UntilAsync(async () => LoadTests.Value(await again.GetStringAsync("/metrics", Token), "reasonir_encoder_cache_entries") == texts.Length, Token);
        Assert.Equal(first, await EmbedAsync(again, texts));
        var metrics = await again.GetStringAsync("/metrics", Token);
        Assert.Equal((texts.Length, 0), (LoadTests.Value(metrics, "reasonir_encoder_cache_hits_total"), LoadTests.Value(metrics, "reasonir_encoder_texts_total{model=\"bert\"}")));
    }

    static ServiceProcess Start(ServiceUnderTest<Program> service) => ServiceProcess.Start("ReasonIR.Encoder", new Dictionary<string, string>
    {
        ["ConnectionStrings:reasonir"] = service.Connection,
        ["REASONIR_ARTIFACTS"] = service.Artifacts,
        ["Runs:Flush"] = "00:00:00.1",
        // Long enough for a process that hardly gets a core: a part may be lost three times, and only the killed process is to lose one.
        ["Runs:Lease"] = "00:00:15",
    });

    static async Task<HttpClient> ClientAsync(ServiceProcess process)
    {
        await process.UntilAsync(() => Task.FromResult(Address(process) is not null), Token);
        return new() { BaseAddress = Address(process) };
    }

    static Uri? Address(ServiceProcess process) => Regex.Match(process.Output, @"Now listening on: (http://127\.0\.0\.1:\d+)") is { Success: true } match ? new(match.Groups[1].Value) : null;

    static async Task<float[]> EmbedAsync(HttpClient http, string[] texts)
    {
        var (status, body, _) = await ServingFixture.PostAsync(http, "/v1/embeddings", new { model = "bert", input = texts });
        Assert.True(status == 200, body.ToString());
        return [.. OpenAi.EmbeddingsApiTests.Vectors(body).SelectMany(vector => vector)];
    }

    /// <summary>However slow one process begins: who has done a part takes the next one when another process has taken one, too.</summary>
    static async Task ShareAsync(ServiceUnderTest<Program> service)
    {
        await using var db = await service.OpenAsync();
        await db.Database.ExecuteSqlRawAsync("""
            create function share() returns trigger language plpgsql as $$
            begin
                if exists (select 1 from runs where kind = 'encode-part' and lease_owner = new.lease_owner)
                    and not exists (select 1 from runs where kind = 'encode-part' and lease_owner <> new.lease_owner) then
                    return null;
                end if;
                return new;
            end $$;
            create trigger share before update on runs for each row when (new.kind = 'encode-part' and old.state = 'queued' and new.state = 'running') execute function share();
            """, Token);
    }

    /// <summary>The processes that have finished a part of the run.</summary>
    static async Task<HashSet<string>> WorkersAsync(ServiceUnderTest<Program> service, long id)
    {
        await using var db = await service.OpenAsync();
        var failed = await db.Runs.Where(row => row.State == RunState.Failed).Select(row => row.Error).FirstOrDefaultAsync(Token);
        Assert.True(failed is null, failed);
        return [.. await db.Runs.Where(row => row.ParentRunId == id && row.State == RunState.Succeeded).Select(row => row.LeaseOwner!).ToListAsync(Token)];
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

    /// <summary>Different for every number, in words of both models.</summary>
    static string Text(int i) => string.Create(CultureInfo.InvariantCulture, $"{string.Concat(Enumerable.Repeat("moon ", 1 + i / 20))}{string.Concat(Enumerable.Repeat("sea ", i % 20))}salt");
}
