using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace ReasonIR.Training.Distributed;

/// <summary>
/// A process group over TCP: a ring in which each process writes to the next and reads from the one before. An all-reduce moves
/// 2 (n - 1) / n of the data through each connection (Patarasuk and Yuan 2009); sums are made in one order and then passed on, so that
/// every process has the same bits. Tensors on a device pass through memory of the host.
/// </summary>
public sealed class SocketProcessGroup : IProcessGroup
{
    const int Gather = 16, Reduce = 17, Texts = 18, MostText = 1 << 20;

    /// <summary>Elements reduced at a time: bounds the buffers, not the tensors.</summary>
    const int BucketElements = 4 << 20;

    readonly Wire next, previous;
    long number;

    SocketProcessGroup(SocketGroupOptions options, Wire next, Wire previous) =>
        (Rank, WorldSize, Patience, this.next, this.previous) = (options.Rank, options.WorldSize, options.Wait, next, previous);

    public int Rank { get; }

    public int WorldSize { get; }

    public string Transport { get; private set; } = "a ring over sockets";

    /// <summary>The same group, which says why tensors travel through it.</summary>
    internal SocketProcessGroup Because(string why)
    {
        Transport = $"a ring over sockets: {why}";
        return this;
    }

    /// <summary>How long another process may keep this one waiting.</summary>
    internal TimeSpan Patience { get; }

    /// <summary>Meets the other processes; with a world of one there is nobody to meet.</summary>
    /// <exception cref="WorkerLostException">Not all came in time.</exception>
    public static IProcessGroup Open(SocketGroupOptions options, CancellationToken cancellationToken = default)
    {
        options.Validate();
        if (options.WorldSize == 1)
            return SingleProcess.Instance;
        var (next, previous) = Rendezvous.MeetAsync(options, cancellationToken).GetAwaiter().GetResult();
        return new SocketProcessGroup(options, next, previous);
    }

    public IReadOnlyList<string> AllGather(string text)
    {
        var all = new byte[WorldSize][];
        all[Rank] = Encoding.UTF8.GetBytes(text);
        if (all[Rank].Length > MostText)
            throw new ArgumentException($"A text of {all[Rank].Length} bytes; at most {MostText} can be gathered.", nameof(text));
        for (var step = 0; step < WorldSize - 1; step++)
        {
            var (from, at) = (Place(-step - 1), number++);
            Both(next.SendAsync(Texts, at, all[Place(-step)], default), Receive());

            async Task Receive() => all[from] = await previous.ReceiveAsync(Texts, at, MostText, default);
        }
        return [.. all.Select(Encoding.UTF8.GetString)];
    }

    public (Tensor All, long First) AllGather(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var own = rows.detach().contiguous().cpu();
        var starts = RowStarts.Agree(this, own);
        var all = empty([starts[^1], .. own.shape[1..]], own.dtype);
        using (var mine = all.narrow(0, starts[Rank], own.shape[0]))
            mine.copy_(own);
        var row = starts[^1] == 0 ? 0 : all.bytes.Length / starts[^1];
        var buffer = new byte[starts.Zip(starts.Skip(1), (a, b) => b - a).Max() * row];
        for (var step = 0; step < WorldSize - 1; step++)
        {
            var (to, from, at) = (Place(-step), Place(-step - 1), number++);
            var sent = all.bytes.Slice((int)(starts[to] * row), (int)((starts[to + 1] - starts[to]) * row)).ToArray();
            var received = buffer.AsMemory(0, (int)((starts[from + 1] - starts[from]) * row));
            Both(next.SendAsync(Gather, at, sent, default), previous.ReceiveAsync(Gather, at, received, default));
            received.Span.CopyTo(all.bytes[(int)(starts[from] * row)..]);
        }
        return (all.to(rows.device).MoveToOuterDisposeScope(), starts[Rank]);
    }

    public void AllReduce(IReadOnlyList<Tensor> tensors)
    {
        if (tensors.Any(t => t.dtype == ScalarType.Float64))
            Sum<double>(tensors, float64);
        else
            Sum<float>(tensors, float32);
    }

