using System.Buffers.Binary;
using System.Text;
using ReasonIR.Models.Safetensors;
using Xunit;

namespace ReasonIR.Models.Tests.Safetensors;

/// <summary>Files that are broken, or made to do harm: refused by name, and without memory for what they claim.</summary>
public sealed class HostileHeaderTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("reasonir-safetensors-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

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

    string Raw(string header, byte[] data) => RawSafetensors.Write(folder, Encoding.UTF8.GetBytes(header), data);

    string Raw(byte[] header, byte[] data) => RawSafetensors.Write(folder, header, data);
}
