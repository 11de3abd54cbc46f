using System.Security.Cryptography;
using System.Text.Json;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ReasonIR.Models.Transformers;

/// <summary>The weights of a Hugging Face folder: model.safetensors, or the shards that model.safetensors.index.json lists.</summary>
public sealed class WeightFiles : IDisposable
{
    internal const string Single = "model.safetensors";

    readonly Dictionary<string, SafetensorsFile> tensors = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> stored = new(StringComparer.Ordinal);
    readonly List<SafetensorsFile> files = [];

    WeightFiles(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => tensors.Keys;

    /// <summary>A tensor's shape is checked before memory for it is asked: a configuration must not allocate what the files do not hold.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, or it has another shape; the message names both.</exception>
    public void Expect(string name, params ReadOnlySpan<long> shape)
    {
        if (!tensors.TryGetValue(name, out var file))
            throw new InvalidDataException($"{Folder}: tensor '{name}' is missing from the weights.");
        file.Get(stored.GetValueOrDefault(name, name), shape);
    }

    /// <exception cref="InvalidDataException">There are no weights, a file of them is broken, or the index and its shards contradict each other.</exception>
    public static WeightFiles Open(string folder)
    {
        var index = ShardIndex.Read(folder);
        var weights = new WeightFiles(folder);
        try
        {
            foreach (var path in Paths(folder, index))
            {
                if (!File.Exists(path))
                    throw new InvalidDataException($"{folder}: the shard {Path.GetFileName(path)} that {ShardIndex.FileName} names is missing.");
                var file = SafetensorsFile.Open(path);
                weights.files.Add(file);
                foreach (var name in file.Tensors.Keys)
                    if (!weights.tensors.TryAdd(Current(name), file))
                        throw new InvalidDataException($"{path}: tensor '{name}' stands in {weights.tensors[Current(name)].Path} too.");
                    else if (Current(name) != name)
                        weights.stored[Current(name)] = name;
            }
            index?.Check(weights.files);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The names that TensorFlow's checkpoints left behind: transformers still reads them.</summary>
    static string Current(string name) =>
        name.EndsWith("LayerNorm.gamma", StringComparison.Ordinal) ? name[..^"gamma".Length] + "weight"
        : name.EndsWith("LayerNorm.beta", StringComparison.Ordinal) ? name[..^"beta".Length] + "bias"
        : name;

    /// <summary>SHA-256 over the weight files' bytes in order of their names, lower-case hex.</summary>
    public static string Hash(IEnumerable<string> paths)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (var path in paths)
        {
            using var stream = File.OpenRead(path);
            for (int read; (read = stream.Read(buffer)) > 0;)
                hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The files that hold the weights.</summary>
    public static IReadOnlyList<string> Paths(string folder) => Paths(folder, ShardIndex.Read(folder));

    static IReadOnlyList<string> Paths(string folder, ShardIndex? index) =>
        index is null ? [Path.Combine(folder, Single)] : [.. index.Files.Select(name => Path.Combine(folder, name))];

    /// <summary>
    /// Fills a model's parameters. A checkpoint of a model with a head has a prefix before the names of the body.
    /// </summary>
    /// <param name="model">The names of its parameters must all be there, but for the optional ones.</param>
    /// <param name="prefix">The architecture's prefix, with its dot.</param>
    /// <param name="isKnownSurplus">Names (with their prefix) that the encoder does not need: heads and stored constants.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, unknown or of another shape; the message names it.</exception>
    public void Load(TransformerModel model, string prefix, Func<string, bool> isKnownSurplus)
    {
        var wanted = model.named_parameters().ToList();
        var before = wanted.Exists(p => tensors.ContainsKey(p.name)) ? "" : prefix;
        var missing = wanted.Where(p => !tensors.ContainsKey(before + p.name)).Select(p => before + p.name).ToList();
        if (missing.Count > 0)
            throw new InvalidDataException($"{Folder}: tensor '{missing[0]}' is missing from the weights ({missing.Count} of {wanted.Count} are).");
        var known = wanted.Select(p => before + p.name).ToHashSet(StringComparer.Ordinal);
        if (tensors.Keys.Where(n => !known.Contains(n) && !isKnownSurplus(n)).Order(StringComparer.Ordinal).FirstOrDefault() is { } surplus)
            throw new InvalidDataException($"{Folder}: the weights hold a tensor '{surplus}' that a model of this type does not have.");
        Fill(wanted, before);
    }

    /// <summary>Fills the parameters of a head: their names must all be there, and others may be.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing or of another shape; the message names it.</exception>
    public void Load(nn.Module head)
    {
        var wanted = head.named_parameters().ToList();
        if (wanted.Find(p => !tensors.ContainsKey(p.name)) is { name: { } missing })
            throw new InvalidDataException($"{Folder}: tensor '{missing}' is missing from the weights: this model's head is not there.");
        Fill(wanted, "");
    }

    void Fill(IEnumerable<(string Name, Parameter Parameter)> wanted, string prefix) =>
        TorchTensors.Load(wanted.Select(p => (tensors[prefix + p.Name], stored.GetValueOrDefault(prefix + p.Name, prefix + p.Name), (Tensor)p.Parameter)));

    /// <summary>Asks the system to read the weights ahead; returns at once.</summary>
    public void Prefetch()
    {
        foreach (var file in files)
            file.Prefetch();
    }

    public void Dispose()
    {
        foreach (var file in files)
            file.Dispose();
    }
}
