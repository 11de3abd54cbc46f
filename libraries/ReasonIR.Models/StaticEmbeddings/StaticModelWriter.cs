using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Models.Safetensors;

namespace ReasonIR.Models.StaticEmbeddings;

/// <summary>What goes into a StaticEmbedding folder.</summary>
/// <param name="TokenizerJson">Bytes of tokenizer.json.</param>
/// <param name="Rows">The table, row-major [vocabulary, Dimension].</param>
/// <param name="Dimension">Length of a row.</param>
/// <param name="ModelCard">README.md.</param>
public sealed record StaticModel(ReadOnlyMemory<byte> TokenizerJson, ReadOnlyMemory<float> Rows, int Dimension, string ModelCard);

/// <summary>Writes a folder that sentence-transformers (3.2 and later) and <see cref="StaticEncoder"/> open.</summary>
public static class StaticModelWriter
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Written under a temporary name and renamed; the folder must not exist yet.</summary>
    /// <exception cref="IOException">The folder exists.</exception>
    public static void Save(string folder, StaticModel model)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (model.Rows.Length % model.Dimension != 0)
            throw new ArgumentException($"{model.Rows.Length} elements are no whole number of rows of {model.Dimension}.", nameof(model));
        if (Path.Exists(folder))
            throw new IOException($"{folder} exists already; a model is never written over.");
        var temporary = $"{folder}.{Guid.NewGuid():N}.tmp";
        Directory.CreateDirectory(temporary);
        try
        {
            Json("modules.json", new JsonArray(
                Module(0, ".", "sentence_transformers.models.StaticEmbedding"),
                Module(1, "1_Normalize", "sentence_transformers.models.Normalize")));
            Json("config_sentence_transformers.json", new JsonObject
            {
                ["__version__"] = new JsonObject { ["sentence_transformers"] = "3.2.0" },
                ["model_type"] = "SentenceTransformer",
                ["prompts"] = new JsonObject(),
                ["default_prompt_name"] = null,
                ["similarity_fn_name"] = "cosine",
            });
            Directory.CreateDirectory(Path.Combine(temporary, "1_Normalize"));
            Json("1_Normalize/config.json", new JsonObject());
            File.WriteAllBytes(Path.Combine(temporary, "tokenizer.json"), model.TokenizerJson.Span);
            File.WriteAllText(Path.Combine(temporary, "README.md"), model.ModelCard);
            SafetensorsWriter.Save(Path.Combine(temporary, "model.safetensors"),
                [TensorToWrite.Floats("embedding.weight", model.Rows, [model.Rows.Length / model.Dimension, model.Dimension])],
                new Dictionary<string, string> { ["format"] = "pt" });
            Directory.Move(temporary, folder);
        }
        catch
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }

        void Json(string name, JsonNode content) => File.WriteAllText(Path.Combine(temporary, name), content.ToJsonString(Indented) + "\n");
    }

    static JsonObject Module(int index, string path, string type) => new() { ["idx"] = index, ["name"] = $"{index}", ["path"] = path, ["type"] = type };
}
