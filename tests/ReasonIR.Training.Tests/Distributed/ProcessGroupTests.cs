using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ReasonIR.Torch;
using ReasonIR.Training.Distributed;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Training.Tests.Distributed;

/// <summary>The group's operations over real sockets, each rank on a thread.</summary>
public sealed class ProcessGroupTests
{
    public ProcessGroupTests()
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
    }

    [Theory]
    [InlineData("ring", 1)]
    [InlineData("ring", 2)]
    [InlineData("ring", 3)]
    [InlineData("ring", 5)]
    [InlineData("nccl", 1)]
    [InlineData("nccl", 2)]
    [InlineData("nccl", 3)]
    [InlineData("nccl", 5)]
    public async Task Sums_and_gathered_rows_are_the_same_everywhere(string collective, int world)
    {
        var results = await Ranks.Run(collective, world, group =>
        {
            // Sizes that no number of ranks divides; rank 1 has no rows.
            var (a, b) = (full([7, 11], group.Rank + 0.5, float32), tensor([1L, 2, 3]).to(float32) * (group.Rank + 1));
            group.AllReduce([a, b]);
            var rows = arange(6 * (group.Rank == 1 ? 0 : group.Rank + 1), float32).view(-1, 6) + 100 * group.Rank;
            var (all, first) = group.AllGather(rows);
            var texts = group.AllGather($"rank {group.Rank} {new string('x', 10_000 * group.Rank)}");
            var wide = full([3], Math.PI * (group.Rank + 1), float64);
            group.AllReduce([wide]);
            return (a.data<float>().ToArray(), b.data<float>().ToArray(), all.data<float>().ToArray(), all.narrow(0, first, rows.shape[0]).data<float>().ToArray().SequenceEqual(rows.data<float>().ToArray()), texts, wide.data<double>().ToArray());
        });
        var sum = Enumerable.Range(0, world).Sum(r => r + 0.5f);
        foreach (var (a, b, all, own, texts, wide) in results)
        {
            Assert.All(a, x => Assert.Equal(sum, x));
            Assert.Equal(Enumerable.Range(1, 3).Select(x => (float)x * world * (world + 1) / 2), b);
            Assert.Equal(Enumerable.Range(0, world).SelectMany(r => Enumerable.Range(0, 6 * (r == 1 ? 0 : r + 1)).Select(x => x + 100f * r)), all);
            Assert.True(own);
            Assert.Equal(world, texts.Count);
            Assert.All(texts.Index(), t => Assert.StartsWith($"rank {t.Index} ", t.Item));
            Assert.Equal(Math.PI * world * (world + 1) / 2, wide[2], 1e-12);
        }
    }

    [Theory]
    [InlineData("ring")]
    [InlineData("nccl")]
    public async Task Sums_have_the_same_bits_in_every_process(string collective)
    {
        var results = await Ranks.Run(collective, 3, group =>
        {
            var values = new Random(group.Rank);
            var x = tensor([.. Enumerable.Range(0, 10_007).Select(_ => (float)(values.NextDouble() * Math.Pow(10, values.Next(-6, 6))))]);
            group.AllReduce([x]);
            return x.data<float>().ToArray();
        });
        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[2]);
    }

    [Theory]
    [InlineData("ring")]
    [InlineData("nccl")]
    public async Task A_lost_process_ends_the_others_soon_and_by_name(string collective)
    {
        var clock = Stopwatch.StartNew();
        var results = await Ranks.Run(collective, 3, group =>
        {
            if (group.Rank == 2)
                return "left";
            var message = Assert.Throws<WorkerLostException>(() => group.AllReduce([ones([1000])])).Message;
            // As the trainer does it: so the one after hears of it.
            group.Dispose();
            return message;
        });
        Assert.Equal("left", results[2]);
        Assert.All(results[..2], message => Assert.Matches("^Rank [012] ", message));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), $"{clock.Elapsed}");
    }

    [Fact]
    public async Task Processes_that_do_different_things_are_told_so()
    {
        var results = await Ranks.Run("ring", 2, group => Assert.Throws<WorkerLostException>(() =>
        {
            if (group.Rank == 0)
                group.AllReduce([ones([10])]);
            else
                group.AllReduce([ones([12])]);
        }).Message);
        Assert.Contains(results, m => m.Contains("not at the same step"));
        var rows = await Ranks.Run("ring", 2, group => Assert.Throws<WorkerLostException>(() => group.AllGather(ones([2, 3 + group.Rank]))).Message);
        Assert.All(rows, m => Assert.Contains("another type or width", m));
    }

    [Fact]
    public async Task A_silent_process_is_given_up_after_the_timeout()
    {
        var options = WorkerProcesses.OnThisMachine(2, TimeSpan.FromSeconds(1));
        using var done = new ManualResetEventSlim();
        var results = await Ranks.Run("ring", 2, group =>
        {
            if (group.Rank == 1)
            {
                done.Wait(TimeSpan.FromSeconds(20));
                return "silent";
            }
            var message = Assert.Throws<WorkerLostException>(() => group.AllGather("hello")).Message;
            done.Set();
            return message;
        }, options);
        Assert.Contains("did not answer within 00:00:01", results[0]);
        var alone = Assert.Throws<WorkerLostException>(() => SocketProcessGroup.Open(WorkerProcesses.OnThisMachine(2, TimeSpan.FromSeconds(1)), TestContext.Current.CancellationToken));
        Assert.Contains("not all of the 2 processes came", alone.Message);
    }

    [Fact]
    public async Task Strangers_are_turned_away()
    {
        var options = WorkerProcesses.OnThisMachine(2, TimeSpan.FromSeconds(20));
        var meeting = Task.Run(() => SocketProcessGroup.Open(options, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        // One that talks nonsense, one with a header that promises too much, one with another token.
        foreach (var bytes in new[] { new byte[64], [0x31, 0x52, 0x49, 0x52, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 127] })
        {
            using var stranger = await Connect(options);
            await stranger.SendAsync(bytes);
            Assert.True(await IsClosed(stranger));
        }
        var wrong = Assert.Throws<WorkerLostException>(() => SocketProcessGroup.Open(options with { Rank = 1, Token = new('x', 32), Timeout = TimeSpan.FromSeconds(5) }, TestContext.Current.CancellationToken));
        Assert.Contains("closed the connection", wrong.Message);
        Assert.False(meeting.IsCompleted);
        using var second = SocketProcessGroup.Open(options with { Rank = 1 }, TestContext.Current.CancellationToken);
        using var first = await meeting;
        Assert.Equal(["a", "b"], (await Task.WhenAll(Task.Run(() => first.AllGather("a")), Task.Run(() => second.AllGather("b"))))[1]);
    }

    [Fact]
    public void Options_tell_all_that_is_wrong_and_pass_through_the_environment()
    {
        var error = Assert.Throws<ArgumentException>(new SocketGroupOptions("nowhere", 0, 3, "short", TimeSpan.FromDays(2)).Validate);
        Assert.Equal(["Address", "WorldSize", "Rank", "Token", "Timeout"], error.Message.Split('\n').Select(line => line.Split(' ')[0]));
        var options = WorkerProcesses.OnThisMachine(4, TimeSpan.FromSeconds(7)) with { Rank = 2 };
        Assert.Null(SocketGroupOptions.FromEnvironment());
        foreach (var (name, value) in options.ToEnvironment())
            Environment.SetEnvironmentVariable(name, value);
        try
        {
            Assert.Equal(options, SocketGroupOptions.FromEnvironment());
        }
        finally
        {
            foreach (var (name, _) in options.ToEnvironment())
                Environment.SetEnvironmentVariable(name, null);
        }
    }

    static async Task<bool> IsClosed(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1]) == 0;
        }
        catch (SocketException)
        {
            // What was sent and not read makes the end a reset.
            return true;
        }
    }

    static async Task<Socket> Connect(SocketGroupOptions options)
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPEndPoint.Parse(options.Address), TestContext.Current.CancellationToken);
                return socket;
            }
            catch (SocketException)
            {
                socket.Dispose();
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
        }
    }
}
