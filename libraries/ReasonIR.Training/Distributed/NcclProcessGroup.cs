using ReasonIR.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Training.Distributed;

/// <summary>
/// A process group whose tensors stay on the GPUs, one a process, and travel by NCCL. What lies elsewhere and what is agreed on in words
/// goes through the ring, whose sockets also tell at once when a process has ended.
/// </summary>
sealed class NcclProcessGroup : IProcessGroup
{
    /// <summary>Bytes of wide copies summed at a time: bounds what gradients of reduced types take beside themselves.</summary>
    const long CopiedBytes = 256L << 20;

    /// <summary>For meeting: whoever fails at it tells the others on the ring, where they look when this is over.</summary>
    static readonly TimeSpan Meeting = TimeSpan.FromMinutes(2);

    readonly SocketProcessGroup ring;
    readonly NcclCommunicator gpus;
    readonly DeviceType takes;

    NcclProcessGroup(SocketProcessGroup ring, NcclCommunicator gpus, DeviceType takes, string version) =>
        (this.ring, this.gpus, this.takes, Transport) = (ring, gpus, takes, $"NCCL {version}, from GPU to GPU");

    public int Rank => ring.Rank;

    public int WorldSize => ring.WorldSize;

    public string Transport { get; }

    /// <summary>Makes the group of the ring's processes. Every process calls it; where one cannot take part, it fails in all.</summary>
    /// <param name="ring">The group owns it from then on; where it fails it stays the caller's.</param>
    /// <param name="number">The number of the process's own GPU.</param>
    /// <param name="takes">Where the tensors lie that NCCL is given; for tests without a GPU.</param>
    /// <exception cref="NcclException">NCCL does not work for a process; the message names it.</exception>
    /// <exception cref="WorkerLostException">A process is gone.</exception>
    public static NcclProcessGroup Join(SocketProcessGroup ring, NcclLibrary library, int number, DeviceType takes = DeviceType.CUDA)
    {
        var (id, problem) = ring.Rank == 0 ? Try(() => Convert.ToBase64String(library.NewId())) : ("", null);
        var first = ring.AllGather(problem is null ? id! : $"!{problem}")[0];
        if (first.StartsWith('!'))
            throw new NcclException($"rank 0: {first[1..]}");
        var meeting = ring.Patience / 2 < Meeting ? ring.Patience / 2 : Meeting;
        var (gpus, failed) = Try(() =>
        {
            var joined = NcclCommunicator.Join(library, Convert.FromBase64String(first), ring.Rank, ring.WorldSize, number, meeting, ring.Patience, ring.ThrowIfLost);
            TryOut(joined, ring, takes == DeviceType.CUDA ? device(takes, number) : CPU, meeting);
            return joined;
        });
        try
        {
            foreach (var (rank, said) in ring.AllGather(failed ?? "").Index())
                if (said.Length > 0)
                    throw new NcclException($"rank {rank}: {said}");
            return new(ring, gpus!, takes, library.Version);
        }
        catch
        {
            gpus?.Dispose();
            throw;
        }
    }

    /// <summary>A first sum: some versions connect the GPUs only then, and what cannot work should show before the training.</summary>
    static void TryOut(NcclCommunicator gpus, SocketProcessGroup ring, Device place, TimeSpan most)
    {
        using var scope = NewDisposeScope();
        var trial = full([2], ring.Rank + 1.0, float32, place);
        gpus.AllReduce([trial], most);
        var (found, expected) = (trial.cpu().data<float>().ToArray(), ring.WorldSize * (ring.WorldSize + 1) / 2f);
        if (found[0] == expected && found[1] == expected)
            return;
        gpus.Dispose();
        throw new NcclException(FormattableString.Invariant($"a sum of {expected} came out as {found[0]} and {found[1]}"));
    }

    static (T? Made, string? Problem) Try<T>(Func<T> make) where T : class
    {
        try
        {
            return (make(), null);
        }
        catch (NcclException error)
        {
            return (null, error.Message);
        }
    }

    public IReadOnlyList<string> AllGather(string text) => ring.AllGather(text);

    public (Tensor All, long First) AllGather(Tensor rows)
    {
        if (!Takes(rows))
            return ring.AllGather(rows);
        using var scope = NewDisposeScope();
        var own = rows.detach();
        var starts = RowStarts.Agree(this, own);
        var all = empty([starts[^1], .. own.shape[1..]], own.dtype, own.device);
        all.narrow(0, starts[Rank], own.shape[0]).copy_(own);
        Run(() => gpus.AllGather(all, starts, Rank));
        return (all.MoveToOuterDisposeScope(), starts[Rank]);
    }

    public void AllReduce(IReadOnlyList<Tensor> tensors)
    {
        var (here, elsewhere) = (tensors.Where(Takes).ToList(), tensors.Where(tensor => !Takes(tensor)).ToList());
        if (elsewhere.Count > 0)
            ring.AllReduce(elsewhere);
        // In place where the elements are wide enough and lie in a row; copies of the others, some at a time.
        var inPlace = here.Where(IsPlain).ToList();
        if (inPlace.Count > 0)
            Run(() => gpus.AllReduce(inPlace));
        var copied = new List<Tensor>();
        var bytes = 0L;
        foreach (var tensor in here.Where(tensor => !IsPlain(tensor)))
        {
            copied.Add(tensor);
            if ((bytes += 4 * tensor.numel()) < CopiedBytes)
                continue;
            Copied(copied);
            (copied, bytes) = ([], 0);
        }
        if (copied.Count > 0)
            Copied(copied);
    }

    /// <summary>Sums in f32 (f64 for f64) and rounds once, as the ring does.</summary>
    void Copied(List<Tensor> tensors)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var wide = tensors.ConvertAll(tensor => tensor.detach().to(tensor.dtype == float64 ? float64 : float32).contiguous());
        Run(() => gpus.AllReduce(wide));
        foreach (var (tensor, sum) in tensors.Zip(wide))
            tensor.detach().copy_(sum);
    }

    static bool IsPlain(Tensor tensor) => tensor.dtype is ScalarType.Float32 or ScalarType.Float64 && tensor.is_contiguous();

    bool Takes(Tensor tensor) => tensor.device.type == takes;

    void Run(Action operation)
    {
        try
        {
            operation();
        }
        catch (Exception error) when (error is NcclException or ObjectDisposedException)
        {
            throw new WorkerLostException($"Rank {Rank}: NCCL: {error.Message.TrimEnd('.')}.", error);
        }
    }

    public void Dispose()
    {
        gpus.Dispose();
        ring.Dispose();
    }
}
