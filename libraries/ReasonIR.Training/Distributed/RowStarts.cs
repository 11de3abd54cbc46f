using System.Globalization;
using static TorchSharp.torch;

namespace ReasonIR.Training.Distributed;

/// <summary>Where each process's rows stand among those of all.</summary>
static class RowStarts
{
    /// <param name="own">[own rows, ...]; only the number of rows may differ.</param>
    /// <returns>Where the rows of each process begin, and the number of all.</returns>
    /// <exception cref="WorkerLostException">A process has rows of another type or width: it is not at the same step of the same run.</exception>
    public static long[] Agree(IProcessGroup group, Tensor own)
    {
        var shapes = group.AllGather(string.Join(' ', own.shape.Prepend((long)own.dtype).Select(n => n.ToString(CultureInfo.InvariantCulture))))
            .Select(text => text.Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToList();
        var starts = new long[group.WorldSize + 1];
        for (var rank = 0; rank < group.WorldSize; rank++)
        {
            if (!shapes[rank].Where((_, i) => i != 1).SequenceEqual(shapes[group.Rank].Where((_, i) => i != 1)))
                throw new WorkerLostException($"Rank {rank} has rows of another type or width: [{string.Join(", ", shapes[rank])}] beside [{string.Join(", ", shapes[group.Rank])}].");
            starts[rank + 1] = starts[rank] + shapes[rank][1];
        }
        return starts;
    }
}
