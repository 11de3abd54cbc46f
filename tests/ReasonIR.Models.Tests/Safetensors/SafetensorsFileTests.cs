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
    [InlineData("""{"w":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "'dtype' twice")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}""", "more than 2")]
    [InlineData("""{"w":{"dtype":"F32","shape":[18446744073709551617],"data_offsets":[0,4]}}""", "header is not valid")]
    [InlineData("""{"w":{"dtype":"F32","shape":[9223372036854775807,2,0],"data_offsets":[0,0]}}""", "overflows")]
    [InlineData("""{"w":{"dtype":"F32","shape":[[[[[[[[[1]]]]]]]]],"data_offsets":[0,4]}}""", "header is not valid")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"W\uD800":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}""", "header is not valid")]
    [InlineData("""{"__metadata__":{"a":"b","a":"c"}}""", "stands twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", "stands twice")]
    [InlineData(""" {"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "not a JSON object")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}""", "header is not valid")]
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

    public static TheoryData<string, string> LargeHeaders => new()
    {
        { """{"w":{"dtype":""" + '"' + new string('A', 8_000_000) + "\"", "longer than" },
        { """{""" + '"' + new string('A', 8_000_000) + "\":", "longer than" },
        { """{"w":{""" + '"' + new string('A', 8_000_000) + "\":", "longer than" },
        { """{"__metadata__":{"a":""" + '"' + new string('A', 8_000_000) + "\"", "__metadata__" },
        { """{"w":{"dtype":"F32","shape":[""" + new string('1', 8_000_000), "header is not valid" },
        { """{"w":{"dtype":"F32","shape":[""" + string.Concat(Enumerable.Repeat("1,", 4_000_000)), "more than 64" },
        { """{"w":""" + new string('[', 8_000_000), "'w' is not an object" },
        { """{"w":""" + string.Concat(Enumerable.Repeat("{\"a\":", 2_000_000)), "unknown field 'a'" },
        { """{"w":{"dtype":"F32","shape":""" + new string('[', 8_000_000), "header is not valid" },
        { "{" + new string(' ', 8_000_000), "header is not valid" },
    };

    [Theory]
    [MemberData(nameof(LargeHeaders), DisableDiscoveryEnumeration = true)]
    public void A_large_hostile_header_costs_no_memory(string header, string expected)
    {
        var path = Raw(header, new byte[4]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Contains(expected, error.Message);
        Assert.InRange(error.Message.Length, 0, 2000);
    }

    [Fact]
    public void A_header_of_the_largest_length_that_holds_nothing_costs_no_memory()
    {
        var path = Path.Combine(folder, "sparse.safetensors");
        using (var file = File.Create(path))
        {
            Span<byte> prefix = stackalloc byte[9];
            BinaryPrimitives.WriteInt64LittleEndian(prefix, 100_000_000);
            prefix[8] = (byte)'{';
            file.Write(prefix);
            file.SetLength(8 + 100_000_000);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void More_tensors_than_any_model_has_are_refused()
    {
        var names = string.Join(',', Enumerable.Range(0, 70_000).Select(i => $$"""
            "{{i}}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}
            """));
        Assert.Contains("more than 65536", Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(Raw("{" + names + "}", []))).Message);
    }

    [Fact]
    public void Names_that_are_not_text_are_refused()
    {
        var header = Encoding.Latin1.GetBytes("""{"w\u00ff":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""".Replace("\\u00ff", "\u00ff"));
        Assert.Contains("header is not valid", Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(Raw(header, new byte[4]))).Message);
    }

    [Fact]
    public void Random_damage_never_gets_past_the_checks()
    {
        var header = """{"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"v":{"dtype":"U8","shape":[4],"data_offsets":[8,12]}}"""u8.ToArray();
        var random = new Random(7);
        var opened = 0;
        for (var round = 0; round < 2000; round++)
        {
            var damaged = (byte[])header.Clone();
            for (var i = random.Next(1, 4); i > 0; i--)
                damaged[random.Next(damaged.Length)] = (byte)(round % 2 == 0 ? random.Next(32, 127) : random.Next(256));
            if (round % 5 == 0)
                damaged = [.. damaged[..random.Next(damaged.Length)], .. damaged[random.Next(damaged.Length)..]];
            var path = Raw(damaged, new byte[12]);
            if (round % 7 == 0)
                using (var file = File.OpenWrite(path))
                    file.Write(BitConverter.GetBytes(round % 2 == 0 ? random.NextInt64() : random.Next(300)));
            try
            {
                using var file = SafetensorsFile.Open(path);
                foreach (var tensor in file.Tensors.Values)
                    Assert.Equal(tensor.Bytes, file.Bytes(tensor.Name).Length);
                Assert.Equal(12, file.Tensors.Values.Sum(t => t.Bytes));
                opened++;
            }
            catch (InvalidDataException error)
            {
                Assert.StartsWith(path, error.Message);
            }
        }
        // Some damage (a letter of a name) leaves a valid file: then the reading above is what was tested.
        Assert.InRange(opened, 10, 1500);
    }

    [Fact]
    public void Bf16_rounds_to_the_nearest_and_ties_to_even_at_any_length()
    {
        var random = new Random(3);
        var bits = new uint[1 << 16];
        for (var i = 0; i < bits.Length; i++)
            bits[i] = (uint)i << 16 | (uint)(random.Next(3) switch { 0 => 0x8000, 1 => random.Next(1 << 16), _ => 0 });
        var values = Array.ConvertAll(bits, BitConverter.UInt32BitsToSingle);
        foreach (var length in new[] { values.Length, 17, 15, 1 })
        {
            var path = Path.Combine(folder, "bf16.safetensors");
            SafetensorsWriter.Save(path, [TensorToWrite.Floats("x", values.AsMemory(values.Length - length), [length], TensorType.BF16)]);
            using var file = SafetensorsFile.Open(path);
            var read = file.ReadFloats("x");
            for (var i = 0; i < length; i++)
            {
                var value = values[values.Length - length + i];
                var expected = float.IsNaN(value) ? value : Nearest(value);
                Assert.True(float.IsNaN(value) ? float.IsNaN(read[i]) : read[i].Equals(expected), $"{value:R}: {read[i]:R}, expected {expected:R}");
            }
            Assert.Equal(2 * length, file.Bytes("x").Length);
        }

        // In double both neighbors and the middle between them are exact.
        static float Nearest(float value)
        {
            var upper = BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000;
            var (low, high) = (BitConverter.UInt32BitsToSingle(upper), BitConverter.UInt32BitsToSingle(upper + 0x10000));
            if (!float.IsFinite(high))
                return (BitConverter.SingleToUInt32Bits(value) & 0xFFFF) >= 0x8000 ? high : low;
            var (down, up) = (Math.Abs((double)value - low), Math.Abs((double)high - value));
            return down < up || down == up && (upper >> 16 & 1) == 0 ? low : high;
        }
    }

    [Theory]
    [InlineData(TensorType.F32, TensorType.BF16)]
    [InlineData(TensorType.F32, TensorType.F16)]
    [InlineData(TensorType.BF16, TensorType.F32)]
    [InlineData(TensorType.F16, TensorType.BF16)]
    [InlineData(TensorType.BF16, TensorType.BF16)]
    public void A_part_of_a_tensor_is_read_in_another_type(TensorType stored, TensorType wanted)
    {
        float[] values = [.. Enumerable.Range(0, 5000).Select(i => (i - 2500) / 64f)];
        var path = Path.Combine(folder, "part.safetensors");
        SafetensorsWriter.Save(path, [TensorToWrite.Floats("x", values, [5000], stored)]);
        var size = wanted == TensorType.F32 ? 4 : 2;
        var bytes = new byte[2000 * size];
        using (var file = SafetensorsFile.Open(path))
        {
            file.Read("x", wanted, 1500, bytes);
            Assert.Throws<ArgumentOutOfRangeException>(() => file.Read("x", wanted, 3001, bytes));
        }
        var again = Path.Combine(folder, "again.safetensors");
        SafetensorsWriter.Save(again, [new("x", wanted, [2000], stream => stream.Write(bytes))]);
        using var check = SafetensorsFile.Open(again);
        var read = check.ReadFloats("x");
        for (var i = 0; i < read.Length; i++)
            Assert.Equal(values[1500 + i], read[i], Math.Abs(values[1500 + i]) * 0.008f);
    }

    [Fact]
    public void Integers_are_no_weights()
    {
        using var file = SafetensorsFile.Open(Raw("""{"w":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}""", new byte[4]));
        Assert.Contains("'w' is of type I8", Assert.Throws<InvalidDataException>(() => file.Read("w", TensorType.F32, 0, new byte[16])).Message);
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

    string Raw(string header, byte[] data) => Raw(Encoding.UTF8.GetBytes(header), data);

    string Raw(byte[] bytes, byte[] data)
    {
        var path = Path.Combine(folder, "raw.safetensors");
        var all = new byte[8 + bytes.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(all, bytes.Length);
        bytes.CopyTo(all, 8);
        data.CopyTo(all, 8 + bytes.Length);
        File.WriteAllBytes(path, all);
        return path;
    }
}
