using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ReasonIR.Models.Safetensors;

/// <summary>
/// Weights as Hugging Face's libraries store them: model.safetensors, or shards of a limited size and their index, cut and named as
/// huggingface_hub cuts and names them, byte for byte.
/// </summary>
public static class ShardWriter
{
    /// <summary>transformers' limit for a long time; one file of a larger model is unwieldy to move.</summary>
    public const long StandardShardBytes = 5_000_000_000;

    const string Single = "model.safetensors";

    static readonly Dictionary<string, string> Metadata = new() { ["format"] = "pt" };

    static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the weights into a folder; weight files of another cut that lie there are removed.</summary>
    /// <param name="tensors">In the model's order: neighbors share a shard. A tensor above the limit has one of its own.</param>
    /// <param name="maxBytes">Bytes of tensors in a shard.</param>
    /// <returns>The names of the files with weights.</returns>
    public static IReadOnlyList<string> Save(string folder, IEnumerable<TensorToWrite> tensors, long maxBytes = StandardShardBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        var shards = Split([.. tensors], maxBytes);
        string[] names = shards.Count == 1
            ? [Single]
            : [.. shards.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors"))];
        foreach (var (shard, name) in shards.Zip(names))
            SafetensorsWriter.Save(Path.Combine(folder, name), shard, Metadata);
        foreach (var old in Directory.EnumerateFiles(folder, "model*.safetensors").Where(path => !names.Contains(Path.GetFileName(path))).ToList())
            File.Delete(old);
        var index = Path.Combine(folder, ShardIndex.FileName);
        if (shards.Count == 1)
            File.Delete(index);
        else
            File.WriteAllText(index, Index(shards, names).ToJsonString(Json).ReplaceLineEndings("\n") + "\n");
        return names;
    }

    /// <summary>Bytes of a tensor's elements.</summary>
    public static long Bytes(TensorToWrite tensor) => tensor.Shape.Aggregate((long)TensorTypes.Size(tensor.Type), (n, size) => checked(n * size));

    static List<List<TensorToWrite>> Split(IReadOnlyList<TensorToWrite> tensors, long maxBytes)
    {
        var shards = new List<List<TensorToWrite>>();
        var (current, size) = (new List<TensorToWrite>(), 0L);
        foreach (var tensor in tensors)
        {
            var bytes = Bytes(tensor);
            if (bytes > maxBytes)
            {
                shards.Add([tensor]);
                continue;
            }
            if (size + bytes > maxBytes)
            {
                shards.Add(current);
                (current, size) = ([], 0);
            }
            current.Add(tensor);
            size += bytes;
        }
        if (current.Count > 0 || shards.Count == 0)
            shards.Add(current);
        return shards;
    }

    static JsonObject Index(List<List<TensorToWrite>> shards, string[] names)
    {
        var all = shards.SelectMany(shard => shard).ToList();
        var map = new JsonObject();
        foreach (var (tensor, file) in shards.Zip(names).SelectMany(s => s.First.Select(t => (t.Name, s.Second))).OrderBy(e => e.Name, StringComparer.Ordinal))
            map[tensor] = file;
        return new()
        {
            ["metadata"] = new JsonObject
            {
                ["total_parameters"] = all.Sum(tensor => Bytes(tensor) / TensorTypes.Size(tensor.Type)),
                ["total_size"] = all.Sum(Bytes),
            },
            ["weight_map"] = map,
        };
    }
}
