using System.Globalization;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Prompts;
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
        var answer = await RerankAsync(request, new ModelAccount(model, budget, request.RunId), cancellation);
        return answer with { Use = purses.Use(budget, before, answer.Use.PromptHash) };
    }

    /// <summary>The same on an account that is open; what it took is the account's to say.</summary>
    internal static async Task<RerankAnswer> RerankAsync(RerankRequest request, ModelAccount account, CancellationToken cancellation)
    {
        var pointwise = request.Kind == "pointwise";
        var (scores, failures, refused) = pointwise ? await PointwiseAsync(request, account, cancellation) : await ListwiseAsync(request, account, cancellation);
        return new(scores, failures, refused, ModelUse.Nothing((pointwise ? PromptFiles.RerankPointwise : PromptFiles.RerankListwise).Hash));
    }

    static async Task<(double[] Scores, int Failures, int Refused)> PointwiseAsync(RerankRequest request, ModelAccount account, CancellationToken cancellation)
    {
        var scores = new double[request.Documents.Count];
        var (failures, refused) = (0, 0);
        await Parallel.ForEachAsync(Enumerable.Range(0, scores.Length), new ParallelOptions { MaxDegreeOfParallelism = account.AtOnce(scores.Length), CancellationToken = cancellation }, async (i, _) =>
        {
            var turns = PromptFiles.RerankPointwise.Render(new Dictionary<string, string>
            {
                ["task"] = RerankTasks.Of(request.Settings.Task),
                ["query"] = request.Query.Trim(),
                ["document"] = request.Settings.Read(request.Documents[i], request.Kind),
            });
            try
            {
                // Not the loop's token: where another text fails, this one's answer is paid for and kept.
                var answer = await AskAsync(request, turns, request.Settings.Tokens, PromptFiles.RerankPointwise, account, cancellation);
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
    static async Task<(double[] Scores, int Failures, int Refused)> ListwiseAsync(RerankRequest request, ModelAccount account, CancellationToken cancellation)
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
                    if (RerankAnswers.Order(QueryRewriter.Said(await AskWindowAsync(request, window, account, cancellation)), window.Length) is { } permutation)
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

    static Task<ChatAnswer> AskWindowAsync(RerankRequest request, int[] window, ModelAccount account, CancellationToken cancellation)
    {
        // "[12] > " takes about five tokens.
        const int TokensPerPlace = 6;
        var turns = PromptFiles.RerankListwise.Render(new Dictionary<string, string>
        {
            ["task"] = RerankTasks.Of(request.Settings.Task),
            ["query"] = request.Query.Trim(),
            ["count"] = window.Length.ToString(CultureInfo.InvariantCulture),
            ["passages"] = string.Join("\n\n", window.Select((document, place) => $"[{place + 1}] {request.Settings.Read(request.Documents[document], request.Kind)}")),
        });
        return AskAsync(request, turns, Math.Max(request.Settings.Tokens, TokensPerPlace * window.Length), PromptFiles.RerankListwise, account, cancellation);
    }

    static Task<ChatAnswer> AskAsync(RerankRequest request, IReadOnlyList<ChatTurn> turns, int tokens, Prompt prompt, ModelAccount account, CancellationToken cancellation) =>
        account.AskAsync(new ChatRequest(turns, tokens, Temperature: request.Settings.Temperature, Seed: request.Settings.Seed, TopP: request.Settings.TopP), prompt, cancellation);
}
