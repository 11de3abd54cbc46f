using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ReasonIR.Language.Batches;
using ReasonIR.Language.Replay;
using ReasonIR.Language.Spending;

namespace ReasonIR.Language.Chat;

/// <summary>
/// A chat endpoint with memory and a purse: an answer that was paid for once is never asked for again, the same question asked twice at
/// a time is sent once, and a request that could pass the run's cap or the day's is not sent. The answer is stored before it is handed out.
/// </summary>
public sealed class ChatModel(ChatEndpoint endpoint, IAnswerCache cache, ILogger<ChatModel> log, TimeProvider? time = null, IPriceList? prices = null, DayBudget? day = null, BatchQueue? batches = null, AnswerTape? tape = null)
{
    /// <summary>Longer than requests take, all attempts counted in: only a process that died leaves a hold so long.</summary>
    static readonly TimeSpan HoldLifetime = TimeSpan.FromHours(1);

    /// <summary>A batch ends within a day.</summary>
    static readonly TimeSpan BatchHoldLifetime = TimeSpan.FromHours(25);

    readonly TimeProvider time = time ?? TimeProvider.System;
    readonly ConcurrentDictionary<string, Task> underWay = new();

    public ChatSettings Settings => endpoint.Settings;

    /// <summary>Looks after batches that an earlier process left at this endpoint.</summary>
    public Task ResumeBatchesAsync(CancellationToken cancellation) => batches?.ResumeAsync(cancellation) ?? Task.CompletedTask;

    /// <summary>Today's price of the model: the price table's, else the settings'; null where neither has one.</summary>
    public async Task<Price?> PriceAsync(CancellationToken cancellation) =>
        prices is not null && await prices.FindAsync(Settings.Model ?? "", DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), cancellation) is { } listed ? listed : Settings.Price;

    /// <exception cref="ChatException">The endpoint gave no answer.</exception>
    /// <exception cref="CostCapException">The request could pass the cap; it was not sent.</exception>
    public async Task<ChatAnswer> AskAsync(ChatRequest request, CallPurpose purpose, RunBudget budget, CancellationToken cancellation)
    {
        if (tape is { IsReplaying: true })
        {
            var replayed = new CachedAnswer(tape.Find(Settings, request, purpose), 0);
            budget.CountCached(replayed);
            return replayed.Answer;
        }
        var answer = await AnswerAsync(request, purpose, budget, cancellation);
        tape?.Record(Settings, request, purpose, answer);
        return answer;
    }

    async Task<ChatAnswer> AnswerAsync(ChatRequest request, CallPurpose purpose, RunBudget budget, CancellationToken cancellation)
    {
        var hash = RequestHash.Of(Settings, request);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Another's answer is in the cache when it ends; where it fails, this one asks itself.
        while (underWay.GetOrAdd(hash, done.Task) is var other && other != done.Task)
            await other.WaitAsync(cancellation);
        try
        {
            if (await cache.FindAsync(hash, cancellation) is { } known)
            {
                budget.CountCached(known);
                log.LogDebug("{Purpose} {Hash}: from the cache", purpose.Purpose, hash);
                return known.Answer;
            }
            return budget.Batch
                ? await BatchAsync(hash, request, purpose, budget, cancellation)
                : await PayAsync(hash, request, purpose, budget, cancellation);
        }
        finally
        {
            underWay.TryRemove(hash, out _);
            done.SetResult();
        }
    }

    /// <summary>One request, or a second one where the first takes too long.</summary>
    async Task<ChatAnswer> PayAsync(string hash, ChatRequest request, CallPurpose purpose, RunBudget budget, CancellationToken cancellation)
    {
        var first = SendAsync(hash, request, purpose, budget, cancellation);
        if (Settings.HedgeAfter is not { } patience)
            return await first;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(first, Task.Delay(patience, time, enough.Token));
        await enough.CancelAsync();
        if (first.IsCompleted || cancellation.IsCancellationRequested)
            return await first;
        var second = SendAsync(hash, request, purpose with { Purpose = purpose.Purpose + "-hedge" }, budget, cancellation);
        var winner = await Task.WhenAny(first, second);
        var loser = winner == first ? second : first;
        if (!winner.IsCompletedSuccessfully && (winner == second || !cancellation.IsCancellationRequested))
            // The second may not fit under the cap, and each may fail: then the other is the answer.
            return await loser;
        _ = loser.ContinueWith(late => late.Exception, TaskScheduler.Default);
        return await winner;
    }

    /// <summary>As a line of a batch: it is in the cache, and paid for, when its batch has ended.</summary>
    async Task<ChatAnswer> BatchAsync(string hash, ChatRequest request, CallPurpose purpose, RunBudget budget, CancellationToken cancellation)
    {
        if (batches is null)
            throw new InvalidOperationException("This process keeps no batches.");
        var estimate = ((await PriceAsync(cancellation))?.Most(request) ?? 0) * Settings.BatchPriceFactor;
        using var reservation = await budget.ReserveAsync(estimate, cancellation);
        await using var hold = day is null || reservation.Amount == 0 ? null : await day.ReserveAsync(reservation.Amount, BatchHoldLifetime, cancellation);
        await batches.WaitAsync(hash, request, purpose, cancellation);
        var paid = await cache.FindAsync(hash, cancellation) ?? throw new ChatException($"{Settings}: the answer of a batch is not in the cache.", 0);
        reservation.Settle(paid.Answer.Usage, paid.Cost);
        return paid.Answer;
    }

    async Task<ChatAnswer> SendAsync(string hash, ChatRequest request, CallPurpose purpose, RunBudget budget, CancellationToken cancellation)
    {
        var price = await PriceAsync(cancellation);
        using var reservation = await budget.ReserveAsync(price?.Most(request) ?? 0, cancellation);
        await using var hold = day is null || reservation.Amount == 0 ? null : await day.ReserveAsync(reservation.Amount, HoldLifetime, cancellation);
        var start = time.GetTimestamp();
        var answer = await endpoint.AskAsync(request, cancellation);
        var duration = time.GetElapsedTime(start);
        var cost = price?.Cost(answer.Usage) ?? 0;
        reservation.Settle(answer.Usage, cost);
        log.LogDebug("{Purpose} {Hash}: {Input} + {Output} tokens in {Seconds:0.0} s", purpose.Purpose, hash, answer.Usage.Input, answer.Usage.Output, duration.TotalSeconds);
        // Paid for: kept even where the run was told to stop meanwhile.
        return await cache.StoreAsync(new PaidCall(hash, Settings.Name, Settings.Model!, purpose, answer, cost, duration, time.GetUtcNow()), CancellationToken.None);
    }
}
