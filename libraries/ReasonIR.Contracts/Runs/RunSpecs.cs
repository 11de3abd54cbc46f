using System.Text.Json;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Contracts.Runs;

/// <summary>Reads and writes the spec of any kind of run.</summary>
public static class RunSpecs
{
    /// <summary>The version written beside every stored spec; a reader refuses a newer one.</summary>
    public const int Version = 1;

    static readonly Dictionary<string, Type> Types = new(StringComparer.Ordinal)
    {
        [RunKinds.Import] = typeof(ImportSpec),
        [RunKinds.RegisterModel] = typeof(RegisterModelSpec),
        [RunKinds.PullModel] = typeof(PullModelSpec),
        [RunKinds.Synthesize] = typeof(SynthesizeSpec),
        [RunKinds.SynthesizePart] = typeof(SynthesizePartSpec),
        [RunKinds.SynthesisForecast] = typeof(SynthesisForecastSpec),
        [RunKinds.ImportDataset] = typeof(ImportDatasetSpec),
        [RunKinds.Train] = typeof(TrainSpec),
        [RunKinds.Encode] = typeof(EncodeSpec),
        [RunKinds.EncodePart] = typeof(EncodePartSpec),
        [RunKinds.Index] = typeof(IndexSpec),
        [RunKinds.Evaluate] = typeof(EvaluateSpec),
        [RunKinds.Ask] = typeof(AskSpec),
        [RunKinds.Rag] = typeof(RagSpec),
        [RunKinds.Contamination] = typeof(ContaminationSpec),
        [RunKinds.ImportRun] = typeof(ImportRunSpec),
        [RunKinds.Benchmark] = typeof(BenchmarkSpec),
        [RunKinds.Experiment] = typeof(ExperimentSpec),
        [RunKinds.Loop] = typeof(LoopSpec),
    };

    /// <summary>The spec of a kind from JSON.</summary>
    /// <exception cref="ArgumentException">The kind is unknown, a field is unknown, missing or of the wrong type, or the spec has problems (all are listed).</exception>
    public static IRunSpec Parse(string kind, JsonElement json)
    {
        if (!Types.TryGetValue(kind, out var type))
            throw new ArgumentException($"kind '{kind}' is unknown; expected one of {string.Join(", ", RunKinds.All)}.");
        if (kind == RunKinds.Train)
            return TrainSpecs.Parse(json);
        if (kind == RunKinds.Synthesize)
            return SynthesizeSpecs.Parse(json);
        IRunSpec spec;
        try
        {
            spec = (IRunSpec?)json.Deserialize(type, ReasonIrJson.Strict) ?? throw new ArgumentException("spec: expected an object, found null.");
        }
        catch (JsonException e)
        {
            throw new ArgumentException($"spec of kind '{kind}': {e.Message}", e);
        }
        ThrowIfInvalid(kind, spec);
        return spec;
    }

    /// <summary>The kind of a spec record.</summary>
    public static string KindOf(IRunSpec spec) => Types.First(pair => pair.Value == spec.GetType()).Key;

    /// <summary>The JSON in which the spec is stored.</summary>
    public static string ToJson(IRunSpec spec) => JsonSerializer.Serialize(spec, spec.GetType(), ReasonIrJson.Web);

    /// <summary>Refuses a spec that cannot run.</summary>
    /// <exception cref="ArgumentException">Lists every problem.</exception>
    public static void ThrowIfInvalid(string kind, IRunSpec spec)
    {
        var problems = spec.Problems().ToList();
        if (problems.Count > 0)
            throw new ArgumentException($"The spec of kind '{kind}' cannot run: {string.Join(" ", problems)}");
    }
}
