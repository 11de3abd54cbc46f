using System.Globalization;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ReasonIR.Contracts.Specs;

/// <summary>Writes JSON as the YAML that a person would write.</summary>
public static class SpecYaml
{
    /// <param name="json">An object.</param>
    public static string Write(JsonElement json) => Write(SpecText.Of(json));

    /// <summary>The nodes of a spec as they were written, their comments apart.</summary>
    public static string Write(SpecNode node)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024, skipAnchorName: true, indentSequences: true, newLine: "\n"));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Emit(emitter, node);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    static void Emit(Emitter emitter, SpecNode node)
    {
        switch (node)
        {
            case SpecMap map:
                emitter.Emit(new MappingStart());
                foreach (var field in map.Fields)
                {
                    emitter.Emit(new Scalar(field.Name));
                    Emit(emitter, field.Value);
                }
                emitter.Emit(new MappingEnd());
                break;
            case SpecList list:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, list.Items.Any(item => item is SpecMap) ? SequenceStyle.Block : SequenceStyle.Flow));
                foreach (var item in list.Items)
                    Emit(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case SpecScalar { Text: null }:
                emitter.Emit(new Scalar("null"));
                break;
            case SpecScalar { Quoted: true, Text: var value }:
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, value, Style(value), true, true));
                break;
            case SpecScalar { Text: var plain }:
                emitter.Emit(new Scalar(plain));
                break;
        }
    }

    /// <summary>Plain where a reader takes it for a text again; the emitter itself quotes what has marks of YAML in it.</summary>
    static ScalarStyle Style(string value) =>
        value.Length == 0 || value.Any(char.IsControl) || value != value.Trim() || value.ToLowerInvariant() is "~" or "null" or "true" or "false" or "yes" or "no" or "on" or "off"
            || double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? ScalarStyle.DoubleQuoted : ScalarStyle.Any;
}
