using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using ReasonIR.Testing;
using Xunit;

namespace ReasonIR.Models.Tests.Export;

/// <summary>The weight files against those that Hugging Face's own library wrote.</summary>
public sealed class ShardWriterTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("reasonir-shards-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("bert")]
    [InlineData("modernbert")]
    [InlineData("llama-bf16")]
    [InlineData("llama-f16")]
    [InlineData("cross-encoder-xlm-roberta")]
    public void One_file_is_the_reference_librarys_byte_for_byte(string name)
    {
        var golden = Path.Combine(SharedData.Require($"golden/models/{name}"), "model.safetensors");
        using var file = SafetensorsFile.Open(golden);
        var tensors = file.Tensors.Values.Select(t => new TensorToWrite(t.Name, t.Type, t.Shape, stream => stream.Write(file.Bytes(t.Name)))).OrderBy(t => t.Name.GetHashCode(StringComparison.Ordinal));
        Assert.Equal(["model.safetensors"], ShardWriter.Save(folder, tensors));
        Assert.Equal(File.ReadAllBytes(golden), File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        Assert.False(File.Exists(Path.Combine(folder, ShardIndex.FileName)));
    }

    [Fact]
    public void Shards_and_their_index_are_the_reference_librarys_byte_for_byte()
    {
        var golden = SharedData.Require("golden/models/llama-sharded");
        using var weights = WeightFiles.Open(golden);
        var files = WeightFiles.Paths(golden).Select(SafetensorsFile.Open).ToList();
        try
        {
            // A model's own order: the embeddings first, the head last; both are larger than a shard.
            int Order(string name) => name.Contains("embed", StringComparison.Ordinal) ? 0 : name.StartsWith("lm_head", StringComparison.Ordinal) ? 2 : 1;
            var tensors = files.SelectMany(f => f.Tensors.Values.Select(t => new TensorToWrite(t.Name, t.Type, t.Shape, stream => stream.Write(f.Bytes(t.Name))))).OrderBy(t => Order(t.Name));
            var names = ShardWriter.Save(folder, tensors, maxBytes: 700_000);
            Assert.Equal(files.Select(f => Path.GetFileName(f.Path)), names);
            foreach (var name in names.Append(ShardIndex.FileName))
                Assert.Equal(File.ReadAllBytes(Path.Combine(golden, name)), File.ReadAllBytes(Path.Combine(folder, name)));
        }
        finally
        {
            files.ForEach(f => f.Dispose());
        }
    }

    [Theory]
    [InlineData(1, new[] { "a", "b", "c", "d" })]
    [InlineData(12, new[] { "a", "bc", "d" })]
    [InlineData(16, new[] { "ab", "cd" })]
    [InlineData(20, new[] { "d", "abc" })]
    [InlineData(1000, new[] { "abcd" })]
    public void Neighbors_share_a_shard_up_to_its_size(long maxBytes, string[] expected)
    {
        // Bytes: 8, 8, 4, 12; in the case of 20 d has 24.
        var tensors = new[] { ("a", 2), ("b", 2), ("c", 1), ("d", maxBytes == 20 ? 6 : 3) }.Select(t => TensorToWrite.Floats(t.Item1, new float[t.Item2], [t.Item2]));
        var names = ShardWriter.Save(folder, tensors, maxBytes);
        Assert.Equal(expected, names.Select(name =>
        {
            using var file = SafetensorsFile.Open(Path.Combine(folder, name));
            Assert.Equal("pt", file.Metadata["format"]);
            return string.Concat(file.Tensors.Keys.Order());
        }));
        using var weights = WeightFiles.Open(folder);
        Assert.Equal(4, weights.Names.Count);
    }

    [Fact]
    public void Files_of_another_cut_are_removed()
    {
        TensorToWrite[] tensors = [TensorToWrite.Floats("a", new float[4], [4]), TensorToWrite.Floats("b", new float[4], [4])];
        ShardWriter.Save(folder, tensors, 16);
        Assert.Equal(3, Directory.GetFiles(folder).Length);
        ShardWriter.Save(folder, tensors);
        Assert.Equal([Path.Combine(folder, "model.safetensors")], Directory.GetFiles(folder));
        ShardWriter.Save(folder, tensors, 16);
        Assert.Equal(2, WeightFiles.Paths(folder).Count);
    }
}
