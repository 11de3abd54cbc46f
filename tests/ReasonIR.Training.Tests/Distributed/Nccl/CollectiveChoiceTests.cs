using ReasonIR.Torch;
using ReasonIR.Training.Distributed;
using TorchSharp;
using Xunit;

namespace ReasonIR.Training.Tests.Distributed.Nccl;

/// <summary>When NCCL is taken, and what is said where it is not.</summary>
public sealed class CollectiveChoiceTests
{
    static ProcessMeans Gpu(int device, string? nccl = "2.21.5", string? lacks = null, Collective wanted = Collective.Auto) => new(wanted, device, nccl, lacks);

    public static TheoryData<string?, int> Cases => new()
    {
        { null, 0 },
        { "rank 1 computes on the CPU (libtorch has CUDA and found no device)", 1 },
        { "ranks 0 and 2 share cuda:0, and NCCL wants a GPU for each process", 2 },
        { "rank 1 has no NCCL (libnccl.so.2 is not there)", 3 },
        { "rank 0 has NCCL 2.21.5, rank 1 2.20.3", 4 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_is_taken_where_every_process_has_a_gpu_of_its_own_and_the_same_library(string? why, int number) => Assert.Equal(why, ProcessGroups.Without(Collective.Auto, number switch
    {
        0 => [Gpu(0), Gpu(1), Gpu(3)],
        1 => [Gpu(0), new(Collective.Auto, null, null, "libtorch has CUDA and found no device")],
        2 => [Gpu(0), Gpu(1), Gpu(0)],
        3 => [Gpu(0), Gpu(1, null, "libnccl.so.2 is not there")],
        _ => [Gpu(0), Gpu(1, "2.20.3")],
    }));

    [Fact]
    public void Who_was_asked_for_the_ring_takes_it_and_who_was_asked_for_another_thing_is_named()
    {
        Assert.Equal("as was asked for", ProcessGroups.Without(Collective.Ring, [Gpu(0, wanted: Collective.Ring), Gpu(1, wanted: Collective.Ring)]));
        Assert.Equal("Rank 1 was asked for the collective Ring, another one for Auto.", Assert.Throws<InvalidDataException>(() => ProcessGroups.Without(Collective.Auto, [Gpu(0), Gpu(1, wanted: Collective.Ring)])).Message);
    }

    [Theory]
    [InlineData(Collective.Auto)]
    [InlineData(Collective.Ring)]
    [InlineData(Collective.Nccl)]
    public async Task On_the_cpu_it_is_the_ring_or_a_refusal_that_says_what_is_missing(Collective wanted)
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        var options = WorkerProcesses.OnThisMachine(2, TimeSpan.FromSeconds(20));
        var said = await Task.WhenAll(Enumerable.Range(0, 2).Select(rank => Task.Run(() =>
        {
            try
            {
                using var group = ProcessGroups.Open(options with { Rank = rank }, wanted, torch.CPU, TestContext.Current.CancellationToken);
                return group.Transport;
            }
            catch (NcclUnavailableException error)
            {
                return $"refused: {error.Message}";
            }
        }, TestContext.Current.CancellationToken)));
        var cpu = $"rank 0 computes on the CPU ({TorchRuntime.Status.Gpu})";
        Assert.All(said, text => Assert.Equal(wanted switch { Collective.Auto => $"a ring over sockets: {cpu}", Collective.Ring => "a ring over sockets: as was asked for", _ => $"refused: {cpu}" }, text));
        Assert.Equal(SingleProcess.Instance, ProcessGroups.Open(WorkerProcesses.OnThisMachine(1), wanted, torch.CPU, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Without_cuda_the_search_for_nccl_says_so()
    {
        if (torch.cuda.is_available())
            Assert.Skip("There is a GPU.");
        var (library, lacks) = NcclLibrary.Find();
        Assert.Null(library);
        Assert.NotNull(lacks);
        Assert.Null(TorchRuntime.GpuMemory(0));
    }
}
