using ReasonIR.Contracts.Client;
using ReasonIR.Contracts.Embeddings;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Testing;

namespace ReasonIR.EndToEnd;

/// <summary>
/// One query through every stage that there is, over the running services: a rewrite, BM25 and an encoder, exclusions, fusion, reranking by the language model
/// and by a cross-encoder. Each stage's output is what the stage before it makes of it, computed here by hand.
/// </summary>
[Collection(nameof(ChatSystem))]
public sealed class PipelineChainTests(ChatSystem chat)
{
    const string Model = "chain-minilm", Reranker = "chain-reranker";
    const int Shown = 20, Graded = 8, Crossed = 5, Cut = 10, Tokens = 24;
    const double LexicalWeight = 0.3, DenseWeight = 0.7;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_stage_is_shown_timed_and_paid_for_and_gives_what_its_input_makes_of_it()
    {
        await chat.CommandAsync("register", Model, SharedData.Require("models/all-MiniLM-L6-v2"));
        await chat.CommandAsync("register", Reranker, SharedData.Require("golden/models/cross-encoder-bert"));
        await chat.DoAsync(new IndexSpec(ChatSystem.Corpus, "bm25"));
        await chat.DoAsync(new IndexSpec(ChatSystem.Corpus, "dense", Model));
        using var http = new HttpClient { BaseAddress = chat.System.Portal };
        var spending = new SpendingClient(http);
        var query = chat.Queries.Values.First();
        var rewrite = string.Join(' ', chat.AnswerTo(query).Split(' ').Take(Tokens));

        // The best document of each retriever that is no answer is left out: one by the pipeline, one by the query.
        var texts = await TextsAsync();
        bool Answers(string id) => texts[id].Contains(chat.AnswerTo(query), StringComparison.Ordinal);
        var unwanted = (await HitsAsync(rewrite, new("bm25", "bm25"), [])).First(hit => !Answers(hit.DocumentId)).DocumentId;
        var excluded = (await HitsAsync(query, new("dense", "dense", Model), [unwanted])).First(hit => !Answers(hit.DocumentId)).DocumentId;
        var lexical = await HitsAsync(rewrite, new("bm25", "bm25"), [unwanted, excluded]);
        var dense = await HitsAsync(query, new("dense", "dense", Model), [unwanted, excluded]);
        var stages = new PipelineSpec(
            [new("bm25", Depth: Shown, Weight: LexicalWeight), new("dense", Model: Model, Query: "original", Depth: Shown, Weight: DenseWeight)],
            Rewrite: new("llm", Llm: new(Tokens: Tokens, Temperature: 0)), Fusion: new("minmax"), Exclusions: new(Documents: [unwanted]),
            Rerank: [new("pointwise", Depth: Graded, Weight: 100, RetrievalWeight: 1, With: "bm25"), new("cross-encoder", Reranker, Crossed)], Cut: Cut);
        var (calls, paid) = (chat.Chat.Answered, (await spending.SpendingAsync("purpose", null, null, null, Token)).Total);
        var request = new SearchRequest(ChatSystem.Corpus, query, new("chain", "pipeline", Stages: stages), Cut, [excluded], Explain: true);
        var answer = await chat.System.Client.SearchAsync(request, Token);

        Assert.Equal(["rewrite", "bm25", $"dense-{Model}", "fusion", "rerank: pointwise", "rerank: cross-encoder"], answer.Stages.Select(stage => stage.Name));
        Assert.All(answer.Stages, stage => Assert.True(stage.Milliseconds > 0, $"{stage}"));
        Assert.Equal([rewrite], answer.Stages[0].Texts!);
        AssertRanking(lexical.Select(hit => (hit.DocumentId, hit.Score)), answer.Stages[1]);
        AssertRanking(dense.Select(hit => (hit.DocumentId, hit.Score)), answer.Stages[2]);
        var fused = Fused(lexical, LexicalWeight, dense, DenseWeight);
        AssertRanking(fused, answer.Stages[3]);
        var graded = ByGrade(fused, lexical, Answers);
        Assert.True(Answers(graded[0]), $"{graded[0]} does not answer: no grade brought it to the top");
        Assert.Equal(graded, answer.Stages[4].Documents!.Select(document => document.Id));
        var crossed = await CrossedAsync(query, graded, texts);
        Assert.Equal(crossed, answer.Stages[5].Documents!.Select(document => document.Id));
        Assert.NotEqual(graded, crossed);
        Assert.Equal(crossed.Take(Cut), answer.Hits.Select(hit => hit.DocumentId));
        Assert.DoesNotContain(answer.Hits, hit => hit.DocumentId == unwanted || hit.DocumentId == excluded);
        await AssertPaidAsync(answer, calls, paid, spending);

        // The same again: the same answer, and nothing is asked or paid for twice.
        var again = await chat.System.Client.SearchAsync(request, Token);
        Assert.Equal(answer.Hits.Select(hit => (hit.DocumentId, hit.Score)), again.Hits.Select(hit => (hit.DocumentId, hit.Score)));
        Assert.Equal((0, 1 + Graded), (again.Stages.Sum(stage => Note(stage, "calls")), again.Stages.Sum(stage => Note(stage, "cachedCalls"))));
        Assert.Equal(1 + Graded, chat.Chat.Answered - calls);
    }

