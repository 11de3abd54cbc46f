using static TorchSharp.torch;

namespace ReasonIR.Models.Transformers;

/// <summary>How a sequence's hidden states become one vector.</summary>
public enum PoolingMode { Mean, Cls, Max, LastToken, WeightedMean, MeanSqrtLength }

/// <summary>Pooling over packed sequences, with the names of sentence-transformers' modes.</summary>
public static class SequencePooling
{
    /// <exception cref="NotSupportedException">There is no mode of the name.</exception>
    public static PoolingMode Parse(string mode) => mode switch
    {
        "mean" => PoolingMode.Mean,
        "cls" => PoolingMode.Cls,
        "max" => PoolingMode.Max,
        "lasttoken" => PoolingMode.LastToken,
        "weightedmean" => PoolingMode.WeightedMean,
        "mean_sqrt_len_tokens" => PoolingMode.MeanSqrtLength,
        _ => throw new NotSupportedException($"Pooling '{mode}' is not supported; mean, cls, max, lasttoken, weightedmean and mean_sqrt_len_tokens are."),
    };

    /// <summary>sentence-transformers' name of a mode.</summary>
    public static string Name(PoolingMode mode) => mode switch
    {
        PoolingMode.Mean => "mean",
        PoolingMode.Cls => "cls",
        PoolingMode.Max => "max",
        PoolingMode.LastToken => "lasttoken",
        PoolingMode.WeightedMean => "weightedmean",
        _ => "mean_sqrt_len_tokens",
    };

    /// <param name="modes">Their vectors stand one after the other.</param>
    /// <returns>[sequences, modes * hidden], not normalized</returns>
    /// <inheritdoc cref="Pool(Tensor, PackedBatch, PoolingMode, IReadOnlyList{int}?)"/>
    public static Tensor Pool(Tensor hidden, PackedBatch batch, IReadOnlyList<PoolingMode> modes, IReadOnlyList<int>? skip = null)
    {
        if (modes is [var only])
            return Pool(hidden, batch, only, skip);
        using var scope = NewDisposeScope();
        return cat([.. modes.Select(mode => Pool(hidden, batch, mode, skip))], 1).MoveToOuterDisposeScope();
    }

    /// <param name="hidden">[tokens, hidden]</param>
    /// <param name="batch">The sequences.</param>
    /// <param name="mode">All but <see cref="PoolingMode.Max"/> are one product with a [sequences, tokens] matrix.</param>
    /// <param name="skip">Leading tokens of each sequence that do not count (a prompt's); null: none. At least one token must remain.</param>
    /// <returns>[sequences, hidden], not normalized</returns>
    public static Tensor Pool(Tensor hidden, PackedBatch batch, PoolingMode mode, IReadOnlyList<int>? skip = null)
    {
        using var scope = NewDisposeScope();
        if (mode == PoolingMode.Max)
        {
            var rows = new Tensor[batch.Count];
            for (var i = 0; i < rows.Length; i++)
            {
                var (first, count) = Span(batch, i, skip);
                rows[i] = hidden.narrow(0, first, count).max(0).values;
            }
            return stack(rows).MoveToOuterDisposeScope();
        }
        var weights = new float[batch.Count * batch.Tokens];
        for (var i = 0; i < batch.Count; i++)
        {
            var (first, count) = Span(batch, i, skip);
            var row = weights.AsSpan((int)(i * batch.Tokens + first), count);
            switch (mode)
            {
                case PoolingMode.Mean: row.Fill(1f / count); break;
                case PoolingMode.MeanSqrtLength: row.Fill(1f / MathF.Sqrt(count)); break;
                case PoolingMode.Cls: row[0] = 1; break;
                case PoolingMode.LastToken: row[^1] = 1; break;
                case PoolingMode.WeightedMean:
                    // A token weighs as much as its place in the whole sequence, what is skipped included.
                    var before = batch.Length(i) - count;
                    var sum = (before + 1.0 + batch.Length(i)) * count / 2;
                    for (var j = 0; j < count; j++)
                        row[j] = (float)((before + j + 1) / sum);
                    break;
            }
        }
        return tensor(weights, [batch.Count, batch.Tokens]).to(hidden.device).matmul(hidden).MoveToOuterDisposeScope();
    }

    static (long First, int Count) Span(PackedBatch batch, int sequence, IReadOnlyList<int>? skip)
    {
        var skipped = skip?[sequence] ?? 0;
        var count = batch.Length(sequence) - skipped;
        return count > 0
            ? (batch.Bounds[sequence] + skipped, count)
            : throw new ArgumentException($"Sequence {sequence} has {batch.Length(sequence)} tokens, of which {skipped} belong to the prompt: none is left to pool.");
    }
}
