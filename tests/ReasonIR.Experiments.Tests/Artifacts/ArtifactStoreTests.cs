using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Artifacts;

public sealed class ArtifactStoreTests(PostgresFixture postgres)
{
    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_is_there_complete_or_not_at_all()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var store = system.Services.GetRequiredService<ArtifactStore>();
        var full = store.Resolve("a/b.bin");
        await using (var dropped = store.OpenWrite("a/b.bin"))
            await dropped.Stream.WriteAsync(new byte[10], cancellation);
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(full)!));

        foreach (var content in new[] { "first"u8.ToArray(), RandomNumberGenerator.GetBytes(300_000) }) // the second replaces the first
        {
            await using var writer = store.OpenWrite("a/b.bin");
            writer.Stream.Write(content, 0, 3);
            await writer.Stream.WriteAsync(content.AsMemory(3), cancellation);
            var artifact = await writer.CommitAsync("test", cancellation: cancellation);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), artifact.Sha256);
            Assert.Equal(content.Length, artifact.Bytes);
            Assert.Equal(content, await File.ReadAllBytesAsync(full, cancellation));
            Assert.True(await store.VerifyAsync(artifact, cancellation));
        }
        Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(full)!));
        Assert.Equal(1, await system.ScalarAsync<long>("select count(*) from artifacts"));
        await using var db = system.Db();
        var row = await db.Artifacts.SingleAsync(cancellation);
        await File.AppendAllTextAsync(full, "x", cancellation);
        Assert.False(await store.VerifyAsync(row, cancellation));
        await store.DeleteAsync("a/b.bin", cancellation);
        Assert.False(File.Exists(full) || await store.VerifyAsync(row, cancellation) || await db.Artifacts.AnyAsync(cancellation));
    }

    [Fact]
    public async Task Folders_are_artifacts_and_replace_each_other()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var store = system.Services.GetRequiredService<ArtifactStore>();
        async Task<Artifact> CommitAsync(params (string Path, string Text)[] files)
        {
            var folder = store.CreateFolder("models/m");
            foreach (var (path, text) in files)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
                await File.WriteAllTextAsync(Path.Combine(folder, path), text, cancellation);
            }
            return await store.CommitFolderAsync(folder, "models/m", "model", cancellation: cancellation);
        }
        var first = await CommitAsync(("config.json", "{}"), ("1_Pooling/config.json", "{\"a\":1}"));
        Assert.Equal(9, first.Bytes);
        Assert.True(await store.VerifyAsync(first, cancellation));
        var second = await CommitAsync(("config.json", "{}"));
        Assert.NotEqual(first.Sha256, second.Sha256);
        Assert.Equal(first.Id, second.Id);
        Assert.Equal(["config.json"], Directory.GetFileSystemEntries(store.Resolve("models/m")).Select(Path.GetFileName));
        Assert.Equal(["m"], Directory.GetFileSystemEntries(store.Resolve("models")).Select(Path.GetFileName));
        Assert.Equal(first.Sha256, (await CommitAsync(("1_Pooling/config.json", "{\"a\":1}"), ("config.json", "{}"))).Sha256);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData("a\\..\\b")]
    [InlineData("a\0b")]
    [InlineData("link/x")]
    [InlineData("link")]
    public async Task Paths_that_leave_the_store_are_refused(string path)
    {
        await using var system = await TestSystem.CreateAsync(postgres, migrate: false);
        var store = system.Services.GetRequiredService<ArtifactStore>();
        Directory.CreateSymbolicLink(Path.Combine(store.Root, "link"), "/tmp");
        Assert.Throws<ArgumentException>(() => store.Resolve(path));
    }

    [Fact]
    public async Task Models_come_from_the_store_or_a_configured_root()
    {
        await using var system = await TestSystem.CreateAsync(postgres, migrate: false);
        var roots = (await system.StartAsync(null, new() { ["REASONIR_MODEL_ROOTS"] = "/srv/models:/opt/hub/" })).Services.GetRequiredService<ModelRoots>();
        Assert.Equal("/srv/models/minilm", roots.Resolve("/srv/models/minilm/"));
        Assert.Equal("/opt/hub/a/b", roots.Resolve("/opt/hub/a/b"));
        Assert.EndsWith("/artifacts/models/m", roots.Resolve("models/m"));
        foreach (var path in new[] { "/srv/modelsx/a", "/srv/models/../secret", "/etc", "../up" })
            Assert.Throws<ArgumentException>(() => roots.Resolve(path));
    }

    [Fact]
    public async Task A_run_that_lost_its_lease_publishes_nothing()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var store = system.Services.GetRequiredService<ArtifactStore>();
        var tried = new TaskCompletionSource<Exception?>();
        await system.StartAsync(async (run, token) =>
        {
            await using var good = store.OpenWrite("good");
            await good.CommitAsync("test", run, token);
            await system.ExecuteAsync("update runs set fence = fence + 1");
            await using var late = store.OpenWrite("late");
            tried.SetResult(await Record.ExceptionAsync(() => late.CommitAsync("test", run, token)));
        });
        var id = await system.EnqueueAsync();
        Assert.IsType<LeaseLostException>(await tried.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellation));
        Assert.True(File.Exists(store.Resolve("good")));
        Assert.Equal(id, await system.ScalarAsync<long>("select run_id from artifacts"));
        Assert.False(File.Exists(store.Resolve("late")));
    }

    [Fact]
    public async Task A_sweep_removes_leftovers_and_nothing_else()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var store = system.Services.GetRequiredService<ArtifactStore>();
        var (old, recent) = (DateTime.UtcNow.AddDays(-2), DateTime.UtcNow);
        void Put(string path, DateTime at)
        {
            var full = Path.Combine(store.Root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, "x");
            File.SetLastWriteTimeUtc(full, at);
        }
        Put("a.bin", old);
        Put("b.bin.1.tmp", old);
        Put("c.bin.1.tmp", recent);
        Put("d.1.tmp/x", old);
        Directory.SetLastWriteTimeUtc(Path.Combine(store.Root, "d.1.tmp"), old);
        Put("e.1.tmp/x", recent);
        Directory.SetLastWriteTimeUtc(Path.Combine(store.Root, "e.1.tmp"), old);
        foreach (var (state, ended) in new[] { ("succeeded", "now()"), ("failed", "now()"), ("failed", "now() - interval '8 d'") })
            await system.ExecuteAsync($"update runs set state = '{state}', ended_at = {ended}, checkpoint = '1' where id = {await system.EnqueueAsync()}");
        await system.EnqueueAsync();
        for (var id = 1; id <= 4; id++)
            Put($"runs/{id}/work/state", recent);
        Put("runs/1/run.trec", recent);
        foreach (var (upload, at) in new[] { ("uploads/1", old.AddDays(-7)), ("uploads/2", recent) })
        {
            Put($"{upload}/corpus.jsonl", at);
            Directory.SetLastWriteTimeUtc(Path.Combine(store.Root, upload), old.AddDays(-7));
        }

        var swept = await system.Services.GetRequiredService<ArtifactSweep>().RunAsync(cancellation);

        Assert.Equal(new SweepResult(2, 2, 1), swept);
        Assert.Equal(
            ["a.bin", "c.bin.1.tmp", "e.1.tmp/x", "runs/1/run.trec", "runs/2/work/state", "runs/4/work/state", "uploads/2/corpus.jsonl"],
            Directory.GetFiles(store.Root, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(store.Root, f)).Order(StringComparer.Ordinal));
        Assert.Equal(2, await system.ScalarAsync<long>("select id from runs where checkpoint is not null"));
    }

    [Fact]
    public async Task Two_who_record_one_path_at_a_time_take_turns()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var store = system.Services.GetRequiredService<ArtifactStore>();
        var (moving, goOn) = (new TaskCompletionSource(), new ManualResetEventSlim());
        var moves = new List<string>();
        var first = Task.Run(() => store.RecordAsync("a", "test", "1", 1, () =>
        {
            moving.SetResult();
            goOn.Wait(cancellation);
            moves.Add("first");
        }, null, cancellation), cancellation);
        await moving.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellation);
        var second = Task.Run(() => store.RecordAsync("a", "test", "2", 2, () => moves.Add("second"), null, cancellation), cancellation);
        await system.UntilBlockedAsync();
        goOn.Set();
        Assert.Equal((await first).Id, (await second).Id);
        Assert.Equal(["first", "second"], moves);
        Assert.Equal("2", await system.ScalarAsync<string>("select sha256 from artifacts"));
    }

    [Fact]
    public async Task A_run_that_is_resumed_while_its_work_folder_is_swept_keeps_what_it_writes_then()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var store = system.Services.GetRequiredService<ArtifactStore>();
        var id = await system.EnqueueAsync();
        await system.ExecuteAsync("update runs set state = 'failed', ended_at = now() - interval '30 days', checkpoint = '1'");
        var file = Path.Combine(Directory.CreateDirectory(store.WorkFolder(id)).FullName, "state");
        var asked = 0;
        var contexts = new Interrupted(system.Services.GetRequiredService<IDbContextFactory<ExperimentsDb>>(), async () =>
        {
            if (++asked != 2)
                return;
            await system.Queue.ResumeAsync(id, cancellation);
            await File.WriteAllTextAsync(file, "new", cancellation);
        });
        var sweep = new ArtifactSweep(store, contexts, Options.Create(new ArtifactOptions()));
        Assert.Equal(0, (await sweep.RunAsync(cancellation)).WorkFolders);
        Assert.Equal("new", await File.ReadAllTextAsync(file, cancellation));
    }
}
