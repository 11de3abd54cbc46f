using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Torch;

/// <summary>
/// Attention over packed sequences by libtorch's own kernels (flash and memory-efficient attention on a GPU), which want a rectangle: sequences
/// of nearly one length go together, padded to the longest of them.
/// </summary>
static class ScaledDotProduct
{
    /// <summary>Padding that is computed rather than a kernel started once more, as a share of the rectangle.</summary>
    const double MostPadding = 0.125;

    /// <summary>Scores that are capped are not among what it can do.</summary>
    public static bool Takes(Tensor q, AttentionOptions options) => TorchRuntime.HasScaledDotProduct && options.SoftCap == 0 && q.shape[0] > 0;

    /// <param name="q">[tokens, heads, width]</param>
    /// <param name="k">[tokens, kvHeads, width]</param>
    /// <param name="v">[tokens, kvHeads, width]</param>
    /// <param name="bounds">Where each sequence starts, and the number of tokens.</param>
    /// <returns>[tokens, heads * width]</returns>
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, long[] bounds, AttentionOptions options)
    {
        using var scope = NewDisposeScope();
        long heads = q.shape[1], width = q.shape[2], group = heads / k.shape[1];
        // The kernels divide by sqrt(width) themselves.
        var factor = options.Scale * Math.Sqrt(width);
        var scaled = Math.Abs(factor - 1) < 1e-12 ? q : q * factor;
        var (parts, places) = (new List<Tensor>(), new List<long>());
        foreach (var rectangle in Rectangles(bounds))
        {
            var longest = rectangle.Max(i => bounds[i + 1] - bounds[i]);
            var at = new long[rectangle.Count * longest];
            var real = new bool[at.Length];
            var kept = new List<long>();
            for (var row = 0; row < rectangle.Count; row++)
                for (long j = 0; j < longest; j++)
                {
                    var (start, end) = (bounds[rectangle[row]], bounds[rectangle[row] + 1]);
                    var cell = row * longest + j;
                    real[cell] = start + j < end;
                    // Padding repeats the sequence's first token; what comes out of it is dropped.
                    at[cell] = real[cell] ? start + j : start;
                    if (real[cell])
                    {
                        kept.Add(cell);
                        places.Add(start + j);
                    }
                }
            var index = tensor(at).to(q.device);
            // [sequences, heads, longest, width]
            Tensor Rectangle(Tensor x, long repeat)
            {
                var filled = x.index_select(0, index).view(rectangle.Count, longest, x.shape[1], width).transpose(1, 2);
                return repeat == 1 ? filled : filled.repeat_interleave(repeat, 1);
            }
            var padded = kept.Count < at.Length;
            var causal = !padded && options.Right == 0 && (options.Left is null || options.Left >= longest - 1);
            var mask = causal ? null : Seen(padded ? real : null, rectangle.Count, longest, options, q.device);
            var output = nn.functional.scaled_dot_product_attention(Rectangle(scaled, 1), Rectangle(k, group), Rectangle(v, group), mask, options.Dropout, causal)
                .transpose(1, 2).reshape(at.Length, heads * width);
            parts.Add(padded ? output.index_select(0, tensor(kept.ToArray()).to(q.device)) : output);
        }
        // Rectangles are by length: back into the tokens' order.
        var order = new long[places.Count];
        for (var i = 0; i < order.Length; i++)
            order[places[i]] = i;
        var all = parts.Count == 1 ? parts[0] : cat(parts, 0);
        return (IsSorted(order) ? all : all.index_select(0, tensor(order).to(q.device))).MoveToOuterDisposeScope();
    }

    /// <summary>bool [sequences or 1, 1, longest or 1, longest], true where a query sees a key; null where every one sees all.</summary>
    static Tensor? Seen(bool[]? real, int sequences, long longest, AttentionOptions options, Device device)
    {
        var window = Composed.Unseen(longest, options, device)?.logical_not();
        if (real is null)
            return window?.view(1, 1, longest, longest);
        var keys = tensor(real).to(device).view(sequences, 1, 1, longest);
        if (window is null)
            return keys;
        // A query of padding must see something: a softmax over nothing is no number, and its gradient neither.
        return window.view(1, 1, longest, longest).logical_and(keys).logical_or(keys.logical_not().transpose(2, 3));
    }

    /// <summary>Sequences that are not empty, by length, cut where padding would become too much.</summary>
    static List<List<int>> Rectangles(long[] bounds)
    {
        var found = new List<List<int>>();
        long tokens = 0;
        foreach (var sequence in Enumerable.Range(0, bounds.Length - 1).Where(i => bounds[i + 1] > bounds[i]).OrderBy(i => bounds[i + 1] - bounds[i]))
        {
            var length = bounds[sequence + 1] - bounds[sequence];
            var cells = found.Count == 0 ? 0 : (found[^1].Count + 1) * length;
            if (found.Count == 0 || cells - tokens - length > MostPadding * cells)
            {
                found.Add([]);
                tokens = 0;
            }
            found[^1].Add(sequence);
            tokens += length;
        }
        return found;
    }

    static bool IsSorted(long[] order)
    {
        for (var i = 1; i < order.Length; i++)
            if (order[i] < order[i - 1])
                return false;
        return true;
    }
}
