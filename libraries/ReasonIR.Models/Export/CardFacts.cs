using System.Globalization;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Models.Export;

/// <summary>What a model card takes from the model's folder itself.</summary>
public sealed record CardFacts(
    string Architecture, string Type, long Parameters, int Dimension, int MaxTokens, string Pooling, bool Normalized, bool Causal, SimilarityFunction Similarity, PromptSet Prompts)
{
    /// <summary>Of a folder with modules, from its configurations and the weights' headers.</summary>
    /// <exception cref="InvalidDataException">A file is broken, or the folder has no modules.</exception>
    public static CardFacts Read(string path)
    {
        var folder = SentenceTransformersFolder.Open(path);
        using var json = JsonFile.Open(Path.Combine(folder.Body, "config.json"));
        var pooling = folder.Pooling();
        var width = pooling.Width ?? throw new InvalidDataException($"{path}: 1_Pooling/config.json does not say how wide a hidden state is.");
        var dense = folder.Dense().ToList();
        var whole = dense.Count > 0 ? dense[^1].Config.OutFeatures : width * pooling.Modes.Count;
        var dimension = Math.Min(folder.TruncateDimension ?? whole, whole);
        var parameters = 0L;
        var type = "";
        foreach (var file in WeightFiles.Paths(folder.Body).Concat(dense.Select(d => d.WeightsPath)))
        {
            using var weights = SafetensorsFile.Open(file);
            parameters += weights.Tensors.Values.Sum(t => t.Elements);
            type = type.Length > 0 ? type : TensorTypes.Name(weights.Tensors.Values.First().Type).ToLowerInvariant();
        }
        return new(
            json.Element("architectures") is { ValueKind: System.Text.Json.JsonValueKind.Array } classes && classes.GetArrayLength() > 0 ? classes[0].ToString() : json.Text("model_type") ?? "",
            type, parameters, dimension, folder.MaxTokens ?? json.Integer("max_position_embeddings") ?? 0,
            string.Join(" + ", pooling.Modes) + (pooling.IncludePrompt ? "" : ", without the prompt's tokens"),
            folder.Modules is [.., { Kind: "Normalize" }] && dimension == whole, json.Boolean("is_causal") == true, folder.Similarity, folder.Prompts);
    }

    internal IEnumerable<string[]> Rows()
    {
        yield return ["architecture", $"{Architecture}{(Causal ? ", causal attention" : "")}"];
        yield return ["parameters", $"{Parameters.ToString("N0", CultureInfo.InvariantCulture)} ({Type})"];
        yield return ["tokens of a text", MaxTokens.ToString("N0", CultureInfo.InvariantCulture)];
        yield return ["dimensions", $"{Dimension}"];
        yield return ["pooling", Pooling];
        yield return ["length of a vector", Normalized ? "1" : "as it comes"];
        yield return ["similarity", Similarity.ToString().ToLowerInvariant()];
        foreach (var (name, prompt) in Prompts.Prompts)
            yield return [$"prompt \"{name}\"{(name == Prompts.DefaultName ? " (default)" : "")}", prompt.Length == 0 ? "none" : $"`{prompt.Replace("\n", "\\n", StringComparison.Ordinal)}`"];
    }
}
