using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments;
using ReasonIR.Testing;

namespace ReasonIR.Search.Tests;

/// <summary>A cross-encoder's folder (sequence classification, random weights) reranks real passages with real judgments, through Search and Encoder.</summary>
public sealed class CrossEncoderTests(PostgresFixture postgres)
{
    const int Queries = 6, Passages = 20, Depth = 8;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Passages_of_TREC_DL_are_reranked_by_the_folder_s_logits()
    {
        var lists = JsonDocument.Parse(await File.ReadAllTextAsync(SharedData.Require("data/dl19-rerank/retrieve_results_bm25.json"), Token)).RootElement.EnumerateArray().Take(Queries).ToList();
        var passages = lists.SelectMany(list => list.GetProperty("hits").EnumerateArray().Take(Passages)).DistinctBy(hit => hit.GetProperty("docid").GetString())
            .ToDictionary(hit => hit.GetProperty("docid").GetString()!, hit => hit.GetProperty("content").GetString()!);
        var queries = lists.ToDictionary(list => list.GetProperty("hits")[0].GetProperty("qid").GetInt32().ToString(System.Globalization.CultureInfo.InvariantCulture), list => list.GetProperty("query").GetString()!);
        var judged = File.ReadLines(SharedData.Require("data/dl19-rerank/qrels.trec")).Select(line => line.Split(' ')).Where(row => queries.ContainsKey(row[0]) && passages.ContainsKey(row[2])).ToList();

        await using var system = await SearchBesideEncoder.StartAsync(postgres);
        await system.RegisterAsync("reranker", SharedData.Require("golden/models/cross-encoder-bert"));
        await system.Service.MakeAsync<ImportOutput>(new ImportSpec("dl19", system.Service.Upload(
            ("corpus.jsonl", Lines(passages.Select(row => new { _id = row.Key, text = row.Value }))), ("queries.jsonl", Lines(queries.Select(row => new { _id = row.Key, text = row.Value }))),
            ("qrels/test.tsv", string.Concat(judged.Select(row => $"{row[0]}\t{row[2]}\t{row[3]}\n"))))));
        await system.Service.MakeAsync<IndexOutput>(new IndexSpec("dl19", "bm25"));

        var stages = new PipelineSpec([new("bm25")], Rerank: [new("cross-encoder", "reranker", Depth)]);
        var (query, client) = (queries.Values.First(), new SearchClient(system.Service.Http));
        var plain = (await client.SearchAsync(new("dl19", query, new("bm25", "bm25"), 100), Token)).Hits.Select(hit => hit.DocumentId).ToList();
        var hits = (await client.SearchAsync(new("dl19", query, new("piped", "pipeline", Stages: stages), 100), Token)).Hits;
        var logits = await system.LogitsAsync("reranker", query, [.. plain.Take(Depth).Select(id => passages[id])]);
        Assert.Equal(plain.Take(Depth).Zip(logits).OrderByDescending(pair => pair.Second).Select(pair => pair.First), hits.Take(Depth).Select(hit => hit.DocumentId));
        Assert.Equal(plain.Skip(Depth), hits.Skip(Depth).Select(hit => hit.DocumentId));
        Assert.NotEqual(plain, hits.Select(hit => hit.DocumentId));

        var output = await system.Service.MakeAsync<EvaluateOutput>(new EvaluateSpec("dl19", [new("bm25", "bm25"), new("piped", "pipeline", Stages: stages)]));
        await using var db = await system.Service.OpenAsync();
        var results = await db.Results.AsNoTracking().Where(row => output.Results.Values.Contains(row.Id)).ToDictionaryAsync(row => row.System, Token);
        Assert.Equal(results["bm25"].Measures["recall_100"], results["piped"].Measures["recall_100"]);
        Assert.NotEqual(results["bm25"].Measures["ndcg_cut_10"], results["piped"].Measures["ndcg_cut_10"]);
        Assert.Equal(["reranker"], ExperimentsJson.Read<Provenance>(results["piped"].Provenance).Pipeline!.Models.Keys);
    }

    static string Lines<T>(IEnumerable<T> rows) => string.Concat(rows.Select(row => JsonSerializer.Serialize(row) + "\n"));
}
