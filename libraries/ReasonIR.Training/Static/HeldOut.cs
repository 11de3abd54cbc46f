using System.Numerics.Tensors;

namespace ReasonIR.Training.Static;

/// <summary>
/// The documents that give no training pairs and decide when to stop: up to four sentences of each must find the rest of their document
/// among all documents. The loss is the cross-entropy of that full ranking at the training temperature.
/// </summary>
sealed class HeldOut
{
    readonly TextBatch documents, queries = new(), rests = new();
    readonly List<int> targets = [];
    readonly StaticOptions options;

    HeldOut(TextBatch documents, StaticOptions options, IReadOnlySet<string> ids) => (this.documents, this.options, DocumentIds) = (documents, options, ids);

    public IReadOnlySet<string> DocumentIds { get; }

    /// <summary>Number of sentences asked; 0 where no document can be held out, and then there is nothing to stop by.</summary>
    public int Queries => queries.Count;

    /// <param name="documents">The corpus.</param>
    /// <param name="rows">The same, as rows.</param>
    public static HeldOut Choose(IReadOnlyList<StaticDocument> documents, TextBatch rows, TextRows text, StaticOptions options)
    {
        var random = new Draws(options.Seed, int.MaxValue - 3);
        var count = Math.Min(options.MaxHeldOut, (int)Math.Ceiling(documents.Count * options.HeldOutShare));
        // Held-out documents must leave enough to train on.
        var chosen = random.Distinct(documents.Count < 4 ? 0 : Math.Min(count, documents.Count / 2), documents.Count);
        var heldOut = new HeldOut(rows, options, chosen.Select(d => documents[d].Id).ToHashSet(StringComparer.Ordinal));
        foreach (var d in chosen)
            heldOut.Add(d, documents[d], text, ref random);
        return heldOut;
    }

    void Add(int index, StaticDocument document, TextRows text, ref Draws random)
    {
        var sentences = document.Sentences;
        if (sentences.Count == 0 || document.Pieces.Count() < 2)
        {
            AddHalves(index, ref random);
            return;
        }
        foreach (var chosen in random.Distinct(Math.Min(options.SentencesPerHeldOut, sentences.Count), sentences.Count))
        {
            queries.Rows.AddRange(text.Rows(sentences[chosen]));
            if (!string.IsNullOrWhiteSpace(document.Title))
                rests.Rows.AddRange(text.Rows(document.Title));
            for (var i = 0; i < sentences.Count; i++)
                if (i != chosen)
                    rests.Rows.AddRange(text.Rows(sentences[i]));
            End(index);
        }
    }

    /// <summary>A document of one sentence: every other word, in random order, must find the others.</summary>
    void AddHalves(int index, ref Draws random)
    {
        var rows = documents[index];
        foreach (var (place, at) in random.Distinct(rows.Length, rows.Length).Index())
            (place % 2 == 0 ? rests : queries).Rows.Add(rows[at]);
        End(index);
    }

    void End(int target)
    {
        if (queries.HasOpenRows && rests.HasOpenRows)
        {
            queries.End();
            rests.End();
            targets.Add(target);
            return;
        }
        queries.Discard();
        rests.Discard();
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
