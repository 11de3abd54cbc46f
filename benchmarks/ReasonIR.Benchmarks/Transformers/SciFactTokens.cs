using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Quality;
using ReasonIR.Tokenizers;

namespace ReasonIR.Benchmarks.Transformers;

/// <summary>A collection's queries and documents as all-MiniLM-L6-v2's token ids, and made-up ids of the same or of full lengths.</summary>
static class SciFactTokens
{
    /// <summary>Steps of pairs; which document stands beside a query does not matter to the work.</summary>
    public static Pairs[] Pairs(BenchmarkContext context, int steps, int batch, int queryTokens, int passageTokens)
    {
        var (queries, documents) = Read(context, queryTokens, passageTokens);
        return [.. Enumerable.Range(0, steps).Select(step => new Pairs(Cycle(queries, step * batch, batch), Cycle(documents, step * batch, batch)))];
    }

    /// <summary>Pairs of random ids: the collection's lengths, or all as long as they may be.</summary>
    public static Pairs[] Random(BenchmarkContext context, int steps, int batch, int queryTokens, int passageTokens, int vocabulary, bool full)
    {
        var random = new Random(17);
        return [.. Pairs(context, steps, batch, queryTokens, passageTokens).Select(p => new Pairs(Filled(p.Queries, queryTokens), Filled(p.Passages, passageTokens)))];

        int[][] Filled(int[][] texts, int most) => [.. texts.Select(text => Enumerable.Range(0, full ? most : text.Length).Select(_ => random.Next(vocabulary)).ToArray())];
    }

    static (int[][] Queries, int[][] Documents) Read(BenchmarkContext context, int queryTokens, int passageTokens)
    {
        var tokenizer = Tokenizer.Load(Path.Combine(context.Require("models/all-MiniLM-L6-v2"), "tokenizer.json")).With(null);
        var collection = BeirCollection.Read(context.Input ?? context.Require("data/scifact"));
        return (Ids(collection.Queries.Values, queryTokens), Ids(collection.Documents.Values, passageTokens));

        int[][] Ids(IEnumerable<string> texts, int most) =>
            [.. texts.Take(1024).Select(text => tokenizer.EncodeIds(text) is var ids && ids.Length > most ? [.. ids[..(most - 1)], ids[^1]] : ids)];
    }

    static int[][] Cycle(int[][] texts, int start, int count) => [.. Enumerable.Range(start, count).Select(i => texts[i % texts.Length])];
}
