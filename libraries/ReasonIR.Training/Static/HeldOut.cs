using System.Numerics.Tensors;

namespace ReasonIR.Training.Static;

/// <summary>A piece of a held-out document, and what is left of the document: the piece must find the rest.</summary>
sealed record HeldOutCase(string DocumentId, string Query, IReadOnlyList<string> Rest);

/// <summary>
/// The documents that give no training pairs and decide when to stop: up to four sentences of each must find the rest of their document
/// among all documents. The loss is the cross-entropy of that full ranking at the training temperature.
/// <para>
/// In the SVD start each of these sentences is a document of its own, apart from its rest. Otherwise the start would have seen them
/// together and would know which belongs to which: its held-out loss would be too low, training would seem to do harm from the first
/// step, and the comparison with BM25 would flatter the encoder. No word loses its row by that.
/// </para>
/// </summary>
sealed class HeldOut
{
    readonly TextBatch documents, queries = new(), rests = new();
    readonly List<int> targets = [];
    readonly StaticOptions options;

    HeldOut(TextBatch documents, StaticOptions options) => (this.documents, this.options) = (documents, options);

    public HashSet<string> DocumentIds { get; } = new(StringComparer.Ordinal);

    public List<HeldOutCase> Cases { get; } = [];

    /// <summary>The corpus as the SVD start reads it.</summary>
    public TextBatch Start { get; } = new();

    /// <summary>Number of sentences asked; 0 where no document can be held out, and then there is nothing to stop by.</summary>
    public int Queries => queries.Count;

    /// <param name="documents">The corpus.</param>
    /// <param name="rows">The same, as rows.</param>
    public static HeldOut Choose(IReadOnlyList<StaticDocument> documents, TextBatch rows, TextRows text, StaticOptions options)
    {
        var random = new Draws(options.Seed, int.MaxValue - 3);
        var count = Math.Min(options.MaxHeldOut, (int)Math.Ceiling(documents.Count * options.HeldOutShare));
        // Held-out documents must leave enough to train on.
        var chosen = random.Distinct(documents.Count < 4 ? 0 : Math.Min(count, documents.Count / 2), documents.Count).ToHashSet();
        var heldOut = new HeldOut(rows, options);
        for (var d = 0; d < documents.Count; d++)
            if (chosen.Contains(d))
                heldOut.Add(d, documents[d], text, ref random);
            else
                heldOut.AddToStart(rows[d]);
        return heldOut;
    }

    void Add(int index, StaticDocument document, TextRows text, ref Draws random)
    {
        DocumentIds.Add(document.Id);
        List<string> pieces = [.. document.Pieces];
        var asked = Pieces(document, pieces, ref random);
        foreach (var query in asked)
        {
            var found = new HeldOutCase(document.Id, pieces[query], [.. pieces.Where((_, i) => i != query)]);
            queries.Rows.AddRange(text.Rows(found.Query));
            text.Append(found.Rest, rests.Rows);
            if (queries.HasOpenRows && rests.HasOpenRows)
            {
                queries.End();
                rests.End();
                targets.Add(index);
                Cases.Add(found);
            }
            else
            {
                queries.Discard();
                rests.Discard();
            }
            AddToStart(text.Rows(pieces[query]));
        }
        var left = new List<int>();
        text.Append(pieces.Where((_, i) => !asked.Contains(i)), left);
        AddToStart(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(left));
    }

    /// <summary>Places of the pieces that ask. A document of one piece is cut into two random halves of its words first.</summary>
    int[] Pieces(StaticDocument document, List<string> pieces, ref Draws random)
    {
        var titles = pieces.Count - document.Sentences.Count;
        if (pieces.Count >= 2 && document.Sentences.Count > 0)
            return [.. random.Distinct(Math.Min(options.SentencesPerHeldOut, document.Sentences.Count), document.Sentences.Count).Select(i => titles + i)];
        if (pieces.Count == 0 || pieces[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is not { Length: > 1 } words)
            return [];
        var first = random.Distinct(words.Length / 2, words.Length).ToHashSet();
        pieces.Clear();
        pieces.Add(string.Join(' ', words.Where((_, i) => first.Contains(i))));
        pieces.Add(string.Join(' ', words.Where((_, i) => !first.Contains(i))));
        return [0];
    }

    void AddToStart(ReadOnlySpan<int> rows)
    {
        Start.Rows.AddRange(rows);
        if (Start.HasOpenRows)
            Start.End();
    }

    /// <summary>Mean cross-entropy, nats.</summary>
    public double Loss(StaticParameters parameters, CancellationToken cancellation)
    {
        const int block = 512;
        var (dimension, threads, factors) = (parameters.Dimension, options.Workers, parameters.Factors());
        var all = Vectors(documents);
        var (asked, rest) = (Vectors(queries), Vectors(rests));
        var losses = new double[queries.Count];
        var scores = new float[Math.Min(block, queries.Count) * documents.Count];
        for (var start = 0; start < queries.Count; start += block)
        {
            cancellation.ThrowIfCancellationRequested();
            var first = start;
            var count = Math.Min(block, queries.Count - start);
            MatrixProduct.Multiply(asked.AsSpan(start * dimension), all, scores, count, dimension, documents.Count, transposeB: true, threads);
            Partition.Run(count, threads, 4, (from, to) =>
            {
                for (var i = from; i < to; i++)
                {
                    var q = first + i;
                    var row = scores.AsSpan(i * documents.Count, documents.Count);
                    // Its own document takes part without the sentence that asks.
                    var own = row[targets[q]] = TensorPrimitives.Dot<float>(asked.AsSpan(q * dimension, dimension), rest.AsSpan(q * dimension, dimension));
                    losses[q] = LogSumExp(row, options.Temperature) - own / options.Temperature;
                }
            });
        }
        return losses.Average();

        float[] Vectors(TextBatch texts)
        {
            var vectors = new float[texts.Count * dimension];
            parameters.Encode(texts, factors, vectors, null, threads);
            return vectors;
        }
    }

    static double LogSumExp(Span<float> scores, float temperature)
    {
        var max = TensorPrimitives.Max<float>(scores);
        TensorPrimitives.Subtract(scores, max, scores);
        TensorPrimitives.Divide(scores, temperature, scores);
        TensorPrimitives.Exp<float>(scores, scores);
        return Math.Log(TensorPrimitives.Sum<float>(scores)) + max / temperature;
    }
}
