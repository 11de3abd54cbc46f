using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using ReasonIR.Torch.Binding;
using static TorchSharp.torch;

namespace ReasonIR.Torch;

/// <summary>
/// One process's part in a group of GPUs. Every process calls the same operations in the same order, with tensors of the same types and
/// sizes; each operation returns when this process's GPU has done it. The communicator is one that does not block: NCCL asks for that where it
/// is to be given up safely when another process is lost (its user guide, "Fault Tolerance"), so each call is waited for here.
/// </summary>
public sealed unsafe class NcclCommunicator : IDisposable
{
    /// <summary>Waiting is at first spent spinning: most operations take less than a thread's sleep.</summary>
    const int Spins = 2000;

    /// <summary>A process may leave as soon as it has done its part: what it has sent still comes.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    readonly NcclLibrary library;
    readonly int device;
    readonly TimeSpan timeout;
    readonly Action check;
    nint handle;

    NcclCommunicator(NcclLibrary library, int device, TimeSpan timeout, Action check) => (this.library, this.device, this.timeout, this.check) = (library, device, timeout, check);

    /// <summary>Meets the other processes.</summary>
    /// <param name="id">Of <see cref="NcclLibrary.NewId"/>, the same everywhere.</param>
    /// <param name="device">The process's GPU; no two have the same.</param>
    /// <param name="timeout">For meeting.</param>
    /// <param name="patience">For each operation.</param>
    /// <param name="check">Called now and then while others are waited for: throws where one is known to be gone.</param>
    /// <exception cref="NcclException">It failed, or the others did not come.</exception>
    public static NcclCommunicator Join(NcclLibrary library, ReadOnlySpan<byte> id, int rank, int worldSize, int device, TimeSpan timeout, TimeSpan patience, Action check)
    {
        var group = new NcclCommunicator(library, device, patience, check);
        try
        {
            library.Cuda.Use(device);
            var config = new NcclConfig();
            nint joined = 0;
            var result = library.Api.CommInitRankConfig(&joined, worldSize, NcclUniqueId.Of(id), rank, &config);
            group.handle = joined;
            group.Settle(result, "meeting", Stopwatch.StartNew(), timeout);
            return group;
        }
        catch (ExternalException error)
        {
            group.Dispose();
            throw new NcclException(error.Message, error);
        }
        catch
        {
            group.Dispose();
            throw;
        }
    }

    /// <summary>Replaces the elements of tensors on the device, each contiguous, by their sums over all processes.</summary>
    /// <param name="most">How long to wait for the others; null: as long as for every operation.</param>
    /// <exception cref="NcclException">It failed; the communicator cannot be used any more.</exception>
    public void AllReduce(IReadOnlyList<Tensor> tensors, TimeSpan? most = null) => Run("summing", most ?? timeout, () =>
    {
        foreach (var tensor in tensors)
        {
            var at = AddressOf(tensor);
            if (library.Api.AllReduce(at, at, (nuint)tensor.numel(), NcclApi.TypeOf(tensor.dtype), NcclApi.Sum, handle, 0) is not (NcclResult.Success or NcclResult.InProgress) and var result)
                return result;
        }
        return NcclResult.Success;
    });

    /// <summary>Fills the rows of the other processes into a tensor on the device in which each process has filled its own.</summary>
    /// <param name="all">[all rows, ...], contiguous.</param>
    /// <param name="starts">Where each process's rows begin, and the number of all.</param>
    /// <exception cref="NcclException">It failed; the communicator cannot be used any more.</exception>
    public void AllGather(Tensor all, IReadOnlyList<long> starts, int rank)
    {
        var (world, type, rows) = (starts.Count - 1, NcclApi.TypeOf(all.dtype), all.shape[0]);
        if (rows == 0)
            return;
        var (from, elements, bytes) = (AddressOf(all), all.numel() / rows, Native.rt_bytes(all.Handle) / rows);
        nint At(int process) => checked(from + (nint)(starts[process] * bytes));
        nuint Count(int process) => (nuint)((starts[process + 1] - starts[process]) * elements);
        if (Enumerable.Range(1, world - 1).All(process => Count(process) == Count(0)))
            Run("gathering", timeout, () => library.Api.AllGather(At(rank), from, Count(0), type, handle, 0));
        else
            // NCCL gathers equal numbers; unequal ones are as many broadcasts.
            Run("gathering", timeout, () =>
            {
                for (var process = 0; process < world; process++)
                    if (Count(process) > 0 && library.Api.Broadcast(At(process), At(process), Count(process), type, process, handle, 0) is not (NcclResult.Success or NcclResult.InProgress) and var result)
                        return result;
                return NcclResult.Success;
            });
    }

    static nint AddressOf(Tensor tensor) => tensor.is_contiguous() ? (nint)Native.rt_data(tensor.Handle) : throw new ArgumentException("A contiguous tensor was expected.", nameof(tensor));

    void Run(string what, TimeSpan most, Func<NcclResult> calls)
    {
        ObjectDisposedException.ThrowIf(handle == 0, this);
        var clock = Stopwatch.StartNew();
        try
        {
            // Of the thread, which need not be the one that met the others.
            library.Cuda.Use(device);
            Check(library.Api.GroupStart(), what);
            var (called, ended) = (calls(), library.Api.GroupEnd());
            Check(called, what);
            Settle(ended, what, clock, most);
            Wait(what, clock, most, library.Cuda.IsIdle);
        }
        catch (ExternalException error)
        {
            Dispose();
            throw new NcclException($"{what}: {error.Message}", error);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Waits for a call that said that it is under way.</summary>
    void Settle(NcclResult result, string what, Stopwatch clock, TimeSpan most)
    {
        if (result == NcclResult.InProgress)
            Wait(what, clock, most, () => true);
        else
            Check(result, what);
    }

    /// <summary>Waits until NCCL has nothing under way and what else is asked for has come.</summary>
    void Wait(string what, Stopwatch clock, TimeSpan most, Func<bool> come)
    {
        (Exception Error, TimeSpan At)? lost = null;
        for (var spins = 0; ; spins++)
        {
            NcclResult state;
            Check(library.Api.CommGetAsyncError(handle, &state), what);
            if (state != NcclResult.InProgress)
            {
                Check(state, what);
                if (come())
                    return;
            }
            if (spins < Spins)
            {
                Thread.SpinWait(50);
                continue;
            }
            if (lost is { } loss && clock.Elapsed - loss.At > Grace)
                ExceptionDispatchInfo.Throw(loss.Error);
            lost ??= Lost(clock);
            if (clock.Elapsed > most)
                throw new NcclException($"{what}: not all processes took part within {most}");
            Thread.Sleep(1);
        }
    }

    /// <summary>Why another process is known to be gone, and since when; null: none is.</summary>
    (Exception, TimeSpan)? Lost(Stopwatch clock)
    {
        try
        {
            check();
            return null;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return (error, clock.Elapsed);
        }
    }

    void Check(NcclResult result, string what)
    {
        if (result is not (NcclResult.Success or NcclResult.InProgress))
            throw new NcclException($"{what}: {library.Describe(result, handle)}");
    }

    /// <summary>
    /// Gives the communicator up, what is under way included. ncclCommAbort, not ncclCommDestroy: the latter waits for the others, one of which
    /// may be gone; and where all went well every operation has been waited for.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref handle, 0) is var owned and not 0)
            _ = library.Api.CommAbort(owned);
    }
}
