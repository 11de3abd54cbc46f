using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using ReasonIR.Training.Distributed;
using ReasonIR.Training.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>
/// A linear encoder x weightᵀ on several ranks, each with its own queries and passages, over our own sockets: losses, gradients of
/// representations and of the weight, before and after averaging, in each convention (a case = a tensor).
/// </summary>
static class CrossDeviceFile
{
    public static GoldenGroup Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        var file = manifest.WrittenPath("cross_device");
        var json = GoldenManifest.ReadJson(manifest.Require(file));
        var data = Path.ChangeExtension(manifest.Require(file), ".safetensors");
        using var stored = SafetensorsFile.Open(data);
        var tolerance = manifest.ToleranceElement("gradients");
        var toLoss = manifest.ToleranceElement("loss").GetProperty("relative_to_1_plus_loss").GetDouble();
        var tally = new GoldenTally(manifest, file, tolerance);
        var world = json.GetProperty("world_size").GetInt32();

        var whole = Ranks(1, group => Rank(json, data, group, GatherConvention.AllRowsTimesWorld), cancellation)[0];
        tally.Case("one process, loss", () => Loss("loss", json.GetProperty("full_batch_loss").GetDouble(), whole.Loss));
        Compare("full_grad_rep_q", "one process, queries", whole.ToQueries);
        Compare("full_grad_rep_p", "one process, passages", whole.ToPassages);
        Compare("full_grad_weight", "one process, weight", whole.Mean);
        foreach (var convention in json.GetProperty("conventions").EnumerateObject())
        {
            cancellation.ThrowIfCancellationRequested();
            var way = convention.Name switch
            {
                "gather_all_rows" => GatherConvention.AllRows,
                "gather_all_rows_times_world" => GatherConvention.AllRowsTimesWorld,
                "local_rows_grad_through_gather" => GatherConvention.OwnRows,
                var other => throw new NotSupportedException($"the convention \"{other}\" is not known"),
            };
            var ranks = Ranks(world, group => Rank(json, data, group, way), cancellation);
            for (var rank = 0; rank < world; rank++)
            {
                var at = $"{convention.Name}, rank {rank}";
                var expected = convention.Value.GetProperty("loss_per_rank")[rank].GetDouble();
                tally.Case($"{at}, loss", () => Loss("loss", expected, ranks[rank].Loss));
                Compare($"{convention.Name}/rank{rank}/grad_rep_q", $"{at}, queries", ranks[rank].ToQueries);
                Compare($"{convention.Name}/rank{rank}/grad_rep_p", $"{at}, passages", ranks[rank].ToPassages);
                Compare($"{convention.Name}/rank{rank}/grad_weight", $"{at}, own weight", ranks[rank].Own);
                Compare($"{convention.Name}/grad_weight_mean", $"{at}, averaged weight", ranks[rank].Mean);
            }
        }
        return tally.Group();

        void Loss(string what, double expected, double actual) => tally.Near(what, expected, actual, new(toLoss * (1 + expected), 0));

        void Compare(string name, string what, float[] ours) => tally.Case(what, () =>
        {
            var reference = stored.ReadFloats(name);
            var bound = tolerance.GetProperty("relative_to_max").GetDouble() * reference.Max(Math.Abs) + tolerance.GetProperty("absolute").GetDouble();
            tally.Near(name, reference, ours, new Tolerance(bound, 0));
        });
    }

    sealed record RankResult(double Loss, float[] ToQueries, float[] ToPassages, float[] Own, float[] Mean);

    static RankResult Rank(JsonElement json, string data, IProcessGroup group, GatherConvention convention)
    {
        using var stored = SafetensorsFile.Open(data);
        using var scope = NewDisposeScope();
        var size = json.GetProperty("G").GetInt32();
        var weight = TorchTensors.Read(stored, "weight").requires_grad_();
        var (all, passages) = (TorchTensors.Read(stored, "q"), TorchTensors.Read(stored, "p"));
        var (total, count) = ((int)all.shape[0], (int)all.shape[0] / group.WorldSize);
        var first = group.Rank * count;
        var q = all.narrow(0, first, count).matmul(weight.t());
        var p = passages.narrow(0, first * size, count * size).matmul(weight.t());
        // Own queries against all passages are groups of which the others' passages belong to nobody here.
        var groups = convention == GatherConvention.OwnRows ? null : PassageGroups.Equal(total, size);
        var options = new InfoNceOptions(json.GetProperty("temperature").GetDouble());
        var (loss, toQueries, toPassages) = GatheredLoss.Gradient(group, q.detach(), p.detach(), (x, y) => groups is not null
            ? InfoNce.Loss(x, y, groups, options)
            : InfoNce.Loss(x, y, PassageGroups.Foreign(count, (int)y.shape[0], [.. Enumerable.Range(first, count).Select(i => i * size)]), options), convention);
        q.backward([toQueries], retain_graph: true);
        p.backward([toPassages]);
        using var gradient = weight.grad!;
        var own = gradient.data<float>().ToArray();
        group.AllReduce([gradient]);
        return new(loss, toQueries.contiguous().data<float>().ToArray(), toPassages.contiguous().data<float>().ToArray(), own, [.. gradient.data<float>().ToArray().Select(x => x / group.WorldSize)]);
    }

    /// <summary>Runs each rank on a thread of its own, as processes would be.</summary>
    static RankResult[] Ranks(int world, Func<IProcessGroup, RankResult> work, CancellationToken cancellation)
    {
        var (address, token) = ($"127.0.0.1:{FreePort()}", Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));
        var tasks = Enumerable.Range(0, world).Select(rank => Task.Factory.StartNew(() =>
        {
            using var group = SocketProcessGroup.Open(new(address, world, rank, token, TimeSpan.FromMinutes(1)), cancellation);
            return work(group);
        }, cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        return Task.WhenAll(tasks).GetAwaiter().GetResult();
    }

    static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
