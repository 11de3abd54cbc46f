using System.Net;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Embeddings;
using ReasonIR.Contracts.Passages;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Encoder.Tests;

public sealed class EncoderTests(PostgresFixture postgres) : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-encoder-tests-");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_registered_model_answers_in_both_encodings()
    {
        await using var service = await StartWithModelAsync();
        using var floats = await service.Http.PostAsJsonAsync("/v1/embeddings", new { model = "tiny", input = "Moon" }, Token);
        using var answer = JsonDocument.Parse(await floats.Content.ReadAsStringAsync(Token));
        var data = answer.RootElement.GetProperty("data")[0];
        Assert.Equal("list", answer.RootElement.GetProperty("object").GetString());
        Assert.Equal("embedding", data.GetProperty("object").GetString());
        Assert.Equal([1f, 0f], data.GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle()));
        Assert.Equal(1, answer.RootElement.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());

        var vectors = await new EmbeddingsClient(service.Http).EncodeAsync("tiny", ["sea", "moon", "salt salt"], "query", Token);
        Assert.Equal([[0f, 1f], [1f, 0f]], vectors[..2]);
        Assert.Equal(MathF.Sqrt(0.5f), vectors[2][0], 1e-6f);

        using var models = JsonDocument.Parse(await service.Http.GetStringAsync("/v1/models", Token));
        Assert.Equal("tiny", models.RootElement.GetProperty("data")[0].GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("""{"model":"ghost","input":"x"}""", HttpStatusCode.NotFound, "ghost")]
    [InlineData("{}", HttpStatusCode.BadRequest, "model")]
    [InlineData("""{"model":"tiny"}""", HttpStatusCode.BadRequest, "input")]
    [InlineData("""{"model":"tiny","input":[]}""", HttpStatusCode.BadRequest, "input")]
    [InlineData("""{"model":"tiny","input":[1,99]}""", HttpStatusCode.BadRequest, "99")]
    [InlineData("""{"model":"tiny","input":"x","encoding_format":"hex"}""", HttpStatusCode.BadRequest, "encoding_format")]
    [InlineData("""{"model":"tiny","input":"x","dimensions":3}""", HttpStatusCode.BadRequest, "dimensions")]
    [InlineData("""{"model":"tiny","input":"x","prompt_name":"poem"}""", HttpStatusCode.BadRequest, "poem")]
    public async Task Errors_have_the_shape_that_clients_read(string body, HttpStatusCode status, string named)
    {
        await using var service = await StartWithModelAsync();
        using var response = await service.Http.PostAsync("/v1/embeddings", new StringContent(body, Encoding.UTF8, "application/json"), Token);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(status, response.StatusCode);
        Assert.Contains(named, json.RootElement.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_corpus_becomes_shards_and_a_resumed_run_keeps_those_that_are_there()
    {
        await using var service = await StartWithModelAsync();
        await ImportAsync(service, ["moon", "sea", "salt", "moon sea", "sea"]);
        var run = await service.RunAsync(new EncodeSpec("c", "tiny", ShardSize: 2));
        Assert.True(run.State == RunState.Succeeded, run.Error);
        var output = run.ReadOutput<EncodeOutput>()!;
        Assert.Equal([2, 2, 1], output.Shards.Select(shard => shard.Rows));
        Assert.Equal((5, 2), (output.Shards.Sum(shard => shard.Rows), output.Dimension));
        Assert.Equal(("", ""), (output.QueryPrompt, output.DocumentPrompt));
        var ids = output.Shards.SelectMany(shard => File.ReadAllLines(Path.ChangeExtension(Path.Combine(service.Artifacts, shard.Path), ".ids")));
        Assert.Equal(["d0", "d1", "d2", "d3", "d4"], ids);
        var first = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(service.Artifacts, output.Shards[0].Path))).ToArray();
        Assert.Equal([1f, 0f, 0f, 1f], first);

        // A part that failed after its first shard: whoever goes on must not write that one again.
        await using var db = await service.OpenAsync();
        var spec = new EncodePartSpec("c", output.CorpusHash, "tiny", output.ModelRevision, Path.GetDirectoryName(output.Shards[0].Path)!, 0,
            await service.Services.GetRequiredService<DocumentStore>().StartsAsync(await db.Corpora.Select(row => row.Id).SingleAsync(Token), 2, Token), 2);
        var written = File.GetLastWriteTimeUtc(Path.Combine(service.Artifacts, output.Shards[0].Path));
        await db.Database.ExecuteSqlAsync($"""
            insert into runs (kind, name, spec, spec_version, state, ended_at, checkpoint)
            values ('encode-part', 'half', {RunSpecs.ToJson(spec)}::jsonb, {RunSpecs.Version}, 'failed', now(), {ExperimentsJson.Write(new EncodePartOutput([output.Shards[0]]))}::jsonb)
            """, Token);
        var half = await db.Runs.MaxAsync(row => row.Id, Token);
        await service.Queue.ResumeAsync(half, Token);
        var resumed = await service.Queue.WaitAsync(half, Token);
        Assert.True(resumed.State == RunState.Succeeded, resumed.Error);
        Assert.Equal(output.Shards, resumed.ReadOutput<EncodePartOutput>()!.Shards);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(service.Artifacts, output.Shards[0].Path)));
    }

    [Fact]
    public async Task Passages_are_neighboring_rows_of_their_document()
    {
        await using var service = await StartWithModelAsync();
        var lengths = new[] { 40, 1, 400, 0, 16 };
        await ImportAsync(service, [.. lengths.Select(length => string.Concat(Enumerable.Range(0, length).Select(i => i % 3 == 0 ? "moon " : i < 16 ? "sea " : "salt ")))]);
        var output = await service.MakeAsync<EncodeOutput>(new EncodeSpec("c", "tiny", ShardSize: 2, Passages: "tokens:16:4"));
        // (length - overlap) / (16 - overlap), rounded up, and one at least.
        int[] parts = [3, 1, 33, 1, 1];
        Assert.Equal([4, 34, 1], output.Shards.Select(shard => shard.Rows));
        Assert.Equal(("tokens:16:4", 5L), (output.Passages, output.Encoded));
        var ids = output.Shards.SelectMany(shard => File.ReadAllLines(Path.ChangeExtension(Path.Combine(service.Artifacts, shard.Path), ".ids")));
        Assert.Equal(parts.SelectMany((count, document) => Enumerable.Repeat($"d{document}", count)), ids);
        var (vectors, rule) = (output.Shards.SelectMany(shard => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(service.Artifacts, shard.Path))).ToArray()).ToArray(), PassageRule.Parse("tokens:16:4")!);
        await using var db = await service.OpenAsync();
        var texts = (await db.Documents.OrderBy(row => row.Id).ToListAsync(Token)).SelectMany(row => rule.Cut(row.Text).Select(passage => passage.Text(row.Title, row.Text))).ToList();
        var expected = await new EmbeddingsClient(service.Http).EncodeAsync("tiny", texts, "document", Token);
        Assert.Equal(expected.SelectMany(vector => vector), vectors);
    }

    [Fact]
    public async Task A_run_whose_part_failed_is_resumed_with_the_parts_that_are_done()
    {
        await using var service = await StartWithModelAsync();
        await ImportAsync(service, ["moon", "sea", "salt", "moon sea", "sea"]);
        var run = await service.RunAsync(new EncodeSpec("c", "tiny", ShardSize: 2));
        await using var db = await service.OpenAsync();
        var parts = await db.Runs.Where(row => row.ParentRunId == run.Id).OrderBy(row => row.Id).Select(row => new { row.Id, row.Kind, row.Attempts }).ToListAsync(Token);
        Assert.Equal([RunKinds.EncodePart, RunKinds.EncodePart, RunKinds.EncodePart], parts.Select(part => part.Kind));
        await db.Database.ExecuteSqlAsync($"update runs set state = 'failed' where id in ({run.Id}, {parts[1].Id})", Token);
        await service.Queue.ResumeAsync(run.Id, Token);
        var resumed = await service.Queue.WaitAsync(run.Id, Token);
        Assert.Equal(run.ReadOutput<EncodeOutput>()!.Shards, resumed.ReadOutput<EncodeOutput>()!.Shards);
        Assert.Equal(parts.Select(part => part.Id), await db.Runs.Where(row => row.ParentRunId == run.Id).OrderBy(row => row.Id).Select(row => row.Id).ToListAsync(Token));
    }

    [Fact]
    public async Task An_empty_corpus_leaves_no_shards()
    {
        await using var service = await StartWithModelAsync();
        await ImportAsync(service, []);
        Assert.Empty((await service.MakeAsync<EncodeOutput>(new EncodeSpec("c", "tiny"))).Shards);
    }

    [Fact]
    public async Task A_folder_that_is_no_model_is_refused()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        var run = await service.RunAsync(new RegisterModelSpec("bad", service.Upload(("config.json", """{"model_type":"mamba"}"""))));
        Assert.Equal(RunState.Failed, run.State);
        Assert.Contains("mamba", run.Error);
    }

    [Fact]
    public async Task A_trained_models_name_is_not_taken_and_the_upload_stays()
    {
        await using var service = await StartWithModelAsync();
        await using var db = await service.OpenAsync();
        await db.Database.ExecuteSqlAsync($"update models set base_model = 'static'", Token);
        var upload = service.UploadFolder(TinyModel.Save(folder.CreateSubdirectory("second").FullName));
        var run = await service.RunAsync(new RegisterModelSpec("tiny", upload));
        Assert.Contains("trained here", run.Error);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(service.Artifacts, "uploads", upload)));
    }

    [Fact]
    public async Task A_run_that_died_after_it_had_moved_the_upload_ends()
    {
        await using var service = await StartWithModelAsync();
        await using var db = await service.OpenAsync();
        await db.Database.ExecuteSqlAsync($"delete from models", Token);
        await db.Database.ExecuteSqlAsync($"update runs set state = 'failed'", Token);
        await service.Queue.ResumeAsync(1, Token);
        var resumed = await service.Queue.WaitAsync(1, Token);
        Assert.True(resumed.State == RunState.Succeeded, resumed.Error);
        Assert.Single(await new EmbeddingsClient(service.Http).EncodeAsync("tiny", ["sea"], null, Token));
    }

    async Task<ServiceUnderTest<Program>> StartWithModelAsync()
    {
        var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        var run = await service.RunAsync(new RegisterModelSpec("tiny", service.UploadFolder(TinyModel.Save(folder.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName))));
        Assert.True(run.State == RunState.Succeeded, run.Error);
        return service;
    }

    static async Task ImportAsync(ServiceUnderTest<Program> service, IReadOnlyList<string> texts)
    {
        await using var db = await service.OpenAsync();
        var corpus = new Corpus { Name = "c" };
        db.Corpora.Add(corpus);
        await db.SaveChangesAsync(Token);
        await service.Services.GetRequiredService<DocumentStore>()
            .ImportAsync(corpus.Id, texts.Select((text, i) => new DocumentInput($"d{i}", "", text)).ToAsyncEnumerable(), cancellation: Token);
    }
}
