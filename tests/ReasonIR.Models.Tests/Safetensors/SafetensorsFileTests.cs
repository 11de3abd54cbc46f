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

    [Fact]
    public void A_missing_tensor_and_a_wrong_shape_are_named()
    {
        using var file = SafetensorsFile.Open(Raw("""{"w":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}""", new byte[4]));
        Assert.Contains("'v'", Assert.Throws<InvalidDataException>(() => file.Get("v")).Message);
        Assert.Contains("[1, 1]", Assert.Throws<InvalidDataException>(() => file.Get("w", -1, 2)).Message);
        Assert.Equal(1, file.Get("w", -1, 1).Elements);
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

    string Raw(string header, byte[] data) => RawSafetensors.Write(folder, Encoding.UTF8.GetBytes(header), data);
}
