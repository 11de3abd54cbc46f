using System.Text.Json;
using System.Text.RegularExpressions;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using Xunit;
using YamlDotNet.Serialization;

namespace ReasonIR.Models.Tests.Export;

/// <summary>
/// Checks a folder field by field against what transformers and sentence-transformers read when they load one (AutoConfig, from_pretrained,
/// AutoTokenizer; SentenceTransformer, its modules' load) and what the hub reads in a card.
/// </summary>
sealed partial class ExportedFolder(string path)
{
    /// <summary>Everything; throws where a field is not what its reader takes.</summary>
    public void Check(string modelType, string architecture, string type, params string[] modules)
    {
        var hidden = CheckConfig(modelType, architecture, type);
        CheckWeights(type);
        CheckTokenizer();
        CheckModules(hidden, ["Transformer", "Pooling", .. modules]);
        CheckSettings();
        Card();
        Assert.All(Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories), file =>
        {
            Assert.DoesNotMatch(@"\.tmp$", file);
            if (file.EndsWith(".json", StringComparison.Ordinal))
                Json(Path.GetRelativePath(path, file)).Dispose();
        });
    }

    int CheckConfig(string modelType, string architecture, string type)
    {
        using var json = Json("config.json");
        var config = json.RootElement;
        Assert.Equal(modelType, config.GetProperty("model_type").GetString());
        Assert.Equal([architecture], config.GetProperty("architectures").EnumerateArray().Select(a => a.GetString()));
        // The type of the weights stands in one spelling or the other, and in both alike where both are there.
        string[] types = [.. new[] { "dtype", "torch_dtype" }.Where(f => config.TryGetProperty(f, out _)).Select(f => config.GetProperty(f).GetString()!)];
        Assert.NotEmpty(types);
        Assert.All(types, t => Assert.Equal(type, t));
        foreach (var field in new[] { "auto_map", "quantization_config", "_name_or_path", "id2label", "num_labels" })
            Assert.False(config.TryGetProperty(field, out _), field);
        return config.GetProperty("hidden_size").GetInt32();
    }

    void CheckWeights(string type)
    {
        var stored = type switch { "bfloat16" => TensorType.BF16, "float16" => TensorType.F16, _ => TensorType.F32 };
        // safe_open(...).metadata()["format"] must be "pt", else from_pretrained refuses the file.
        foreach (var file in WeightFiles.Paths(path))
        {
            using var weights = SafetensorsFile.Open(file);
            Assert.Equal("pt", weights.Metadata["format"]);
            Assert.All(weights.Tensors.Values, tensor => Assert.Equal(stored, tensor.Type));
            // Aligned, as the reference library writes.
            Assert.All(weights.Tensors.Values, tensor => Assert.Equal(0, tensor.Offset % TensorTypes.Size(tensor.Type)));
        }
        var index = Path.Combine(path, ShardIndex.FileName);
        if (!File.Exists(index))
            return;
        using var json = Json(ShardIndex.FileName);
        using var all = WeightFiles.Open(path);
        Assert.Equal(all.Names.Order(StringComparer.Ordinal), json.RootElement.GetProperty("weight_map").EnumerateObject().Select(e => e.Name));
        Assert.Equal(WeightFiles.Paths(path).Sum(file =>
        {
            using var weights = SafetensorsFile.Open(file);
            return weights.Tensors.Values.Sum(t => t.Bytes);
        }), json.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64());
    }

    void CheckTokenizer()
    {
        Assert.NotNull(ReasonIR.Tokenizers.Tokenizer.Load(Path.Combine(path, "tokenizer.json")));
        using var json = Json("tokenizer_config.json");
        Assert.Matches("^[A-Za-z]+Tokenizer(Fast)?$", json.RootElement.GetProperty("tokenizer_class").GetString());
        // Without one, a batch of texts of several lengths cannot be made.
        Assert.NotEmpty(json.RootElement.GetProperty("pad_token").GetString()!);
        Assert.True(json.RootElement.GetProperty("model_max_length").GetDouble() >= 1);
    }

    void CheckModules(int hidden, string[] kinds)
    {
        using var json = Json("modules.json");
        var entries = json.RootElement.EnumerateArray().ToList();
        Assert.Equal(kinds.Select(kind => $"sentence_transformers.models.{kind}"), entries.Select(e => e.GetProperty("type").GetString()));
        var width = hidden;
        foreach (var (i, entry) in entries.Index())
        {
            Assert.Equal(i, entry.GetProperty("idx").GetInt32());
            Assert.Equal($"{i}", entry.GetProperty("name").GetString());
            var folder = entry.GetProperty("path").GetString()!;
            Assert.Equal(i == 0 ? "" : $"{i}_{kinds[i]}", folder);
            // load_dir_path asks the hub for a folder that is not there.
            Assert.True(Directory.Exists(Path.Combine(path, folder)));
            if (i == 0)
                continue;
            using var config = Json(Path.Combine(folder, "config.json"));
            width = kinds[i] switch { "Pooling" => Pooling(config.RootElement, hidden), "Dense" => Dense(config.RootElement, Path.Combine(path, folder), width), _ => Normalize(config.RootElement, width) };
        }
    }

    static int Pooling(JsonElement config, int hidden)
    {
        var fields = config.EnumerateObject().ToDictionary(f => f.Name, f => f.Value);
        if (fields.Remove("pooling_mode", out var modes))
        {
            Assert.Equal(["embedding_dimension", "include_prompt"], fields.Keys.Order());
            Assert.Equal(hidden, fields["embedding_dimension"].GetInt32());
            return modes.GetArrayLength() * hidden;
        }
        Assert.Equal(["include_prompt", "pooling_mode_cls_token", "pooling_mode_lasttoken", "pooling_mode_max_tokens", "pooling_mode_mean_sqrt_len_tokens", "pooling_mode_mean_tokens",
            "pooling_mode_weightedmean_tokens", "word_embedding_dimension"], fields.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(hidden, fields["word_embedding_dimension"].GetInt32());
        return fields.Count(f => f.Key.StartsWith("pooling_mode", StringComparison.Ordinal) && f.Value.GetBoolean()) * hidden;
    }

    static int Dense(JsonElement config, string folder, int width)
    {
        // Dense(**config) of versions before 6 takes these and no others.
        Assert.Equal(["activation_function", "bias", "in_features", "out_features"], config.EnumerateObject().Select(f => f.Name).Order(StringComparer.Ordinal));
        Assert.StartsWith("torch.nn.modules.", config.GetProperty("activation_function").GetString());
        Assert.Equal(width, config.GetProperty("in_features").GetInt32());
        var outputs = config.GetProperty("out_features").GetInt32();
        using var weights = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        Assert.Equal([outputs, width], weights.Get("linear.weight").Shape.Select(s => (int)s));
        Assert.Equal(config.GetProperty("bias").GetBoolean(), weights.Tensors.ContainsKey("linear.bias"));
        return outputs;
    }

    static int Normalize(JsonElement config, int width)
    {
        Assert.Empty(config.EnumerateObject());
        return width;
    }

    void CheckSettings()
    {
        using (var json = Json("config_sentence_transformers.json"))
        {
            var config = json.RootElement;
            foreach (var package in new[] { "sentence_transformers", "transformers", "pytorch" })
                Assert.Matches(@"^\d+\.\d+\.\d+$", config.GetProperty("__version__").GetProperty(package).GetString());
            Assert.Equal("SentenceTransformer", config.GetProperty("model_type").GetString());
            Assert.All(config.GetProperty("prompts").EnumerateObject(), p => Assert.Equal(JsonValueKind.String, p.Value.ValueKind));
            if (config.GetProperty("default_prompt_name").GetString() is { } standard)
                Assert.True(config.GetProperty("prompts").TryGetProperty(standard, out _));
            Assert.Contains(config.GetProperty("similarity_fn_name").GetString(), (string[])["cosine", "dot", "euclidean", "manhattan"]);
        }
        using var settings = Json("sentence_bert_config.json");
        Assert.Equal(["do_lower_case", "max_seq_length"], settings.RootElement.EnumerateObject().Select(f => f.Name).Order(StringComparer.Ordinal));
        Assert.InRange(settings.RootElement.GetProperty("max_seq_length").GetInt32(), 1, 1 << 20);
    }

    /// <summary>The metadata at the head of README.md.</summary>
    public Dictionary<string, object> Card()
    {
        var text = File.ReadAllText(Path.Combine(path, "README.md"));
        var head = Head().Match(text);
        Assert.True(head.Success, "README.md does not begin with metadata");
        var card = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(head.Groups[1].Value);
        Assert.Equal("sentence-transformers", card["library_name"]);
        Assert.Equal("sentence-similarity", card["pipeline_tag"]);
        Assert.Matches("^[a-z0-9.+-]+$", (string)card["license"]);
        Assert.Contains("sentence-transformers", (List<object>)card["tags"]);
        return card;
    }

    JsonDocument Json(string name) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(path, name)));

    [GeneratedRegex("^---\n(.*?\n)---\n", RegexOptions.Singleline)]
    private static partial Regex Head();
}
