using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Tests.Encoders;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Models.Tests.CrossEncoders;

/// <summary>A random sequence classifier in a folder of its own.</summary>
public sealed class TinyCrossEncoder : IDisposable
{
    readonly TinyEncoder encoder;

    public TinyCrossEncoder(string type = "bert", int labels = 1)
    {
        encoder = new(type, hasPooler: type == "bert");
        encoder.Write("tokenizer.json", TinyTokenizer.Json());
        var random = new Random(2);
        float[] Draw(int n) => [.. Enumerable.Range(0, n).Select(_ => (float)(random.NextDouble() - 0.5))];
        foreach (var (name, shape) in Shapes(type, labels))
            Head[name] = (Draw((int)shape.Aggregate(1L, (n, s) => n * s)), shape);
        Labels(labels);
        Change();
        using var model = Architectures.Load(Folder);
        encoder.SaveWeights([.. model.ToWrite(), .. Head.Select(h => TensorToWrite.Floats(h.Key, h.Value.Values, h.Value.Shape))]);
    }

    public string Folder => encoder.Folder;

    /// <summary>Tensors of the head, by name.</summary>
    public Dictionary<string, (float[] Values, long[] Shape)> Head { get; } = new(StringComparer.Ordinal);

    /// <summary>The configuration with the labels and some fields changed.</summary>
    public void Change(params ReadOnlySpan<(string Field, string? Json)> fields) => encoder.Change(fields);

    public void Write(string name, object json) => encoder.Write(name, json);

    void Labels(int count) => encoder.Config["id2label"] = new System.Text.Json.Nodes.JsonObject(Enumerable.Range(0, count)
        .Select(i => KeyValuePair.Create<string, System.Text.Json.Nodes.JsonNode?>($"{i}", $"label {i}")));

    static (string, long[])[] Shapes(string type, int labels) => type switch
    {
        "bert" => [("classifier.weight", [labels, 16]), ("classifier.bias", [labels])],
        "distilbert" => [("pre_classifier.weight", [16, 16]), ("pre_classifier.bias", [16]), ("classifier.weight", [labels, 16]), ("classifier.bias", [labels])],
        "modernbert" => [("head.dense.weight", [16, 16]), ("head.norm.weight", [16]), ("classifier.weight", [labels, 16]), ("classifier.bias", [labels])],
        _ => [("classifier.dense.weight", [16, 16]), ("classifier.dense.bias", [16]), ("classifier.out_proj.weight", [labels, 16]), ("classifier.out_proj.bias", [labels])],
    };

    public void Dispose() => encoder.Dispose();
}
