using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using Xunit;

namespace ReasonIR.Models.Tests.Safetensors;

public sealed class ShardIndexTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("reasonir-shards-").FullName;

    public ShardIndexTests()
    {
        Shard("one.safetensors", "a", "b");
        Shard("two.safetensors", "c");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_tensors_of_all_shards_are_there()
    {
        Index("""{"metadata":{"total_size":12},"weight_map":{"a":"one.safetensors","b":"one.safetensors","c":"two.safetensors"}}""");
        using var weights = WeightFiles.Open(folder);
        Assert.Equal(["a", "b", "c"], weights.Names.Order());
        Assert.Equal(2, WeightFiles.Paths(folder).Count);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../one.safetensors"}}""", "'../one.safetensors'")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "'/etc/passwd'")]
    [InlineData("""{"weight_map":{"a":"x/../one.safetensors"}}""", "not the name of a file in the folder")]
    [InlineData("""{"weight_map":{"a":".."}}""", "'..'")]
    [InlineData("""{"weight_map":{"a":"."}}""", "'.'")]
    [InlineData("""{"weight_map":{"a":""}}""", "''")]
    [InlineData("""{"weight_map":{"a":"one\u0000.safetensors"}}""", "not the name of a file")]
    [InlineData("""{"weight_map":{"a":"..\\one.safetensors"}}""", "not the name of a file")]
    [InlineData("""{"weight_map":{"a":1}}""", "a file name was expected")]
    [InlineData("""{"weight_map":{}}""", "0 are named")]
    [InlineData("""{"weight_map":[]}""", "an object of tensor names")]
    [InlineData("""{}""", "weight_map")]
    [InlineData("""[]""", "an object was expected")]
    [InlineData("""{"weight_map":""", "not valid JSON")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","b":"one.safetensors","a":"two.safetensors"}}""", "weight_map.a: stands twice")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","b":"one.safetensors","c":"three.safetensors"}}""", "three.safetensors that")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","b":"two.safetensors","c":"two.safetensors"}}""", "weight_map.b")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","b":"one.safetensors","c":"two.safetensors","d":"two.safetensors"}}""", "weight_map.d")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","c":"two.safetensors"}}""", "weight_map.b")]
    public void An_index_that_contradicts_its_shards_is_refused_by_name(string index, string expected)
    {
        Index(index);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => WeightFiles.Open(folder)).Message);
    }

    [Fact]
    public void A_tensor_in_two_shards_is_named_with_both()
    {
        Shard("two.safetensors", "c", "a");
        Index("""{"weight_map":{"a":"one.safetensors","b":"one.safetensors","c":"two.safetensors"}}""");
        var error = Assert.Throws<InvalidDataException>(() => WeightFiles.Open(folder)).Message;
        Assert.Contains("'a'", error);
        Assert.Contains("one.safetensors", error);
        Assert.Contains("two.safetensors", error);
    }

    [Fact]
    public void Deep_json_is_refused()
    {
        Index("""{"weight_map":""" + new string('[', 1_000_000));
        Assert.Contains("not valid JSON", Assert.Throws<InvalidDataException>(() => WeightFiles.Open(folder)).Message);
    }

    void Index(string json) => File.WriteAllText(Path.Combine(folder, ShardIndex.FileName), json);

    void Shard(string file, params string[] names) =>
        SafetensorsWriter.Save(Path.Combine(folder, file), names.Select(name => TensorToWrite.Floats(name, new float[1], [1])));
}
