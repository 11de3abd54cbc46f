using System.Text.Json;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using ReasonIR.Training.Losses;
using ReasonIR.Training.Scale;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>
/// GradCache over the stored chunks of a small encoder, tanh(x w1ᵀ + b1) w2ᵀ: representations, loss, each chunk's gradients, their sum, and
/// the same without chunks (a case = a tensor).
/// </summary>
static class GradCacheFile
{
    static readonly string[] Names = ["w1", "b1", "w2"];

    public static GoldenGroup Check(GoldenManifest manifest)
    {
        var file = manifest.WrittenPath("gradcache");
        var json = GoldenManifest.ReadJson(manifest.Require(file));
        using var stored = SafetensorsFile.Open(Path.ChangeExtension(manifest.Require(file), ".safetensors"));
        var tolerance = manifest.ToleranceElement("gradients");
        var tally = new GoldenTally(manifest, file, tolerance);
        using var scope = NewDisposeScope();
        var parameters = Names.Select(n => TorchTensors.Read(stored, n).requires_grad_()).ToArray();
        var (queries, passages) = (TorchTensors.Read(stored, "x_q"), TorchTensors.Read(stored, "x_p"));
        var (b, g) = (json.GetProperty("B").GetInt32(), json.GetProperty("G").GetInt32());
        var expected = json.GetProperty("loss").GetDouble();
        var toLoss = manifest.ToleranceElement("loss").GetProperty("relative_to_1_plus_loss").GetDouble() * (1 + expected);

        Run("chunked", Chunks(json, queries, passages), each: true);
        Run("whole", [(true, 0, b), (false, 0, b * g)], each: false);
        Run("at once", null, each: false);
        return tally.Group();

        void Run(string way, List<(bool Query, int First, int Count)>? chunks, bool each)
        {
            foreach (var parameter in parameters)
                parameter.grad = null;
            var totals = parameters.Select(p => zeros_like(p)).ToArray();
            double loss = 0;
            List<Func<Tensor>> encoders = chunks is null ? [() => cat([Encode(queries), Encode(passages)])]
                : [.. chunks.Select<(bool Query, int First, int Count), Func<Tensor>>(c => () => Encode((c.Query ? queries : passages).narrow(0, c.First, c.Count)))];
            // The loss wants the queries first, whatever the chunks' order.
            var order = chunks is null ? null : Order(chunks, b);
            GradCache.Backward(encoders, vectors => Gradient(vectors, order, out loss), chunk =>
            {
                for (var i = 0; i < Names.Length; i++)
                {
                    using var own = parameters[i].grad!;
                    if (each)
                        Compare($"chunk{chunk}_grad_{Names[i]}", $"{way}, chunk {chunk}, {Names[i]}", own);
                    totals[i].add_(own);
                    parameters[i].grad = null;
                }
            });
            tally.Case($"{way}, loss", () => tally.Near("loss", expected, loss, new(toLoss, 0)));
            for (var i = 0; i < Names.Length; i++)
                Compare($"grad_{Names[i]}", $"{way}, {Names[i]}", totals[i]);

            Tensor Gradient(Tensor vectors, Tensor? places, out double value)
            {
                var leaf = (places is null ? vectors : vectors.index_select(0, places)).detach().requires_grad_();
                var (q, p) = (leaf.narrow(0, 0, b), leaf.narrow(0, b, b * g));
                var result = InfoNce.Loss(q, p, PassageGroups.Equal(b, g), new(json.GetProperty("temperature").GetDouble()));
                result.backward();
                value = result.item<float>();
                var gradient = leaf.grad!;
                Compare("rep_q", $"{way}, representations of queries", q);
                Compare("rep_p", $"{way}, representations of passages", p);
                Compare("grad_rep_q", $"{way}, gradient of queries", gradient.narrow(0, 0, b));
                Compare("grad_rep_p", $"{way}, gradient of passages", gradient.narrow(0, b, b * g));
                return places is null ? gradient : gradient.index_select(0, Inverse(places));
            }
        }

        Tensor Encode(Tensor x) => (x.matmul(parameters[0].t()) + parameters[1]).tanh().matmul(parameters[2].t());

        void Compare(string name, string what, Tensor ours) => tally.Case(what, () =>
        {
            var reference = stored.ReadFloats(name);
            var bound = tolerance.GetProperty("relative_to_max").GetDouble() * reference.Max(Math.Abs) + tolerance.GetProperty("absolute").GetDouble();
            tally.Near(name, reference, ours.detach().contiguous().data<float>().ToArray(), new Tolerance(bound, 0));
        });
    }

    static List<(bool Query, int First, int Count)> Chunks(JsonElement json, Tensor queries, Tensor passages)
    {
        var sizes = new Dictionary<string, Queue<int>>
        {
            ["q"] = new(json.GetProperty("query_chunks").EnumerateArray().Select(n => n.GetInt32())),
            ["p"] = new(json.GetProperty("passage_chunks").EnumerateArray().Select(n => n.GetInt32())),
        };
        var first = new Dictionary<string, int> { ["q"] = 0, ["p"] = 0 };
        var chunks = new List<(bool, int, int)>();
        foreach (var side in json.GetProperty("chunk_order").EnumerateArray().Select(s => s.GetString()!))
        {
            var count = sizes[side].Dequeue();
            chunks.Add((side == "q", first[side], count));
            first[side] += count;
        }
        return first["q"] == queries.shape[0] && first["p"] == passages.shape[0] ? chunks
            : throw new FormatException($"the chunks hold {first["q"]} queries and {first["p"]} passages; there are {queries.shape[0]} and {passages.shape[0]}");
    }

    /// <summary>int64: for queries and then passages, the row where each stands in the chunks' order.</summary>
    static Tensor Order(List<(bool Query, int First, int Count)> chunks, int queries)
    {
        var rows = new long[chunks.Sum(c => c.Count)];
        var row = 0L;
        foreach (var (query, first, count) in chunks)
            for (var i = 0; i < count; i++)
                rows[(query ? 0 : queries) + first + i] = row++;
        return tensor(rows);
    }

    static Tensor Inverse(Tensor places)
    {
        var values = places.data<long>().ToArray();
        var inverse = new long[values.Length];
        for (var i = 0; i < values.Length; i++)
            inverse[values[i]] = i;
        return tensor(inverse);
    }
}
