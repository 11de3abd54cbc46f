using System.Diagnostics;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Tokenizers;

namespace ReasonIR.Benchmarks.Text;

/// <summary>Texts to token ids: byte-level BPE, WordPiece, Unigram; one thread, two, and a text without spaces.</summary>
sealed class TokenizeBenchmark : IBenchmark
{
    const double GoalMegabytes = 12;

    /// <summary>The peer does 4.1 to 5.0 MB/s on a quiet machine of two cores: this ratio is the goal in megabytes.</summary>
    const double GoalRatio = 2.4;

    const double GoalTwoThreads = 1.8;

    /// <summary>CPU seconds of a round of one thread against two, at least.</summary>
    const double LongRound = 0.5;

    /// <summary>For 4 times the text a linear pass takes 4 times as long, a quadratic one 16 times; a heap and memory beyond the caches lie a little above 4.</summary>
    const double GoalGrowth = 8;

    static readonly (string Name, string File)[] Tokenizers =
    [
        ("llama-3", "golden/tokenizers/llama-3/tokenizer.json"),
        ("qwen2", "golden/tokenizers/qwen2/tokenizer.json"),
        ("gpt2", "golden/tokenizers/gpt2/tokenizer.json"),
        ("WordPiece", "models/all-MiniLM-L6-v2/tokenizer.json"),
        ("Unigram", "golden/tokenizers/unigram-xlmr-bge/tokenizer.json"),
    ];

    public string Name => "tokenize";

    public string Description => "texts to ids by CPU time, one thread and two, and a text without spaces, against Hugging Face's library (--input FOLDER)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var collection = await TextCollection.ReadAsync(context, cancellationToken);
        var texts = collection.Documents.Select(document => document.Text).ToArray();
        var megabytes = collection.Bytes / 1e6;
        // No tokenizer is faster than reading every character once.
        var reading = CpuTime.BestOf(3, () => GC.KeepAlive(texts.Sum(text => text.AsSpan().Count(' '))), cancellationToken);
        foreach (var (name, file) in Tokenizers)
        {
            var path = context.Require(file);
            var tokenizer = Tokenizer.Load(path).With(null);
            var workload = $"{name}, {collection.Name}";
            var tokens = Encode(tokenizer, texts);
            await using (var peer = await PeerProcess.TokenizersAsync(new { tokenizer = path, threads = 1, texts }, cancellationToken))
            {
                var rounds = await Duel.RunAsync(() => Encode(tokenizer, texts), peer, cancellationToken);
                var ours = megabytes / rounds.Ours.CpuSeconds;
                yield return new(Name, $"{workload}, {tokens} tokens", "by CPU time, 1 thread", "MB/CPU s", ours, GoalMegabytes, Limit: megabytes / reading);
                if (rounds.Peer is { } theirs)
                    yield return new(Name, workload, "against the peer", "MB/CPU s", ours, GoalRatio, PeerName: $"{peer!.Name}, 1 thread", Peer: megabytes / theirs.CpuSeconds);
            }
            foreach (var row in Threads(workload, tokenizer, texts, cancellationToken))
                yield return row;
            await foreach (var row in OneWordAsync(name, path, tokenizer, texts, cancellationToken))
                yield return row;
        }
    }

    /// <summary>Two threads sharing the tokenizer, against one, round about: the same texts drawn in the same way, so often that a round is far longer than a thread's start.</summary>
    IEnumerable<BenchmarkResult> Threads(string workload, Tokenizer tokenizer, string[] texts, CancellationToken cancellation)
    {
        var (one, two) = (new Round(double.MaxValue, double.MaxValue), new Round(double.MaxValue, double.MaxValue));
        var passes = (int)Math.Ceiling(LongRound / Better(one, () => EncodeBy(1, tokenizer, texts, 1)).CpuSeconds);
        for (var round = 0; round < 5; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            one = Better(one, () => EncodeBy(1, tokenizer, texts, passes));
            two = Better(two, () => EncodeBy(2, tokenizer, texts, passes));
        }
        yield return new(Name, workload, "2 threads, clock", "x of 1 thread", one.Seconds / two.Seconds, GoalTwoThreads, Limit: 2);
        // What the threads cost each other, whatever else the machine does meanwhile.
        yield return new(Name, workload, "2 threads, CPU time", "x of 1 thread", 2 * one.CpuSeconds / two.CpuSeconds, GoalTwoThreads, Limit: 2);
    }

    /// <summary>The collection's letters without anything between them: one word for the patterns of byte-level BPE.</summary>
    async IAsyncEnumerable<BenchmarkResult> OneWordAsync(string name, string path, Tokenizer tokenizer, string[] texts, [EnumeratorCancellation] CancellationToken cancellation)
    {
        const int length = 1_000_000;
        var letters = string.Concat(texts.SelectMany(text => text.Where(char.IsAsciiLetter)).Take(length));
        string[] whole = [letters], quarter = [letters[..(letters.Length / 4)]];
        var small = new Round(double.MaxValue, double.MaxValue);
        for (var round = 0; round < 5; round++)
            small = Better(small, () => Encode(tokenizer, quarter));
        await using var peer = await PeerProcess.TokenizersAsync(new { tokenizer = path, threads = 1, texts = whole }, cancellation);
        var rounds = await Duel.RunAsync(() => Encode(tokenizer, whole), peer, cancellation);
        var workload = $"{name}, {letters.Length} letters without a space";
        yield return new(Name, workload, "by CPU time, 1 thread", "MB/CPU s", letters.Length / rounds.Ours.CpuSeconds / 1e6,
            PeerName: peer is null ? null : $"{peer.Name}, 1 thread", Peer: letters.Length / rounds.Peer?.CpuSeconds / 1e6);
        yield return new(Name, workload, "time against a quarter's", "x", rounds.Ours.CpuSeconds / small.CpuSeconds, GoalGrowth, HigherIsBetter: false, Limit: 4);
    }

    /// <summary>One thread or two draw the next texts from one row, so that neither waits for the other's half.</summary>
    static void EncodeBy(int threads, Tokenizer tokenizer, string[] texts, int passes)
    {
        const int drawn = 32;
        var (next, chunks) = (-1, (texts.Length + drawn - 1) / drawn);
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(_ => new Thread(Draw))];
        foreach (var other in others)
            other.Start();
        Draw();
        foreach (var other in others)
            other.Join();

        void Draw()
        {
            var ids = new List<int>();
            for (int chunk; (chunk = Interlocked.Increment(ref next)) < chunks * passes;)
                Encode(tokenizer, texts.AsSpan(chunk % chunks * drawn, Math.Min(drawn, texts.Length - chunk % chunks * drawn)), ids);
        }
    }

    static long Encode(Tokenizer tokenizer, ReadOnlySpan<string> texts) => Encode(tokenizer, texts, []);

    /// <param name="ids">Reused for each text.</param>
    static long Encode(Tokenizer tokenizer, ReadOnlySpan<string> texts, List<int> ids)
    {
        var tokens = 0L;
        foreach (var text in texts)
        {
            ids.Clear();
            tokenizer.AppendIds(text, ids);
            tokens += ids.Count;
        }
        return tokens;
    }

    static Round Better(Round best, Action work)
    {
        var (clock, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        work();
        return new(Math.Min(best.Seconds, clock.Elapsed.TotalSeconds), Math.Min(best.CpuSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds));
    }
}
