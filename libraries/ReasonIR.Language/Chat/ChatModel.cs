using Microsoft.Extensions.Logging;
using ReasonIR.Language.Spending;

namespace ReasonIR.Language.Chat;

/// <summary>
/// A chat endpoint with memory and a purse: an answer that was paid for once is never asked for again, and a request that could pass
/// the run's cap is not sent. The answer is stored before it is handed out.
/// </summary>
public sealed class ChatModel(ChatEndpoint endpoint, IAnswerCache cache, ILogger<ChatModel> log, TimeProvider? time = null)
{
    readonly TimeProvider time = time ?? TimeProvider.System;

    public ChatSettings Settings => endpoint.Settings;

    /// <exception cref="ChatException">The endpoint gave no answer.</exception>
    /// <exception cref="CostCapException">The request could pass the cap; it was not sent.</exception>
    public async Task<ChatAnswer> AskAsync(ChatRequest request, CallPurpose purpose, RunBudget budget, CancellationToken cancellation)
    {
        var hash = RequestHash.Of(Settings, request);
        if (await cache.FindAsync(hash, cancellation) is { } known)
        {
            budget.CountCached();
            log.LogDebug("{Purpose} {Hash}: from the cache", purpose.Purpose, hash);
            return known.Answer;
        }
        using var reservation = await budget.ReserveAsync(request, cancellation);
        var start = time.GetTimestamp();
        var answer = await endpoint.AskAsync(request, cancellation);
        var duration = time.GetElapsedTime(start);
        var cost = Settings.Cost(answer.Usage.Input, answer.Usage.Output);
        reservation.Settle(answer.Usage, cost);
        // Paid for: kept even where the run was told to stop meanwhile.
        await cache.StoreAsync(new PaidCall(hash, Settings.Model!, purpose, answer, cost, duration, time.GetUtcNow()), CancellationToken.None);
        log.LogDebug("{Purpose} {Hash}: {Input} + {Output} tokens in {Seconds:0.0} s", purpose.Purpose, hash, answer.Usage.Input, answer.Usage.Output, duration.TotalSeconds);
        return answer;
    }
}
