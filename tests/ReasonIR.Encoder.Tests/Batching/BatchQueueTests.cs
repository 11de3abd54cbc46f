using ReasonIR.Encoder.Batching;
using ReasonIR.Encoder.Metrics;
using ReasonIR.Models;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Encoder.Tests.Batching;

public sealed class BatchQueueTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-batches-");
    readonly EncoderMetrics metrics = new();
    readonly GatedEncoder encoder;
    readonly List<BatchQueue<TokenizedText>> queues = [];

    public BatchQueueTests() => encoder = new(ModelFolder.Open(TinyModel.Save(folder.FullName)));

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        encoder.Open(1_000_000); // a test that failed has batches standing before the gate
        queues.ForEach(queue => queue.Dispose());
        encoder.Dispose();
        metrics.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_single_text_passes_between_the_batches_of_a_large_job()
    {
        var queue = Queue(batchTokens: 8);
        var bulk = Job([.. Enumerable.Repeat(2, 1000)], isBulk: true);
        var bulkRun = queue.RunAsync(bulk, Token);
        await encoder.ArrivedAsync(Token);
        var single = Job([1]);
        var singleRun = queue.RunAsync(single, Token);
        encoder.Open(2);
        await singleRun;
        Assert.Contains(encoder.Batches[1], ids => ids[0] == 1);
        Assert.Equal([2f, 0f], single.Vectors);
        encoder.Open(1000);
        await bulkRun;
        Assert.All(bulk.Vectors.Chunk(2), vector => Assert.Equal([0f, 3f], vector));
    }

    [Fact]
    public async Task Requests_of_many_callers_share_a_batch_and_each_its_place()
    {
        var queue = Queue(batchTokens: 8);
        var first = queue.RunAsync(Job([3]), Token);
        await encoder.ArrivedAsync(Token);
        var large = Job([.. Enumerable.Repeat(2, 6)]);
        var jobs = new[] { large, Job([1]), Job([1, 1]), Job([3]) };
        var runs = jobs.Select(job => queue.RunAsync(job, Token)).ToList();
        encoder.Open(3);
        await Task.WhenAll([first, .. runs]);
        // A quarter of a batch each, in turn, then the large job's rest.
        Assert.Equal([1, 8, 2], encoder.Batches.Select(batch => batch.Length));
        Assert.Equal([1, 1, 1], encoder.Batches[1].Where(ids => ids[0] == 1).Select(ids => ids.Length));
        Assert.Equal([2f, 0f, 2f, 0f], jobs[2].Vectors);
    }

    [Fact]
    public async Task Long_texts_go_first_and_one_beyond_the_budget_goes_alone()
    {
        var queue = Queue(batchTokens: 6);
        var first = queue.RunAsync(Job([1]), Token);
        await encoder.ArrivedAsync(Token);
        var job = new Submitted(Work, [[1], [1, 1, 1, 1, 1, 1, 1, 1, 1], [2, 2], [2, 2, 2]]);
        var run = queue.RunAsync(job.Job, Token);
        encoder.Open(10);
        await Task.WhenAll(first, run);
        Assert.Equal([[1], [9], [3, 2, 1]], encoder.Batches.Select(batch => batch.Select(ids => ids.Length)));
        Assert.Equal([2f, 0f, 2f, 0f, 0f, 3f, 0f, 3f], job.Vectors);
    }

    [Fact]
    public async Task A_caller_that_goes_away_takes_its_waiting_texts_along()
    {
        var queue = Queue(batchTokens: 4);
        using var gone = new CancellationTokenSource();
        var run = queue.RunAsync(Job([.. Enumerable.Repeat(2, 100)]), gone.Token);
        await encoder.ArrivedAsync(Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal(0, queue.WaitingTexts);
        var next = queue.RunAsync(Job([1]), Token);
        encoder.Open(2);
        await next;
        Assert.Equal([4, 1], encoder.Batches.Select(batch => batch.Length));
    }

    [Fact]
    public async Task A_full_queue_refuses_and_says_when_to_come_again()
    {
        var queue = Queue(batchTokens: 4, waiting: 10);
        var first = queue.RunAsync(Job([1]), Token);
        await encoder.ArrivedAsync(Token);
        // Larger than the bound, but nothing waits.
        var second = queue.RunAsync(Job([.. Enumerable.Repeat(2, 20)]), Token);
        var full = await Assert.ThrowsAsync<OverloadedException>(() => queue.RunAsync(Job([1]), Token));
        Assert.InRange(full.RetryAfter.TotalSeconds, 1, 60);
        Assert.Contains("20", full.Message);
        Assert.Throws<OverloadedException>(queue.CheckRoom);
        var bulk = queue.RunAsync(Job([.. Enumerable.Repeat(3, 50)], isBulk: true), Token);
        encoder.Open(1000);
        await Task.WhenAll(first, second, bulk);
        queue.CheckRoom();
        await queue.RunAsync(Job([1]), Token);
    }

    [Fact]
    public async Task A_batch_that_fails_is_tried_caller_by_caller()
    {
        var queue = Queue(batchTokens: 8);
        encoder.Poison = 3;
        var first = queue.RunAsync(Job([1]), Token);
        await encoder.ArrivedAsync(Token);
        var (good, bad) = (Job([1]), Job([3, 3, 3, 3, 3, 3, 3]));
        var runs = (Good: queue.RunAsync(good, Token), Bad: queue.RunAsync(bad, Token));
        encoder.Open(100);
        await first;
        await runs.Good;
        Assert.Equal("poisoned", (await Assert.ThrowsAsync<InvalidOperationException>(() => runs.Bad)).Message);
        Assert.Equal([2f, 0f], good.Vectors);
        await queue.RunAsync(Job([2]), Token);
        Assert.Equal(0, queue.WaitingTexts);
    }

    [Fact]
    public async Task Whoever_waits_at_the_end_is_told()
    {
        var queue = Queue(batchTokens: 1);
        var running = queue.RunAsync(Job([1]), Token);
        await encoder.ArrivedAsync(Token);
        var waiting = queue.RunAsync(Job([1]), Token);
        encoder.Open(100);
        queue.Dispose();
        await running;
        await Task.WhenAny(waiting);
        Assert.True(waiting.IsCompleted);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => queue.RunAsync(Job([1]), Token));
    }

    BatchQueue<TokenizedText> Queue(int batchTokens, long waiting = 1000)
    {
        var queue = new BatchQueue<TokenizedText>(Work, new(batchTokens, waiting, TimeSpan.Zero), metrics);
        queues.Add(queue);
        return queue;
    }

    /// <summary>A text of one token for each id.</summary>
    Submitted Job(int[] ids, bool isBulk = false) => new(Work, [.. ids.Select(id => new[] { id })], isBulk);

    BatchWork<TokenizedText> Work => new("tiny", encoder.Dimension, text => text.Ids.Length, encoder.EncodeBatch);

    sealed class Submitted
    {
        public Submitted(BatchWork<TokenizedText> work, int[][] texts, bool isBulk = false)
        {
            Vectors = new float[texts.Length * 2];
            Job = new(work, [.. texts.Select(ids => new TokenizedText(ids, 0))], Vectors, isBulk);
        }

        public BatchJob<TokenizedText> Job { get; }

        public float[] Vectors { get; }

        public static implicit operator BatchJob<TokenizedText>(Submitted submitted) => submitted.Job;
    }
}
