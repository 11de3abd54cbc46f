using System.Text.Json;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using ReasonIR.Training.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>Values, rows and gradients of contrastive losses (a case = a loss).</summary>
public sealed class LossesKind : IGoldenKind
{
    public string Kind => "losses";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        TorchRuntime.Status.Require();
        var path = manifest.WrittenPath("losses");
        using var tensors = SafetensorsFile.Open(Path.ChangeExtension(manifest.Require(path), ".safetensors"));
        var tally = new GoldenTally(manifest, path, manifest.ToleranceElement());
        var toLoss = manifest.ToleranceElement("loss").GetProperty("relative_to_1_plus_loss").GetDouble();
        var gradients = manifest.ToleranceElement("gradients");
        var (toMax, absolute) = (gradients.GetProperty("relative_to_max").GetDouble(), gradients.GetProperty("absolute").GetDouble());
        foreach (var example in GoldenManifest.ReadJson(manifest.Require(path)).GetProperty("cases").EnumerateArray())
        {
            cancellation.ThrowIfCancellationRequested();
            var name = example.GetProperty("name").GetString()!;
            tally.Case(name, () =>
            {
                using var scope = NewDisposeScope();
                var q = TorchTensors.Read(tensors, $"{name}/q").requires_grad_();
                var p = TorchTensors.Read(tensors, $"{name}/p").requires_grad_();
                var loss = new LossCase(example, tensors, name).Compute(q, p, out var rows);
                var expected = example.GetProperty("loss").GetDouble();
                tally.Near("loss", expected, loss.item<float>(), new(toLoss * (1 + expected), 0));
                if (rows is not null && tensors.Tensors.ContainsKey($"{name}/per_query"))
                {
                    var (reference, ours) = (tensors.ReadFloats($"{name}/per_query"), rows.data<float>().ToArray());
                    for (var i = 0; i < reference.Length; i++)
                        tally.Near($"row {i}", reference[i], ours[i], new(toLoss * (1 + reference[i]), 0));
                }
                loss.backward();
                // Gradients of 1e12 are compared by their size: the error shown is that of the loss.
                var within = new Tolerance(toMax * example.GetProperty("grad_max_abs").GetDouble() + absolute, 0);
                foreach (var (letter, input) in new[] { ("q", q), ("p", p) })
                {
                    var (reference, ours) = (tensors.ReadFloats($"{name}/grad_{letter}"), input.grad!.data<float>().ToArray());
                    for (var i = 0; i < reference.Length; i++)
                        if (!within.Allows(reference[i], ours[i]))
                            tally.Fail($"gradient of {letter}[{i}]: expected {reference[i]:R}, found {ours[i]:R}");
                }
            });
        }
        yield return tally.Group();
    }
}

/// <summary>A case's parameters as calls of the library.</summary>
sealed class LossCase(JsonElement example, SafetensorsFile tensors, string name)
{
    public Tensor Compute(Tensor q, Tensor p, out Tensor? rows)
    {
        rows = null;
        var groups = PassageGroups.Equal(example.GetProperty("B").GetInt32(), example.GetProperty("G").GetInt32());
        switch (example.GetProperty("kind").GetString())
        {
            case "infonce":
                var (options, known) = (Options(), Known(groups));
                rows = InfoNce.PerQuery(q, p, groups, options, known);
                return InfoNce.Loss(q, p, groups, options, known, example.TryGetProperty("weight_norm", out _) ? Tensor("weights") : null);
            case "matryoshka":
                var widths = example.GetProperty("dims").EnumerateArray().Select(d => d.GetInt32()).Zip(example.GetProperty("dim_weights").EnumerateArray().Select(w => w.GetDouble())).ToList();
                return Matryoshka.Loss(q, p, groups, Options(), widths, Text("reduction") == "mean");
            case "margin_mse":
                return Distillation.MarginMse(q, p, Tensor("teacher"), Similarity());
            case "kl":
                return Distillation.KullbackLeibler(q, p, Tensor("teacher"), Similarity(), Number("student_temperature"), Number("teacher_temperature"),
                    example.GetProperty("times_student_temperature_squared").GetBoolean());
            case "soft_ce":
                return Distillation.CrossEntropy(q, p, Tensor("teacher"), Similarity(), Number("student_temperature"), Number("teacher_temperature"));
            case "infonce_plus_kl":
                return InfoNce.Loss(q, p, groups, Options()) + Distillation.KullbackLeibler(q, p, Tensor("teacher"), ReasonIR.Training.Losses.Similarity.Cosine,
                    Number("temperature"), Number("teacher_temperature")) * Number("kl_weight");
            case "triplet":
                return Triplet.Loss(q, p, Text("distance") switch
                {
                    "euclidean" => TripletDistance.Euclidean,
                    "euclidean_normalised" => TripletDistance.EuclideanNormalized,
                    "cosine" => TripletDistance.Cosine,
                    var other => throw new NotSupportedException($"the distance \"{other}\" is not known"),
                }, Number("margin"));
            case var kind:
                throw new NotSupportedException($"the loss \"{kind}\" is not known");
        }
    }

