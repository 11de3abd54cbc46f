using ReasonIR.Training.Distributed;
using ReasonIR.Training.Tests.Distributed.Nccl;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Training.Tests.Distributed;

/// <summary>The ranks of a group as threads of this process.</summary>
static class Ranks
{
    /// <param name="collective"><c>ring</c> or <c>nccl</c> (over the stand-in).</param>
    public static async Task<T[]> Run<T>(string collective, int world, Func<IProcessGroup, T> work, SocketGroupOptions? options = null)
    {
        options ??= WorkerProcesses.OnThisMachine(world, TimeSpan.FromSeconds(60));
        if (collective == "nccl")
            _ = NcclStandIn.File;
        return await Task.WhenAll(Enumerable.Range(0, world).Select(async rank =>
        {
            // Opened on another thread than it is used on, as the Trainer does it.
            var own = options with { Rank = rank };
            using var group = await Task.Factory.StartNew(() => collective == "nccl" ? NcclStandIn.Open(own, TestContext.Current.CancellationToken) : SocketProcessGroup.Open(own, TestContext.Current.CancellationToken),
                TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return await Task.Factory.StartNew(() =>
            {
                using var scope = NewDisposeScope();
                return work(group);
            }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }));
    }
}
