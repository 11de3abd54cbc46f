using System.Text.Json;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Runs;

/// <summary>A spec that was read, with all that is wrong with it.</summary>
/// <param name="Spec">What could be read.</param>
/// <param name="Problems">Empty where it can run.</param>
public sealed record TrainSpecReading(TrainSpec Spec, IReadOnlyList<SpecProblem> Problems)
{
    /// <summary>Every value by its path, as it was written, e.g. <c>data.sources[0].dataset</c>, whether it fits or not.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();
}

/// <summary>Recipes as text: YAML and JSON in and out, with every problem at once and the line it stands on.</summary>
public static class TrainSpecs
{
    /// <summary>Where the fields of the flat form of earlier versions went.</summary>
    static readonly Dictionary<string, string> Moved = new(StringComparer.Ordinal)
    {
        ["model"] = "output.name", ["dataset"] = "data.sources[0].dataset", ["datasetVersion"] = "data.sources[0].version", ["base"] = "base.model", ["epochs"] = "data.epochs",
        ["maxSteps"] = "data.steps", ["maxSeconds"] = "data.seconds", ["batchSize"] = "data.batchSize", ["learningRate"] = "optimizer.learningRate", ["temperature"] = "loss.temperature",
        ["dimension"] = "base.static.dimension", ["warmupRatio"] = "schedule.warmup", ["schedule"] = "schedule.kind", ["weightDecay"] = "optimizer.weightDecay",
        ["queryMaxTokens"] = "data.queryMaxTokens", ["passageMaxTokens"] = "data.passageMaxTokens", ["checkpointSteps"] = "scale.checkpointSteps", ["keepStart"] = "base.static.keepStart",
    };

    /// <summary>Reads a recipe.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="set">Fields to set afterwards, each <c>path=value</c>, e.g. <c>data.sources[0].dataset=pairs</c>.</param>
    /// <exception cref="SpecSyntaxException">The text is neither YAML nor JSON.</exception>
    /// <exception cref="ArgumentException">A field to set is not written as path=value.</exception>
    public static TrainSpecReading Read(string text, IEnumerable<string>? set = null)
    {
        var node = SpecText.Parse(text);
        SpecEdit.Set(node, set ?? []);
        return Read(node);
    }

    /// <summary>
    /// A recipe with fields set, as YAML: everything else stays as it was written, what does not fit too; comments are lost. A value
    /// <c>null</c> takes the field out, and what is empty after it.
    /// </summary>
    /// <inheritdoc cref="Read(string, IEnumerable{string})"/>
    public static string Edit(string text, IEnumerable<string> set)
    {
        var node = SpecText.Parse(text) is SpecMap map ? Sections(map) : throw new SpecSyntaxException($"expected the sections {string.Join(", ", SpecBinder.FieldsOf(typeof(TrainSpec)).Keys)}.", 0);
        SpecEdit.Set(node, set);
        return SpecYaml.Write(Filled(node) ?? new SpecMap([], 1));
    }

    /// <summary>What is left without nothings; null: nothing.</summary>
    static SpecNode? Filled(SpecNode node) => node switch
    {
        SpecScalar { Text: null } => null,
        SpecMap map => map.Fields.Select(field => Filled(field.Value) is { } value ? field with { Value = value } : null).OfType<SpecField>().ToList() is { Count: > 0 } fields ? new SpecMap(fields, map.Line) : null,
        SpecList list => list.Items.Select(Filled).OfType<SpecNode>().ToList() is { Count: > 0 } items ? new SpecList(items, list.Line) : null,
        _ => node,
    };

    /// <summary>Reads what a run stores or a request brings.</summary>
    public static TrainSpecReading Read(JsonElement json) => Read(SpecText.Of(json));

    /// <summary>A spec that is known to be good, as a run stores it.</summary>
    /// <exception cref="ArgumentException">It is not; the message lists every problem.</exception>
    public static TrainSpec Parse(JsonElement json)
    {
        var (spec, problems) = Read(json);
        return problems.Count == 0 ? spec : throw new ArgumentException($"The spec of kind '{RunKinds.Train}' cannot run: {string.Join(" ", problems)}");
    }

    /// <summary>The recipe as YAML; what is left to defaults is left out.</summary>
    public static string ToYaml(TrainSpec spec) => SpecYaml.Write(JsonSerializer.SerializeToElement(spec, ReasonIrJson.Web));

    static TrainSpecReading Read(SpecNode node)
    {
        if (node is not SpecMap map)
            return new(Empty, [new("", $"expected the sections {string.Join(", ", SpecBinder.FieldsOf(typeof(TrainSpec)).Keys)}.", node.Line)]);
        map = Sections(map);
        var (spec, problems, values) = SpecReader.Read<TrainSpec>(map);
        return new(spec, problems) { Values = values };
    }

    static TrainSpec Empty => new(new(""), new([]));

    /// <summary>The flat form as sections.</summary>
    static SpecMap Sections(SpecMap map)
    {
        if (map["output"] is not null || map["data"] is not null || map.Fields.All(field => !Moved.ContainsKey(field.Name) || field.Name is "base" or "schedule"))
            return map;
        var sections = new SpecMap([], map.Line);
        foreach (var field in map.Fields)
            if (!Moved.TryGetValue(field.Name, out var path) || field.Value is SpecMap)
                sections.Set(field.Name, field.Value);
            else if (field.Value is not SpecScalar { Text: null })
                SpecEdit.Put(sections, path.Split('.'), field.Value, field.Name);
        // Written for the static base, these said nothing elsewhere.
        if (sections["base"] is SpecMap @base && @base["model"] is SpecScalar { Text: not BaseSection.Scratch })
            @base.Fields.RemoveAll(field => field.Name == "static");
        return sections;
    }
}
