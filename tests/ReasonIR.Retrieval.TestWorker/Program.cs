using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.TestWorker;

// FOLDER FIRST: changes of a vector index.
if (args.Length == 2)
    await VectorChanges.RunAsync(args[0], int.Parse(args[1]));

// PATH: builds an index at a path in small segments, and would go on for ever: a test kills it in the middle.
using var builder = new Bm25Builder(Analyzers.ByName("simple"), args[0], memoryBytes: 64 << 10);
for (var i = 0; ; i++)
{
    builder.Add($"doc {i}", $"some text {i} {i % 100}");
    if (i == 10_000)
        Console.WriteLine("spilled");
}
