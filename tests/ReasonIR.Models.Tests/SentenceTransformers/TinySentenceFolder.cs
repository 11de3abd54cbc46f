using System.Text.Json;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Tests.Encoders;
using Xunit;

namespace ReasonIR.Models.Tests.SentenceTransformers;

/// <summary>A random BERT as a sentence-transformers folder with modules of the test's choosing.</summary>
public sealed class TinySentenceFolder : IDisposable
{
    readonly TinyEncoder encoder = new("bert");

    public TinySentenceFolder() => encoder.Write("tokenizer.json", TinyTokenizer.Json());

    public string Folder => encoder.Folder;

    /// <summary>modules.json with these after the Transformer: <c>Pooling</c>, <c>Dense</c>, ... or whole type names; the folder of the i-th is <c>i_KIND</c>.</summary>
    public void Modules(params string[] kinds) => encoder.Write("modules.json", kinds.Prepend("Transformer").Select((kind, i) => new
    {
        idx = i,
        name = $"{i}",
        path = i == 0 ? "" : $"{i}_{kind}",
        type = kind.Contains('.', StringComparison.Ordinal) ? kind : $"sentence_transformers.models.{kind}",
    }));

    public void Write(string name, object content)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content as string ?? JsonSerializer.Serialize(content));
    }

    public void Remove(string name) => File.Delete(Path.Combine(Folder, name));

    /// <summary>Random weights of a Dense module.</summary>
    public (float[] Weight, float[] Bias) Dense(string folder, int inputs, int outputs, bool bias = true, float[]? residual = null)
    {
        var random = new Random(inputs + outputs);
        float[] Draw(int n) => [.. Enumerable.Range(0, n).Select(_ => (float)(random.NextDouble() * 2 - 1))];
        var (w, b) = (Draw(inputs * outputs), Draw(outputs));
        var tensors = new List<TensorToWrite> { TensorToWrite.Floats("linear.weight", w, [outputs, inputs]) };
        if (bias)
            tensors.Add(TensorToWrite.Floats("linear.bias", b, [outputs]));
        if (residual is not null)
            tensors.Add(TensorToWrite.Floats("residual.weight", residual, [outputs, inputs]));
        Directory.CreateDirectory(Path.Combine(Folder, folder));
        SafetensorsWriter.Save(Path.Combine(Folder, folder, "model.safetensors"), tensors);
        return (w, b);
    }

    public float[] Vector(string text, EncodeOptions? options = null)
    {
        using var model = ModelFolder.Open(Folder);
        return model.Encode([text], options, TestContext.Current.CancellationToken);
    }

    /// <summary>Hidden states of a text's tokens, special ones included.</summary>
    public float[][] Hidden(params int[] ids) => [.. encoder.Hidden([ids]).Chunk(16)];

    public void Dispose() => encoder.Dispose();
}
