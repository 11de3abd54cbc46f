using System.Text.Json;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.StaticEmbeddings;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;

namespace ReasonIR.Models;

/// <summary>Opens a model folder, whatever it holds: reads modules.json or config.json and picks the encoder from <see cref="ModelTypes"/>.</summary>
public static class ModelFolder
{
    /// <param name="path">A sentence-transformers or plain Hugging Face folder.</param>
    /// <param name="options">How its weights are held and computed with; static models have none of it.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The folder is not a model, or a file in it is broken.</exception>
    /// <exception cref="NotSupportedException">The model is of a type that has no implementation here; the message names it and those there are.</exception>
    public static ITextEncoder Open(string path, ModelOptions? options = null)
    {
        var folder = SentenceTransformersFolder.Open(path);
        return ModelTypes.Find(TypeOf(folder), folder.Path)(folder, options ?? ModelOptions.Default);
    }

    /// <summary>Bytes that the weights take once loaded and used, from the files' headers alone: those kept in fixed point beside them too.</summary>
    public static long WeightBytes(string path, ModelOptions? options = null)
    {
        var isPairs = IsCrossEncoder(path);
        var folder = SentenceTransformersFolder.Open(path, isPairs ? "sequence-classification" : "feature-extraction");
        var type = isPairs ? Architectures.TypeOf(folder.Body) : TypeOf(folder);
        _ = ModelTypes.Find(type, folder.Path);
        var isStatic = type == ModelTypes.Static;
        var body = isStatic && folder.Modules is [{ Folder: var own }, ..] ? own : folder.Body;
        options ??= ModelOptions.Default;
        var width = isStatic || options.Stored == TorchSharp.torch.ScalarType.Float32 ? sizeof(float) : sizeof(short);
        if (!isStatic && options.Compute == TorchSharp.torch.ScalarType.BFloat16 && TorchRuntime.Status.Available && TorchRuntime.Bf16 == "fixed")
            width += sizeof(short);
        var elements = 0L;
        foreach (var file in (IEnumerable<string>)[.. WeightFiles.Paths(body), .. folder.Dense().Select(module => module.WeightsPath)])
        {
            using var weights = SafetensorsFile.Open(file);
            elements += weights.Tensors.Values.Sum(tensor => tensor.Elements);
        }
        return elements * width;
    }

    /// <summary>Whether the folder holds a cross-encoder: sentence-transformers says so, or every class of config.json is a sequence classifier's.</summary>
    /// <exception cref="InvalidDataException">The folder is not a model, or a file in it is broken.</exception>
    public static bool IsCrossEncoder(string path)
    {
        var file = Path.Combine(path, "config_sentence_transformers.json");
        if (File.Exists(file))
        {
            using var settings = JsonFile.Open(file);
            if (settings.Text("model_type") is { } kind)
                return kind == "CrossEncoder";
        }
        if (File.Exists(Path.Combine(path, "modules.json")) || !File.Exists(Path.Combine(path, "config.json")))
            return false;
        using var config = JsonFile.Open(Path.Combine(path, "config.json"));
        return config.Element("architectures") is { ValueKind: JsonValueKind.Array } classes && classes.GetArrayLength() > 0
            && classes.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String && name.GetString()!.EndsWith("ForSequenceClassification", StringComparison.Ordinal));
    }

    /// <summary><c>static</c>, or config.json's <c>model_type</c>, without opening the weights.</summary>
    public static string TypeOf(string path) => TypeOf(SentenceTransformersFolder.Open(path));

    static string TypeOf(SentenceTransformersFolder folder)
    {
        if (folder.Kind != SentenceTransformersFolder.EncoderKind)
            throw new NotSupportedException($"{folder.Path}/config_sentence_transformers.json: model_type '{folder.Kind}' is not supported as a text encoder; '{SentenceTransformersFolder.EncoderKind}' is.");
        if (folder.Modules.Count > 0)
        {
            var first = folder.Modules[0].Kind;
            if (first == "StaticEmbedding")
                return ModelTypes.Static;
            if (first != "Transformer")
                throw new NotSupportedException($"{folder.Path}/modules.json: the first module is of type '{first}'; StaticEmbedding or Transformer was expected.");
        }
        var config = Path.Combine(folder.Body, "config.json");
        if (!File.Exists(config))
            throw new InvalidDataException($"{folder.Path}: neither modules.json with a StaticEmbedding nor a config.json is there; this is not a model folder.");
        using var json = JsonFile.Open(config);
        var type = json.Text("model_type") ?? throw json.Bad("model_type", "is missing");
        return folder.Modules.Count == 0 && type == Model2VecRules.ModelType ? ModelTypes.Static : type;
    }
}
