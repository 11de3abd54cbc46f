using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Models.Lora;

namespace ReasonIR.Encoder.Registration;

/// <summary>
/// A folder with a LoRA adapter alone names its base as it was called where it was trained. In the artifact store the name becomes the
/// path from the adapter's folder to the base's, so that the pair can be opened wherever the store lies.
/// </summary>
static class AdapterBase
{
    const string Field = "base_model_name_or_path";

    /// <summary>Whether the folder holds an adapter without its base.</summary>
    public static bool IsNeeded(string folder) => AdapterFolder.Is(folder);

    /// <summary>What the adapter calls its base; null: nothing.</summary>
    public static string? NameIn(string folder) => (string?)Read(folder)[Field];

    /// <summary>Makes the adapter name its base's folder.</summary>
    /// <param name="artifacts">Where both lie.</param>
    /// <param name="adapter">The adapter's folder, relative to the store.</param>
    /// <param name="basis">The base's, relative to the store, or absolute below a model root.</param>
    public static void Set(ArtifactStore artifacts, string adapter, string basis)
    {
        var folder = artifacts.Resolve(adapter);
        var json = Read(folder);
        json[Field] = Path.IsPathRooted(basis) ? basis : Path.GetRelativePath(folder, artifacts.Resolve(basis));
        File.WriteAllText(PathOf(folder), json.ToJsonString(new() { WriteIndented = true }) + "\n");
    }

    static JsonObject Read(string folder)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(PathOf(folder))) as JsonObject ?? throw new InvalidDataException("adapter_config.json: an object was expected.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"adapter_config.json: line {e.LineNumber + 1}: not valid JSON: {e.Message}", e);
        }
    }

    static string PathOf(string folder) => Path.Combine(folder, "adapter_config.json");
}
