using System.Collections.Concurrent;
using ReasonIR.Synthesis.Engine;

namespace ReasonIR.Synthesis.Tests.Engine;

public sealed class ItemFlowTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Numbers from 0, some at a time.</summary>
    sealed class Numbers(int count)
    {
        int next;

        public int Taken => next;

        public Task<IReadOnlyList<int>> TakeAsync(int most, CancellationToken cancellation)
        {
            var some = Enumerable.Range(next, Math.Min(most, count - next)).ToList();
            next += some.Count;
            return Task.FromResult<IReadOnlyList<int>>(some);
        }
    }

    [Fact]
    public async Task A_slow_item_holds_nobody_up_and_each_is_kept_once()
    {
        var gate = new TaskCompletionSource();
        var kept = new ConcurrentQueue<string>();
        var flow = new ItemFlow<int, string>(4);
        var running = flow.RunAsync(new Numbers(100).TakeAsync, async (item, _) =>
        {
            if (item == 0)
                await gate.Task;
            return $"{item}";
        }, (ready, _) =>
        {
            foreach (var one in ready)
                kept.Enqueue(one);
            if (kept.Count == 99)
                gate.SetResult(); // all others are kept while the first is still worked on
            return Task.CompletedTask;
        }, () => false, Token);
        await running;
        Assert.Equal(Enumerable.Range(0, 100).Select(item => $"{item}").Order(), kept.Order());
        Assert.Equal("0", kept.Last());
    }

    [Fact]
    public async Task Never_more_are_in_flight_and_where_keeping_lags_taking_waits()
    {
        var numbers = new Numbers(1000);
        var gate = new TaskCompletionSource();
        var (now, most) = (0, 0);
        var flow = new ItemFlow<int, string>(5);
        var running = flow.RunAsync(numbers.TakeAsync, async (item, token) =>
        {
            var here = Interlocked.Increment(ref now);
            InterlockedMax(ref most, here);
            await Task.Yield();
            Interlocked.Decrement(ref now);
            return $"{item}";
        }, async (_, token) => await gate.Task.WaitAsync(token), () => false, Token);
        await Task.Delay(200, Token);
        // What is being kept, what waits to be kept, what is worked on, and what was taken ahead.
        Assert.InRange(numbers.Taken, 5, 64 + 10 + 5 + 2 * 2 + 1);
        gate.SetResult();
        await running;
        Assert.Equal(1000, numbers.Taken);
        Assert.InRange(most, 1, 5);

        static void InterlockedMax(ref int target, int value)
        {
            for (var seen = Volatile.Read(ref target); value > seen;)
                seen = Interlocked.CompareExchange(ref target, value, seen) is var before && before == seen ? value : before;
        }
    }

    [Fact]
    public async Task After_an_error_nothing_is_begun_and_what_was_in_flight_is_kept()
    {
        var numbers = new Numbers(1000);
        var (third, failing) = (new TaskCompletionSource(), new TaskCompletionSource());
        var kept = new ConcurrentBag<string>();
        var flow = new ItemFlow<int, string>(3);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => flow.RunAsync(numbers.TakeAsync, async (item, _) =>
        {
            if (item == 2)
                third.SetResult();
            if (item == 1)
            {
                await third.Task;
                failing.SetResult();
                throw new InvalidOperationException("broken");
            }
            await failing.Task;
            await Task.Delay(100, Token);
            return $"{item}";
        }, (ready, _) =>
        {
            foreach (var one in ready)
                kept.Add(one);
            return Task.CompletedTask;
        }, () => false, Token));
        Assert.Equal("broken", error.Message);
        Assert.Contains("0", kept);
        Assert.InRange(numbers.Taken, 3, 9);
    }

    [Fact]
    public async Task What_cannot_be_kept_ends_the_flow()
    {
        var flow = new ItemFlow<int, string>(3);
        await Assert.ThrowsAsync<IOException>(() => flow.RunAsync(new Numbers(1000).TakeAsync, (item, _) => Task.FromResult<string?>($"{item}"), (_, _) => throw new IOException("full"), () => false, Token));
    }

    [Fact]
    public async Task Told_to_stop_it_ends_with_what_was_begun()
    {
        var numbers = new Numbers(1000);
        var kept = 0;
        await new ItemFlow<int, string>(2).RunAsync(numbers.TakeAsync, (item, _) => Task.FromResult<string?>($"{item}"), (ready, _) =>
        {
            kept += ready.Count;
            return Task.CompletedTask;
        }, () => Volatile.Read(ref kept) >= 10, Token);
        Assert.InRange(kept, 10, 300);
    }
}
