using System.Buffers.Binary;
using System.Text;
using ReasonIR.Models.Safetensors;
using Xunit;

namespace ReasonIR.Models.Tests.Safetensors;

public sealed class SafetensorsFileTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("reasonir-safetensors-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Tensors_and_metadata_come_back_as_they_were_written()
    {
        float[] weights = [1.5f, -2.25f, 0f, float.MaxValue, 1e-40f, -0f];
        long[] positions = [long.MinValue, 0, long.MaxValue];
        var path = Path.Combine(folder, "model.safetensors");
        SafetensorsWriter.Save(path,
            [TensorToWrite.Floats("layer.weight", weights, [2, 3]), TensorToWrite.Longs("positions", positions, [3]),
             TensorToWrite.Floats("scalar", new[] { 7f }, []), TensorToWrite.Floats("empty", Array.Empty<float>(), [0, 5])],
            new Dictionary<string, string> { ["format"] = "pt", ["note"] = "ä \"quoted\"" });

        using var file = SafetensorsFile.Open(path);
        Assert.Equal(weights, file.ReadFloats("layer.weight"));
        Assert.Equal([2L, 3L], file.Tensors["layer.weight"].Shape);
        Assert.Equal(positions, file.ReadLongs("positions"));
        Assert.Equal([7f], file.ReadFloats("scalar"));
        Assert.Empty(file.Tensors["scalar"].Shape);
        Assert.Empty(file.ReadFloats("empty"));
        Assert.Equal("ä \"quoted\"", file.Metadata["note"]);
        Assert.Equal([path], Directory.GetFiles(folder));
    }

    [Theory]
    [InlineData(TensorType.F16, new[] { 1f, -2f, 0.333251953125f })]
    [InlineData(TensorType.BF16, new[] { 1f, -2f, 0.333984375f })]
    public void Half_types_round_to_nearest(TensorType type, float[] expected)
    {
        var path = Path.Combine(folder, "half.safetensors");
        SafetensorsWriter.Save(path, [TensorToWrite.Floats("x", new[] { 1f, -2f, 0.33333334f }, [3], type)]);
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(type, file.Tensors["x"].Type);
        Assert.Equal(6, file.Tensors["x"].Bytes);
        Assert.Equal(expected, file.ReadFloats("x"));
    }

    [Fact]
    public void Every_integer_type_converts_to_f32()
    {
        var path = Raw("""{"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]},"c":{"dtype":"I16","shape":[1],"data_offsets":[6,8]},"d":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}}""",
            [0xFE, 0xFF, 0xFF, 0xFF, 7, 255, 0x00, 0x80, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F]);
        using var file = SafetensorsFile.Open(path);
        Assert.Equal([-2f], file.ReadFloats("a"));
        Assert.Equal([7f, 255f], file.ReadFloats("b"));
        Assert.Equal([-32768f], file.ReadFloats("c"));
        Assert.Equal([1.5f], file.ReadFloats("d"));
        Assert.Equal([7L, 255L], file.ReadLongs("b"));
        Assert.Contains("'d'", Assert.Throws<InvalidDataException>(() => file.ReadLongs("d")).Message);
    }

    [Fact]
    public void A_missing_tensor_and_a_wrong_shape_are_named()
    {
        using var file = SafetensorsFile.Open(Raw("""{"w":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}""", new byte[4]));
        Assert.Contains("'v'", Assert.Throws<InvalidDataException>(() => file.Get("v")).Message);
        Assert.Contains("[1, 1]", Assert.Throws<InvalidDataException>(() => file.Get("w", -1, 2)).Message);
        Assert.Equal(1, file.Get("w", -1, 1).Elements);
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "needs 8")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "overlaps")]
    [InlineData("""{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"v":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "hole")]
    [InlineData("""{"w":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", "end at byte 3")]
    [InlineData("""{"w":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "outside the 4 bytes")]
    [InlineData("""{"w":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}""", "outside the 4 bytes")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""", "overflows")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "header is not valid")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", "header is not valid")]
    [InlineData("""{"w":{"dtype":"F32","shape":"x","data_offsets":[0,4]}}""", "header is not valid")]
    [InlineData("""{"w":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}""", "unknown dtype 'Q4'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1]}}""", "lacks")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}""", "unknown field 'x'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "stands twice")]
    [InlineData("""{"__metadata__":{"a":1}}""", "'a'")]
    [InlineData("""[1]""", "not a JSON object")]
    [InlineData("""{"w":""", "header is not valid")]
    [InlineData("""{} {}""", "header is not valid")]
    public void A_header_that_contradicts_the_file_is_refused_by_name(string header, string expected)
    {
        var path = Raw(header, new byte[4]);
        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.Contains(expected, error.Message);
        Assert.StartsWith(path, error.Message);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0x05, 0, 0, 0, 0, (byte)'{' })]
    public void A_false_header_length_costs_no_memory(byte[] bytes)
    {
        var path = Path.Combine(folder, "short.safetensors");
        File.WriteAllBytes(path, bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Random_damage_never_gets_past_the_checks()
    {
        var header = """{"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"v":{"dtype":"U8","shape":[4],"data_offsets":[8,12]}}"""u8.ToArray();
        var random = new Random(7);
        for (var round = 0; round < 3000; round++)
        {
            var damaged = (byte[])header.Clone();
            for (var i = random.Next(1, 4); i > 0; i--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(32, 127);
            var path = Raw(Encoding.ASCII.GetString(damaged), new byte[12]);
            try
            {
                using var file = SafetensorsFile.Open(path);
                foreach (var tensor in file.Tensors.Values)
                    Assert.Equal(tensor.Bytes, file.Bytes(tensor.Name).Length);
                Assert.Equal(12, file.Tensors.Values.Sum(t => t.Bytes));
            }
            catch (InvalidDataException) { }
        }
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file()
    {
        var path = Path.Combine(folder, "model.safetensors");
        SafetensorsWriter.Save(path, [TensorToWrite.Floats("w", new[] { 1f }, [1])]);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Save(path, [TensorToWrite.Floats("w", new[] { 1f }, [2])]));
        using var file = SafetensorsFile.Open(path);
        Assert.Equal([1f], file.ReadFloats("w"));
        Assert.Single(Directory.GetFiles(folder));
    }

    string Raw(string header, byte[] data)
    {
        var path = Path.Combine(folder, "raw.safetensors");
        var bytes = Encoding.UTF8.GetBytes(header);
        var all = new byte[8 + bytes.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(all, bytes.Length);
        bytes.CopyTo(all, 8);
        data.CopyTo(all, 8 + bytes.Length);
        File.WriteAllBytes(path, all);
        return path;
    }
}
