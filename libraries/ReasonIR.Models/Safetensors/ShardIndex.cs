using System.Text.Json;
using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.Safetensors;

/// <summary>
/// model.safetensors.index.json: which shard holds which tensor. Everything in it is checked: names of files that lead elsewhere, tensors
/// named twice, shards that hold other tensors than it says.
/// </summary>
public sealed class ShardIndex
{
    public const string FileName = "model.safetensors.index.json";

    const string Single = "model.safetensors";

    const int MaxShards = 4096;

    readonly string path;
    readonly Dictionary<string, string> map;

    ShardIndex(string path, Dictionary<string, string> map, IReadOnlyList<string> files) => (this.path, this.map, Files) = (path, map, files);

    /// <summary>Names of the shards in order.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>The folder's index; null where it has model.safetensors, which counts alone then.</summary>
    /// <exception cref="InvalidDataException">There is neither, or the index is broken; the message names file and field.</exception>
    public static ShardIndex? Read(string folder)
    {
        if (File.Exists(Path.Combine(folder, Single)))
            return null;
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new InvalidDataException($"{folder}: neither {Single} nor {FileName} is there; weights in another format are not read.");
        using var json = JsonFile.Open(path);
        if (json.Element("weight_map") is not { ValueKind: JsonValueKind.Object } entries)
            throw json.Bad("weight_map", "an object of tensor names and files was expected");
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in entries.EnumerateObject())
        {
            var file = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : throw json.Bad($"weight_map.{entry.Name}", "a file name was expected");
            if (file != Path.GetFileName(file) || file is "" or "." or ".." || file.Contains('\0', StringComparison.Ordinal) || file.Contains('\\', StringComparison.Ordinal))
                throw json.Bad($"weight_map.{entry.Name}", $"'{file}' is not the name of a file in the folder");
            if (!map.TryAdd(entry.Name, file))
                throw json.Bad($"weight_map.{entry.Name}", $"stands twice: in {map[entry.Name]} and in {file}");
        }
        var files = map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return files.Count is >= 1 and <= MaxShards ? new(path, map, files) : throw json.Bad("weight_map", $"1 to {MaxShards} shards were expected, {files.Count} are named");
    }

    /// <exception cref="InvalidDataException">A shard lacks a tensor that the index places there, or holds one that it does not; the message names both.</exception>
    public void Check(IEnumerable<SafetensorsFile> shards)
    {
        foreach (var shard in shards)
        {
            var name = Path.GetFileName(shard.Path);
            foreach (var tensor in shard.Tensors.Keys)
                if (map.GetValueOrDefault(tensor) != name)
                    throw new InvalidDataException($"{path}: weight_map.{tensor}: the tensor stands in {name}; the index names {map.GetValueOrDefault(tensor) ?? "no file"}.");
            foreach (var (tensor, file) in map)
                if (file == name && !shard.Tensors.ContainsKey(tensor))
                    throw new InvalidDataException($"{path}: weight_map.{tensor}: {name} has no such tensor.");
        }
    }
}
