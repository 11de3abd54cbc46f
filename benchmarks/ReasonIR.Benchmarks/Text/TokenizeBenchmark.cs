using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Tokenizers;

namespace ReasonIR.Benchmarks.Text;

/// <summary>Texts to token ids with a real model's tokenizer.json, one thread.</summary>
sealed class TokenizeBenchmark : IBenchmark
{
    const double Goal = 12;

    public string Name => "tokenize";

    public string Description => "texts to WordPiece ids of all-MiniLM-L6-v2, MB of UTF-8 a second of CPU time, one thread (--input FOLDER)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var texts = await TextCollection.ReadAsync(context, cancellationToken);
        var tokenizer = Tokenizer.Load(context.Require("models/all-MiniLM-L6-v2/tokenizer.json"));
        var ids = new List<int>();
        long tokens = 0;
        var seconds = CpuTime.BestOf(5, () =>
        {
            tokens = 0;
            foreach (var (_, text) in texts.Documents)
            {
                ids.Clear();
                tokenizer.AppendIds(text, ids);
                tokens += ids.Count;
            }
        }, cancellationToken);
        // No tokenizer is faster than reading every character once.
        var reading = CpuTime.BestOf(3, () => GC.KeepAlive(texts.Documents.Sum(document => document.Text.AsSpan().Count(' '))), cancellationToken);
        yield return new(Name, $"{texts.Name}, {tokens} tokens", "tokenize", "MB/s", texts.Bytes / seconds / 1e6, Goal, Limit: texts.Bytes / reading / 1e6);
    }
}
