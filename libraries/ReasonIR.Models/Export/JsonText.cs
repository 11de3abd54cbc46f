using System.Text.Json;
using System.Text.Json.Nodes;

namespace ReasonIR.Models.Export;

/// <summary>JSON files as Hugging Face's libraries write them: indented, characters of all languages as they are, a line feed at the end.</summary>
static class JsonText
{
    static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string path, JsonNode node)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, node.ToJsonString(Options).ReplaceLineEndings("\n") + "\n");
    }
}
