using static TorchSharp.torch;

namespace ReasonIR.Training.Scale;

/// <summary>
/// A loss over more representations than fit into memory with their graphs (Gao et al. 2021, GradCache): each chunk is encoded without a
/// graph, the loss of all gives each representation's gradient, then each chunk is encoded once more and its gradient carried on. The
/// gradients of the parameters are those of the whole at once, up to the order of summation.
/// </summary>
public static class GradCache
{
    /// <summary>Adds the loss's gradients to the parameters that the chunks were encoded with. A single chunk is encoded once.</summary>
    /// <param name="chunks">Each encodes its own texts, [texts, width]; called twice in the same way, dropout included.</param>
    /// <param name="gradientOf">From all representations [all texts, width], without a graph, to the loss's gradient with respect to them.</param>
    /// <param name="afterChunk">Called after each chunk's gradients were added.</param>
    public static void Backward(IReadOnlyList<Func<Tensor>> chunks, Func<Tensor, Tensor> gradientOf, Action<int>? afterChunk = null)
    {
        using var scope = NewDisposeScope();
        if (chunks is [var only])
        {
            var vectors = only();
            Carry(vectors, gradientOf(vectors.detach()));
            afterChunk?.Invoke(0);
            return;
        }
        var cached = new List<Tensor>(chunks.Count);
        using (no_grad())
            foreach (var chunk in chunks)
                cached.Add(chunk());
        var gradient = gradientOf(cat(cached));
        long row = 0;
        for (var i = 0; i < chunks.Count; i++)
        {
            using var inner = NewDisposeScope();
            var vectors = chunks[i]();
            var count = vectors.shape[0];
            if (count != cached[i].shape[0])
                throw new InvalidOperationException($"Chunk {i} gave {cached[i].shape[0]} rows at first and {count} the second time.");
            Carry(vectors, gradient.narrow(0, row, count));
            row += count;
            afterChunk?.Invoke(i);
        }
    }

    /// <summary>Bounds of chunks over texts of the given lengths, in order; one text alone may exceed the tokens.</summary>
    /// <param name="texts">At most so many a chunk; null: any number.</param>
    /// <param name="tokens">At most so many a chunk; null: any number.</param>
    public static List<Range> Cut(IReadOnlyList<int> lengths, int? texts, int? tokens)
    {
        var chunks = new List<Range>();
        for (var start = 0; start < lengths.Count;)
        {
            var (end, total) = (start, 0L);
            while (end < lengths.Count && (end == start || ((texts is null || end - start < texts) && (tokens is null || total + lengths[end] <= tokens))))
                total += lengths[end++];
            chunks.Add(start..end);
            start = end;
        }
        return chunks;
    }

    static void Carry(Tensor vectors, Tensor gradient)
    {
        if (vectors.requires_grad)
            vectors.backward([gradient.dtype == vectors.dtype ? gradient : gradient.to(vectors.dtype)]);
    }
}
