using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Pipelines;

/// <summary>A pipeline that was read, with all that is wrong with it.</summary>
/// <param name="Spec">What could be read.</param>
/// <param name="Problems">Empty where it can run.</param>
public sealed record PipelineReading(PipelineSpec Spec, IReadOnlyList<SpecProblem> Problems);

/// <summary>Pipelines as text: YAML and JSON in and out, with every problem at once and the line it stands on.</summary>
public static class PipelineSpecs
{
    static readonly JsonSerializerOptions Lenient = new(ReasonIrJson.Web) { RespectNullableAnnotations = false, RespectRequiredConstructorParameters = false };

    /// <summary>Reads a pipeline.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <exception cref="SpecSyntaxException">The text is neither YAML nor JSON.</exception>
    public static PipelineReading Read(string text) => Read(SpecText.Parse(text));

    /// <summary>Reads what a request brings.</summary>
    public static PipelineReading Read(JsonElement json) => Read(SpecText.Of(json));

    /// <summary>A stored pipeline.</summary>
    public static PipelineSpec Parse(string json) => JsonSerializer.Deserialize<PipelineSpec>(json, ReasonIrJson.Web) ?? throw new JsonException("expected a pipeline, found null");

    /// <summary>The JSON in which a pipeline is stored: every default written out.</summary>
    public static string ToJson(PipelineSpec spec) => JsonSerializer.Serialize(spec, ReasonIrJson.Web);

    /// <summary>The pipeline as YAML.</summary>
    public static string ToYaml(PipelineSpec spec) => SpecYaml.Write(JsonSerializer.SerializeToElement(spec, ReasonIrJson.Web));

    /// <summary>What the pipeline does, as SHA-256 in lower-case hexadecimal digits: two of one hash do the same. The description does not count, nor does what
    /// the instruction of a task says: it is another one for each task.</summary>
    public static string Hash(PipelineSpec spec) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ToJson(Spelled(spec).Instructed(instruction => instruction.Task is null ? instruction : instruction with { Text = null })))));

    /// <summary>The same with what null stands for.</summary>
    public static PipelineSpec Spelled(PipelineSpec spec) => spec with
    {
        Description = null,
        Retrievers = [.. spec.Retrievers.Select(retriever => retriever with { Name = retriever.Label, Bm25 = retriever.Kind == "bm25" ? retriever.Bm25 ?? new() : null, Depth = DepthOf(spec, retriever) })],
        Fusion = spec.Retrievers.Count > 1 || spec.Fusion is not null ? spec.Fusion ?? new() : null,
        Exclusions = spec.Exclusions ?? new(),
        Rewrite = spec.Rewrite is { From: "llm" } rewrite ? rewrite with { Llm = rewrite.Llm ?? new() } : spec.Rewrite,
        Rerank = spec.Rerank is { Count: > 0 } ? [.. spec.Rerank.Select(stage => stage.Kind is "pointwise" or "listwise" ? stage with { Llm = stage.Llm ?? new() } : stage)] : null,
    };

    /// <summary>Documents of a retriever's ranking that go on.</summary>
    public static int DepthOf(PipelineSpec spec, RetrieverStage retriever) => retriever.Depth ?? (spec.Retrievers.Count > 1 || spec.Rerank is { Count: > 0 } ? 100 : spec.Cut);

    static PipelineReading Read(SpecNode node)
    {
        if (node is not SpecMap map)
            return new(new([]), [new("", $"expected the sections {string.Join(", ", SpecBinder.FieldsOf(typeof(PipelineSpec)).Keys)}.", node.Line)]);
        var binder = new SpecBinder(typeof(PipelineSpec));
        var spec = binder.Bind(map)!.Deserialize<PipelineSpec>(Lenient)!;
        var problems = binder.Problems.ToList();
        // What was written wrongly is told once: a field that is missing because it did not fit is not missing.
        problems.AddRange(spec.Problems().Select(SpecLines.Split).Where(found => !binder.Problems.Any(known => known.Field == found.Field || known.Field.StartsWith(found.Field + ".", StringComparison.Ordinal)))
            .Select(found => found with { Line = SpecLines.LineOf(map, found.Field) }));
        return new(spec, problems);
    }
}
