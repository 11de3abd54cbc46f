using System.Text;
using ReasonIR.Models.Safetensors;
using Xunit;

namespace ReasonIR.Models.Tests.Safetensors;

/// <summary>From one type of numbers to another.</summary>
public sealed class TensorTypeTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("reasonir-safetensors-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

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

    string Raw(string header, byte[] data) => RawSafetensors.Write(folder, Encoding.UTF8.GetBytes(header), data);
}
