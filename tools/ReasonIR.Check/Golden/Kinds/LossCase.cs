using System.Text.Json;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using ReasonIR.Training.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Check.Golden.Kinds;

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
                return Matryoshka.Loss(q, p, (x, y) => InfoNce.Loss(x, y, groups, Options()), widths, Text("reduction") == "mean");
            case "margin_mse":
                return Mean(Distillation.MarginMse(q, p, groups, Teacher(), Similarity()));
            case "kl":
                return Mean(Distillation.KullbackLeibler(q, p, groups, Teacher(), Similarity(), Number("student_temperature"), Number("teacher_temperature"),
                    example.GetProperty("times_student_temperature_squared").GetBoolean()));
            case "soft_ce":
                return Mean(Distillation.CrossEntropy(q, p, groups, Teacher(), Similarity(), Number("student_temperature"), Number("teacher_temperature")));
            case "infonce_plus_kl":
                return InfoNce.Loss(q, p, groups, Options()) + Mean(Distillation.KullbackLeibler(q, p, groups, Teacher(), ReasonIR.Training.Losses.Similarity.Cosine,
                    Number("temperature"), Number("teacher_temperature"))) * Number("kl_weight");
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

    static Tensor Mean((Tensor Losses, Tensor Counts) each) => InfoNce.Mean(each.Losses, each.Counts, WeightNorm.SumOfWeights);

    /// <summary>[passages]: the groups end to end.</summary>
    Tensor Teacher() => Tensor("teacher").reshape(-1);

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
