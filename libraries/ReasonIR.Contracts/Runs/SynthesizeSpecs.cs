using System.Text.Json;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Runs;

/// <summary>A recipe of synthesis that was read, with all that is wrong with it.</summary>
/// <param name="Spec">What could be read.</param>
/// <param name="Problems">Empty where it can run.</param>
public sealed record SynthesizeSpecReading(SynthesizeSpec Spec, IReadOnlyList<SpecProblem> Problems);

/// <summary>Recipes of synthesis as text: YAML and JSON in and out, with every problem at once and the line it stands on.</summary>
public static class SynthesizeSpecs
{
    /// <summary>Reads a recipe.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="set">Fields to set afterwards, each <c>path=value</c>, e.g. <c>llm.documents=100</c>.</param>
    /// <exception cref="SpecSyntaxException">The text is neither YAML nor JSON.</exception>
    /// <exception cref="ArgumentException">A field to set is not written as path=value.</exception>
    public static SynthesizeSpecReading Read(string text, IEnumerable<string>? set = null)
    {
        var node = SpecText.Parse(text);
        SpecEdit.Set(node, set ?? []);
        return Read(node);
    }

    /// <summary>Gives a spec seed filters that are written apart.</summary>
    /// <param name="seeds">YAML or JSON: a recipe's section <c>seeds</c>, or the recipe, of which only that counts; null: the spec's own, if any.</param>
    /// <param name="set">Fields to set afterwards, each <c>path=value</c>, e.g. <c>seeds.minimumWords=50</c>.</param>
    /// <returns>Lines are those of <paramref name="seeds"/>.</returns>
    /// <inheritdoc cref="Read(string, IEnumerable{string}?)" path="/exception"/>
    public static SynthesizeSpecReading WithSeeds(SynthesizeSpec spec, string? seeds, IEnumerable<string> set)
    {
        var map = (SpecMap)SpecText.Of(JsonSerializer.SerializeToElement(spec, ReasonIrJson.Web));
        if (seeds is not null)
            map.Set("seeds", SpecText.Parse(seeds) is var written && written is SpecMap recipe && recipe["seeds"] is { } section ? section : written);
        SpecEdit.Set(map, set);
        return Read(map);
    }

    /// <summary>Reads what a run stores or a request brings.</summary>
    public static SynthesizeSpecReading Read(JsonElement json) => Read(SpecText.Of(json));

    /// <summary>A spec that is known to be good, as a run stores it.</summary>
    /// <exception cref="ArgumentException">It is not; the message lists every problem.</exception>
    public static SynthesizeSpec Parse(JsonElement json)
    {
        var (spec, problems) = Read(json);
        return problems.Count == 0 ? spec : throw new ArgumentException($"The spec of kind '{RunKinds.Synthesize}' cannot run: {string.Join(" ", problems)}");
    }

    /// <summary>The recipe as YAML; steps that are off are left out.</summary>
    public static string ToYaml(SynthesizeSpec spec) => SpecYaml.Write(JsonSerializer.SerializeToElement(spec, ReasonIrJson.Web));

    static SynthesizeSpecReading Read(SpecNode node)
    {
        if (node is not SpecMap map)
            return new(new("", ""), [new("", $"expected the fields {string.Join(", ", SpecBinder.FieldsOf(typeof(SynthesizeSpec)).Keys)}.", node.Line)]);
        var (spec, problems, _) = SpecReader.Read<SynthesizeSpec>(map);
        return new(spec, problems);
    }
}