    /// <summary>The tensors end to end, in buckets, in a wide type.</summary>
    void Sum<T>(IReadOnlyList<Tensor> tensors, ScalarType type) where T : unmanaged, INumber<T>
    {
        var total = tensors.Sum(t => t.numel());
        var bucket = new T[(int)Math.Min(total, BucketElements)];
        var parts = new List<(Tensor Tensor, long From, int At, int Count)>();
        var filled = 0;
        foreach (var tensor in tensors)
            for (long from = 0, left; (left = tensor.numel() - from) > 0;)
            {
                var count = (int)Math.Min(left, bucket.Length - filled);
                parts.Add((tensor, from, filled, count));
                (from, filled) = (from + count, filled + count);
                if (filled == bucket.Length)
                    Flush();
            }
        if (filled > 0)
            Flush();

        void Flush()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            foreach (var (tensor, from, at, count) in parts)
                MemoryMarshal.Cast<byte, T>(tensor.detach().reshape(-1).narrow(0, from, count).to(type).contiguous().cpu().bytes).CopyTo(bucket.AsSpan(at));
            Ring(bucket.AsMemory(0, filled));
            foreach (var (tensor, from, at, count) in parts)
            {
                var values = empty([count], type);
                MemoryMarshal.AsBytes(bucket.AsSpan(at, count)).CopyTo(values.bytes);
                var flat = tensor.detach().view(-1).narrow(0, from, count);
                flat.copy_(values);
            }
            parts.Clear();
            filled = 0;
        }
    }

    /// <summary>Reduce-scatter, then all-gather: after the first half each process has the sum of one chunk.</summary>
    void Ring<T>(Memory<T> values) where T : unmanaged, INumber<T>
    {
        var bounds = Enumerable.Range(0, WorldSize + 1).Select(i => (int)((long)values.Length * i / WorldSize)).ToArray();
        var size = Marshal.SizeOf<T>();
        var received = new byte[bounds.Zip(bounds.Skip(1), (a, b) => b - a).Max() * size];
        for (var step = 0; step < 2 * (WorldSize - 1); step++)
        {
            var reducing = step < WorldSize - 1;
            var (to, from) = reducing ? (Place(-step), Place(-step - 1)) : (Place(1 - (step - WorldSize + 1)), Place(-(step - WorldSize + 1)));
            var sent = MemoryMarshal.AsBytes(Chunk(to)).ToArray();
            var into = received.AsMemory(0, (bounds[from + 1] - bounds[from]) * size);
            var at = number++;
            Both(next.SendAsync(Reduce, at, sent, default), previous.ReceiveAsync(Reduce, at, into, default));
            var arrived = MemoryMarshal.Cast<byte, T>(into.Span);
            if (reducing)
                TensorPrimitives.Add<T>(Chunk(from), arrived, Chunk(from));
            else
                arrived.CopyTo(Chunk(from));
        }

        Span<T> Chunk(int rank) => values.Span[bounds[rank]..bounds[rank + 1]];
    }

    int Place(int offset) => (Rank + offset % WorldSize + WorldSize) % WorldSize;

    /// <summary>Sends and receives at once: were all to send first, full buffers would hold up everybody.</summary>
    static void Both(Task sending, Task receiving)
    {
        // The first failure counts; the other side then ends by its own timeout or with the connection.
        var first = Task.WhenAny(sending, receiving).GetAwaiter().GetResult();
        first.GetAwaiter().GetResult();
        Task.WhenAll(sending, receiving).GetAwaiter().GetResult();
    }

    /// <summary>Throws where a neighbor is known to be gone: for whoever waits for the processes elsewhere.</summary>
    internal void ThrowIfLost()
    {
        foreach (var wire in new[] { previous, next })
            if (wire.IsClosed)
                throw new WorkerLostException($"{wire.Peer} closed the connection.");
    }

    public void Dispose()
    {
        next.Dispose();
        previous.Dispose();
    }
}
