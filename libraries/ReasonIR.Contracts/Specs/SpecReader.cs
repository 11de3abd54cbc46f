using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Contracts.Specs;

/// <summary>Reads the spec of a run from what was written, with all that is wrong with it.</summary>
static class SpecReader
{
    static readonly JsonSerializerOptions Lenient = new(ReasonIrJson.Web) { RespectNullableAnnotations = false, RespectRequiredConstructorParameters = false };

    /// <returns>What could be read; every problem with its line; every value by its path, as it was written.</returns>
    public static (T Spec, IReadOnlyList<SpecProblem> Problems, IReadOnlyDictionary<string, string> Values) Read<T>(SpecMap map) where T : IRunSpec
    {
        var binder = new SpecBinder(typeof(T));
        var spec = binder.Bind(map)!.Deserialize<T>(Lenient)!;
        var problems = binder.Problems.ToList();
        // What was written wrongly is told once: a field that is missing because it did not fit is not missing.
        problems.AddRange(spec.Problems().Select(SpecLines.Split).Where(found => !binder.Problems.Any(known => known.Field == found.Field || known.Field.StartsWith(found.Field + ".", StringComparison.Ordinal)))
            .Select(found => found with { Line = SpecLines.LineOf(map, found.Field) }));
        return (spec, problems, binder.Values);
    }
}
