using System.Diagnostics;
using System.Runtime.CompilerServices;
using ReasonIR.Torch;
using ReasonIR.Torch.Binding;
using ReasonIR.Training.Distributed;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Training.Tests.Distributed.Nccl;

/// <summary>What is NCCL's own about the group: calls, layout, waiting, errors.</summary>
[Collection(nameof(NcclStandIn))]
public sealed class NcclGroupTests
{
    [Fact]
    public void Structures_have_the_sizes_of_the_header()
    {
        Assert.Equal(128, Unsafe.SizeOf<NcclUniqueId>());
        // size_t, two unsigned, an int and its padding.
        Assert.Equal(24, Unsafe.SizeOf<NcclConfig>());
        var config = new NcclConfig();
        Assert.Equal((24u, 0xcafebeef, 21400u, 0), ((uint)config.Size, config.Magic, config.Version, config.Blocking));
        Assert.Equal(new byte[] { 3, 9 }, NcclUniqueId.Of([3, 9, .. new byte[126]]).ToArray()[..2]);
        Assert.Throws<ArgumentException>(() => NcclUniqueId.Of(new byte[127]));
        Assert.Equal([0, 1, 1, 2, 4, 6, 7, 8, 9], new[] { ScalarType.Int8, ScalarType.Byte, ScalarType.Bool, ScalarType.Int32, ScalarType.Int64, ScalarType.Float16, ScalarType.Float32, ScalarType.Float64, ScalarType.BFloat16 }.Select(NcclApi.TypeOf));
        Assert.Contains("Int16", Assert.Throws<NotSupportedException>(() => NcclApi.TypeOf(ScalarType.Int16)).Message);
    }

    [Fact]
    public async Task Calls_have_the_numbers_and_types_of_the_tensors()
    {
        _ = NcclStandIn.File;
        _ = NcclStandIn.Calls();
        var results = await Ranks.Run("nccl", 2, group =>
        {
            Assert.Equal("NCCL 2.21.5, from GPU to GPU", group.Transport);
            group.AllReduce([ones([3, 5]), ones([7], float64)]);
            // Narrow types and what does not lie in a row are summed in f32, and come back as they were.
            var (half, slanted) = (full([9], 1 + Math.Pow(2, -7), bfloat16), arange(6, float32).view(2, 3).t());
            group.AllReduce([half, slanted]);
            group.AllGather(ones([4, 3], bfloat16));
            group.AllGather(ones([group.Rank == 0 ? 2 : 0, 3], int64));
            group.AllGather(empty([0, 3]));
            return (half.to(float32).data<float>().ToArray(), slanted.data<float>().ToArray());
        });
        foreach (var (half, slanted) in results)
        {
            Assert.All(half, x => Assert.Equal(2 + 2 * (float)Math.Pow(2, -7), x));
            Assert.Equal([0, 6, 2, 8, 4, 10], slanted);
        }
        string[] calls = [.. NcclStandIn.Calls()];
        foreach (var rank in new[] { "0", "1" })
            Assert.Equal(
                ["join 2", "allreduce 2 7", "allreduce 15 7", "allreduce 7 8", "allreduce 9 7", "allreduce 6 7", "allgather 12 9", "broadcast 6 4 from 0", "abort"],
                calls.Where(line => line.StartsWith(rank, StringComparison.Ordinal)).Select(line => line[2..]));
    }

    [Fact]
    public async Task A_silent_process_is_given_up_after_the_timeout()
    {
        using var done = new ManualResetEventSlim();
        var clock = Stopwatch.StartNew();
        var results = await Ranks.Run("nccl", 2, group =>
        {
            if (group.Rank == 1)
            {
                done.Wait(TimeSpan.FromSeconds(50));
                return "silent";
            }
            var message = Assert.Throws<WorkerLostException>(() => group.AllReduce([ones([10])])).Message;
            // The communicator is gone, and says so.
            Assert.Throws<WorkerLostException>(() => group.AllReduce([ones([10])]));
            done.Set();
            return message;
        }, WorkerProcesses.OnThisMachine(2, TimeSpan.FromSeconds(8)));
        Assert.Equal("Rank 0: NCCL: summing: not all processes took part within 00:00:08.", results[0]);
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(45));
    }

    [Fact]
    public async Task Processes_that_do_different_things_are_told_so()
    {
        var results = await Ranks.Run("nccl", 2, group => Assert.Throws<WorkerLostException>(() => group.AllReduce([ones([10 + group.Rank])])).Message);
        Assert.All(results, message => Assert.Contains("summing: invalid usage (NCCL error 5)", message));
        var rows = await Ranks.Run("nccl", 2, group => Assert.Throws<WorkerLostException>(() => group.AllGather(ones([2, 3 + group.Rank]))).Message);
        Assert.All(rows, message => Assert.Contains("another type or width", message));
    }

    [Fact]
    public async Task Where_one_cannot_take_part_all_are_told_and_keep_their_ring()
    {
        var library = NcclStandIn.Library;
        var options = WorkerProcesses.OnThisMachine(2, TimeSpan.FromSeconds(20));
        var results = await Task.WhenAll(Enumerable.Range(0, 2).Select(rank => Task.Factory.StartNew(() =>
        {
            using var ring = (SocketProcessGroup)SocketProcessGroup.Open(options with { Rank = rank }, TestContext.Current.CancellationToken);
            // There is no such device.
            var error = Assert.Throws<NcclException>(() => NcclProcessGroup.Join(ring, library, rank == 1 ? 99 : 0, DeviceType.CPU));
            var values = ones([3]);
            ring.AllReduce([values]);
            return (error.Message, values.data<float>().ToArray()[0]);
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.All(results, result => Assert.Equal(2, result.Item2));
        // Rank 0 waited for it in vain, and says so first.
        Assert.All(results, result => Assert.Equal("rank 0: meeting: not all processes took part within 00:00:10", result.Message));
    }

    [Fact]
    public void A_library_that_is_none_is_refused_by_what_it_lacks()
    {
        var handle = NcclStandIn.Handle;
        var cuda = CudaRuntime.In(handle)!;
        Assert.Null(CudaRuntime.In(System.Runtime.InteropServices.NativeLibrary.Load("libc.so.6")));
        var (library, lacks) = NcclLibrary.Open(System.Runtime.InteropServices.NativeLibrary.Load("libc.so.6"), cuda, "libc.so.6");
        Assert.Null(library);
        Assert.Matches("^libc.so.6 is not a NCCL of version 2.14 or later: .*ncclGetVersion", lacks);
        Assert.Equal("2.21.5", NcclStandIn.Library.Version);
        Assert.Equal((2L << 30, 8L << 30), cuda.Memory(1));
        Assert.Contains("cuda:8 cannot be used: invalid device ordinal (CUDA error 101)", Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => cuda.Use(8)).Message);
    }
}

/// <summary>Its log of calls is one for the process.</summary>
[CollectionDefinition(nameof(NcclStandIn), DisableParallelization = true)]
public sealed class NcclStandInCollection;