    /// <summary>What the stages say that they took is what the server answered and what the ledger holds, by purpose.</summary>
    async Task AssertPaidAsync(SearchResponse answer, int calls, Contracts.Spending.SpendingRow paid, SpendingClient spending)
    {
        Assert.Equal((1, Graded), (Note(answer.Stages[0], "calls"), Note(answer.Stages[4], "calls")));
        Assert.Equal(1 + Graded, chat.Chat.Answered - calls);
        // The scripted server counts 100 tokens in and a token a word out for the rewrite, 100 in and 50 out for a grade.
        Assert.Equal((100 * ChatSystem.InputPrice + Tokens * ChatSystem.OutputPrice) / 1e6, Note(answer.Stages[0], "cost"), 9);
        Assert.Equal(Graded * (100 * ChatSystem.InputPrice + 50 * ChatSystem.OutputPrice) / 1e6, Note(answer.Stages[4], "cost"), 9);
        var now = (await spending.SpendingAsync("purpose", null, null, null, Token)).Total;
        Assert.Equal((1 + Graded, Math.Round(answer.Stages.Sum(stage => Note(stage, "cost")), 9)), (now.Calls - paid.Calls, Math.Round((double)(now.Cost - paid.Cost), 9)));
    }

    /// <summary>Each ranking's scores from 0 to 1, weighted and added up; equal ones by id.</summary>
    static IReadOnlyList<(string Id, double Score)> Fused(IReadOnlyList<SearchHit> first, double firstWeight, IReadOnlyList<SearchHit> second, double secondWeight)
    {
        var sums = new Dictionary<string, double>();
        foreach (var (hits, weight) in new[] { (first, firstWeight), (second, secondWeight) })
            foreach (var hit in hits)
                sums[hit.DocumentId] = sums.GetValueOrDefault(hit.DocumentId) + weight * (hit.Score - hits[^1].Score) / (hits[0].Score - hits[^1].Score);
        return [.. sums.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value))];
    }

    /// <summary>A hundred times the share of five points, and BM25's score: 0 where BM25 did not find the document.</summary>
    static IReadOnlyList<string> ByGrade(IReadOnlyList<(string Id, double Score)> fused, IReadOnlyList<SearchHit> lexical, Func<string, bool> answers)
    {
        var bm25 = lexical.ToDictionary(hit => hit.DocumentId, hit => hit.Score);
        double Score(string id) => (answers(id) ? 100 : 0) + bm25.GetValueOrDefault(id);
        return [.. fused.Take(Graded).Select(document => document.Id).OrderByDescending(Score).Concat(fused.Skip(Graded).Select(document => document.Id)).Take(Shown)];
    }

    /// <summary>The Encoder's own logits of the first, the others behind them.</summary>
    async Task<IReadOnlyList<string>> CrossedAsync(string query, IReadOnlyList<string> ranking, IReadOnlyDictionary<string, string> texts)
    {
        using var http = new HttpClient { BaseAddress = await chat.System.AddressAsync("encoder", Token) };
        var logits = await new RerankClient(http).ScoreAsync(Reranker, query, [.. ranking.Take(Crossed).Select(id => texts[id])], Token);
        return [.. ranking.Take(Crossed).Zip(logits).OrderByDescending(pair => pair.Second).Select(pair => pair.First), .. ranking.Skip(Crossed)];
    }

    static void AssertRanking(IEnumerable<(string Id, double Score)> expected, SearchStage stage)
    {
        var ranking = expected.Take(Shown).ToList();
        Assert.Equal(ranking.Select(document => document.Id), stage.Documents!.Select(document => document.Id));
        Assert.All(ranking.Zip(stage.Documents!), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-5));
    }

    /// <summary>What a reranker reads of each document: title and text.</summary>
    async Task<IReadOnlyDictionary<string, string>> TextsAsync() => (await chat.System.Client.DocumentsAsync(ChatSystem.Corpus, null, 0, 200, Token)).Items
        .ToDictionary(document => document.Id, document => document.Title.Length == 0 ? document.Text : $"{document.Title} {document.Text}");

    async Task<IReadOnlyList<SearchHit>> HitsAsync(string query, SystemSpec system, IReadOnlyList<string> exclude) =>
        (await chat.System.Client.SearchAsync(new(ChatSystem.Corpus, query, system, Shown, exclude), Token)).Hits;

    static double Note(SearchStage stage, string name) => stage.Notes?.GetValueOrDefault(name) ?? 0;
}
