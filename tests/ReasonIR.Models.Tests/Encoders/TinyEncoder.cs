using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Models.Bert;
using ReasonIR.Models.ModernBert;
using ReasonIR.Models.Roberta;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp;
using Xunit;

namespace ReasonIR.Models.Tests.Encoders;

/// <summary>A random encoder of two or three layers of any family, in a folder of its own; skips where libtorch is absent.</summary>
public sealed class TinyEncoder : IDisposable
{
    public static IReadOnlyList<string> Types { get; } = ["bert", "roberta", "xlm-roberta", "camembert", "distilbert", "electra", "modernbert"];

    public TinyEncoder(string type, bool hasPooler = false, int seed = 1)
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        Folder = Directory.CreateTempSubdirectory("reasonir-encoder-").FullName;
        Config = JsonNode.Parse(ConfigOf(type))!.AsObject();
        Save(Config);
        torch.manual_seed(seed);
        using var model = Random(type, hasPooler);
        // Random biases and norms too, so that a forgotten one shows.
        using (torch.no_grad())
            foreach (var (_, parameter) in model.named_parameters())
            {
                using var noise = torch.randn(parameter.shape) * 0.1;
                parameter.add_(noise);
            }
        SaveWeights([.. model.ToWrite()]);
    }

    public string Folder { get; }

    public JsonObject Config { get; }

    public static BertFamily Family(string type) => type switch
    {
        "bert" => BertFamily.Bert,
        "roberta" => RobertaFamilies.Roberta,
        "xlm-roberta" => RobertaFamilies.XlmRoberta,
        "camembert" => RobertaFamilies.Camembert,
        "distilbert" => OtherFamilies.DistilBert,
        "electra" => OtherFamilies.Electra,
        _ => throw new ArgumentException(type),
    };

    /// <summary>The folder's configuration with some fields changed; null removes one.</summary>
    public void Change(params ReadOnlySpan<(string Field, string? Json)> fields)
    {
        var config = Config.DeepClone().AsObject();
        foreach (var (field, json) in fields)
            if (json is null)
                config.Remove(field);
            else
                config[field] = JsonNode.Parse(json);
        Save(config);
    }

    public void SaveWeights(params TensorToWrite[] tensors) => SafetensorsWriter.Save(Path.Combine(Folder, "model.safetensors"), tensors);

    public void Write(string name, object json) => File.WriteAllText(Path.Combine(Folder, name), JsonSerializer.Serialize(json));

    /// <summary>Hidden states of the sequences, [tokens, hidden].</summary>
    public float[] Hidden(IReadOnlyList<int[]> sequences, ModelOptions? options = null, IReadOnlyList<int[]>? types = null)
    {
        using var model = Architectures.Load(Folder, options);
        return Hidden(model, sequences, types);
    }

    public static float[] Hidden(TransformerModel model, IReadOnlyList<int[]> sequences, IReadOnlyList<int[]>? types = null)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        return model.call(PackedBatch.From(sequences, types)).to(torch.ScalarType.Float32).data<float>().ToArray();
    }

    static TransformerModel Random(string type, bool hasPooler)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("reasonir-config-").FullName, "config.json");
        try
        {
            File.WriteAllText(path, ConfigOf(type));
            return type == "modernbert" ? ModernBertModel.Random(ModernBertConfig.Read(path)) : BertModel.Random(BertConfig.Read(path, Family(type)), hasPooler, Family(type));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    static string ConfigOf(string type) => type switch
    {
        "distilbert" => """{"model_type":"distilbert","vocab_size":64,"dim":16,"n_layers":2,"n_heads":2,"hidden_dim":32,"max_position_embeddings":48,"activation":"gelu","initializer_range":0.2}""",
        "electra" => """{"model_type":"electra","vocab_size":64,"embedding_size":8,"hidden_size":16,"num_hidden_layers":2,"num_attention_heads":2,"intermediate_size":32,"max_position_embeddings":48,"type_vocab_size":2,"hidden_act":"gelu","initializer_range":0.2}""",
        "modernbert" => """{"model_type":"modernbert","vocab_size":64,"hidden_size":16,"num_hidden_layers":3,"num_attention_heads":2,"intermediate_size":24,"max_position_embeddings":48,"global_attn_every_n_layers":2,"local_attention":6,"initializer_range":0.2}""",
        "bert" => """{"model_type":"bert","vocab_size":64,"hidden_size":16,"num_hidden_layers":2,"num_attention_heads":2,"intermediate_size":32,"max_position_embeddings":48,"type_vocab_size":2,"hidden_act":"gelu","initializer_range":0.2}""",
        _ => $$"""{"model_type":"{{type}}","vocab_size":64,"hidden_size":16,"num_hidden_layers":2,"num_attention_heads":2,"intermediate_size":32,"max_position_embeddings":50,"type_vocab_size":1,"pad_token_id":1,"hidden_act":"gelu","layer_norm_eps":1e-05,"initializer_range":0.2}""",
    };

    void Save(JsonObject config) => File.WriteAllText(Path.Combine(Folder, "config.json"), config.ToJsonString());

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
