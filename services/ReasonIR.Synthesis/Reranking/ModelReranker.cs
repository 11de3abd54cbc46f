using System.Globalization;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Rewriting;

namespace ReasonIR.Synthesis.Reranking;

/// <summary>Reranks by a chat model: each text graded alone, or windows of texts put in order (Sun et al. 2023).</summary>
public sealed class ModelReranker(ChatModel model, Purses purses)
{
    const double NoGrade = -1, Missing = 0;

    public async Task<RerankAnswer> RerankAsync(RerankRequest request, CancellationToken cancellation)
    {
        var budget = await purses.OpenAsync(request.RunId, request.Settings.MaxCost, cancellation);
        var before = budget.Spent;
        var (scores, failures, refused) = request.Kind == "pointwise" ? await PointwiseAsync(request, budget, cancellation) : await ListwiseAsync(request, budget, cancellation);
        var prompt = request.Kind == "pointwise" ? PromptFiles.RerankPointwise : PromptFiles.RerankListwise;
        return new(scores, failures, refused, purses.Use(budget, before, prompt.Hash));
    }

    async Task<(double[] Scores, int Failures, int Refused)> PointwiseAsync(RerankRequest request, RunBudget budget, CancellationToken cancellation)
    {
        var scores = new double[request.Documents.Count];
        var (failures, refused) = (0, 0);
        await Parallel.ForEachAsync(Enumerable.Range(0, scores.Length), new ParallelOptions { MaxDegreeOfParallelism = model.Settings.Concurrency, CancellationToken = cancellation }, async (i, _) =>
        {
            var turns = PromptFiles.RerankPointwise.Render(new Dictionary<string, string>
            {
                ["task"] = RerankTasks.Of(request.Settings.Task),
                ["query"] = request.Query.Trim(),
                ["document"] = Cut(request.Documents[i], request.Settings.Characters ?? 8000),
            });
            try
            {
                // Not the loop's token: where another text fails, this one's answer is paid for and kept.
                var answer = await AskAsync(request, turns, request.Settings.Tokens, PromptFiles.RerankPointwise.Name, PromptFiles.RerankPointwise.Hash, budget, cancellation);
                var grade = RerankAnswers.Grade(QueryRewriter.Said(answer));
                if (grade is null)
                    Interlocked.Increment(ref failures);
                scores[i] = grade / 5 ?? NoGrade;
            }
            catch (ChatException e) when (e.Status is 400 or 413 or 422)
            {
                Interlocked.Increment(ref refused);
                scores[i] = Missing;
            }
        });
        return (scores, failures, refused);
    }

    /// <summary>From the last window to the first, so that what helps most can rise through all of them.</summary>
    async Task<(double[] Scores, int Failures, int Refused)> ListwiseAsync(RerankRequest request, RunBudget budget, CancellationToken cancellation)
    {
        var (settings, count) = (request.Settings, request.Documents.Count);
        var order = Enumerable.Range(0, count).ToArray();
        var (failures, refused) = (0, 0);
        for (var end = count; ; end -= settings.Stride)
        {
            var start = Math.Max(0, end - settings.Window);
            var window = order[start..end];
            if (window.Length > 1)
                try
                {
                    if (RerankAnswers.Order(QueryRewriter.Said(await AskWindowAsync(request, window, budget, cancellation)), window.Length) is { } permutation)
                        permutation.Select(place => window[place]).ToArray().CopyTo(order, start);
                    else
                        failures++;
                }
                catch (ChatException e) when (e.Status is 400 or 413 or 422)
                {
                    refused += window.Length;
                }
            if (start == 0)
                break;
        }
        var scores = new double[count];
        for (var rank = 0; rank < count; rank++)
            scores[order[rank]] = (count - rank - 1) / (double)count;
        return (scores, failures, refused);
    }

    Task<ChatAnswer> AskWindowAsync(RerankRequest request, int[] window, RunBudget budget, CancellationToken cancellation)
    {
        // "[12] > " takes about five tokens.
        const int TokensPerPlace = 6;
        var turns = PromptFiles.RerankListwise.Render(new Dictionary<string, string>
        {
            ["task"] = RerankTasks.Of(request.Settings.Task),
            ["query"] = request.Query.Trim(),
            ["count"] = window.Length.ToString(CultureInfo.InvariantCulture),
            ["passages"] = string.Join("\n\n", window.Select((document, place) => $"[{place + 1}] {Cut(request.Documents[document], request.Settings.Characters ?? 1500)}")),
        });
        return AskAsync(request, turns, Math.Max(request.Settings.Tokens, TokensPerPlace * window.Length), PromptFiles.RerankListwise.Name, PromptFiles.RerankListwise.Hash, budget, cancellation);
    }

    Task<ChatAnswer> AskAsync(RerankRequest request, IReadOnlyList<ChatTurn> turns, int tokens, string purpose, string promptHash, RunBudget budget, CancellationToken cancellation) => model.AskAsync(
        new ChatRequest(turns, tokens, Temperature: request.Settings.Temperature, Seed: request.Settings.Seed, TopP: request.Settings.TopP),
        new CallPurpose(request.RunId?.ToString(CultureInfo.InvariantCulture), purpose, promptHash), budget, cancellation);

    static string Cut(string text, int characters) => text.Length <= characters ? text : text[..characters];
}