    InfoNceOptions Options()
    {
        var options = new InfoNceOptions(Number("temperature"));
        if (example.TryGetProperty("directions", out var directions))
            options = options with
            {
                Directions = directions.EnumerateArray().Aggregate((Directions)0, (all, d) => all | d.GetString() switch
                {
                    "q2d" => Directions.QueryToDocument,
                    "d2q" => Directions.DocumentToQuery,
                    "q2q" => Directions.QueryToQuery,
                    "d2d" => Directions.DocumentToDocument,
                    var other => throw new NotSupportedException($"the direction \"{other}\" is not known"),
                }),
                Partition = Text("partition") == "per_direction" ? Partition.PerDirection : Partition.Joint,
            };
        if (example.TryGetProperty("scope", out var scope))
            options = options with
            {
                Scope = scope.GetString() switch
                {
                    "own_group" => NegativeScope.OwnGroup,
                    "own_group_and_other_positives" => NegativeScope.OwnGroupAndOtherPositives,
                    "positives_only" => NegativeScope.PositivesOnly,
                    var other => throw new NotSupportedException($"the scope \"{other}\" is not known"),
                },
            };
        if (example.TryGetProperty("mask", out var mask))
            options = options with
            {
                Mask = mask.GetProperty("type").GetString() == "score" ? new(mask.GetProperty("margin").GetDouble(), mask.GetProperty("strategy").GetString() == "relative") : null,
                MaskOwnNegatives = mask.TryGetProperty("own_hard_negatives", out var own) && own.GetBoolean(),
            };
        if (example.TryGetProperty("weight_norm", out var norm))
            options = options with { WeightNorm = norm.GetString() == "batch_size" ? WeightNorm.BatchSize : WeightNorm.SumOfWeights };
        return options;
    }

    /// <summary>Passages with the id of the positive, or with an id known to be relevant.</summary>
    Tensor? Known(PassageGroups groups)
    {
        if (!example.TryGetProperty("mask", out var mask) || mask.GetProperty("type").GetString() is not ("id" or "known"))
            return null;
        var ids = tensors.ReadLongs($"{name}/doc_ids");
        if (mask.GetProperty("type").GetString() == "id")
            return groups.Matrix((i, j) => ids[j] == ids[i * (groups.Passages / groups.Queries)]);
        var known = example.GetProperty("known_positives").EnumerateArray().Select(row => row.EnumerateArray().Select(id => id.GetInt64()).ToHashSet()).ToList();
        return groups.Matrix((i, j) => known[i].Contains(ids[j]));
    }

    ReasonIR.Training.Losses.Similarity Similarity() => Text("similarity") == "dot" ? ReasonIR.Training.Losses.Similarity.Dot : ReasonIR.Training.Losses.Similarity.Cosine;

    Tensor Tensor(string input) => TorchTensors.Read(tensors, $"{name}/{input}");

    double Number(string field) => example.GetProperty(field).GetDouble();

    string? Text(string field) => example.TryGetProperty(field, out var value) ? value.GetString() : null;
}
