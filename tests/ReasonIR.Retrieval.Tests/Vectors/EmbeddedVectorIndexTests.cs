using ReasonIR.Retrieval.Vectors;

namespace ReasonIR.Retrieval.Tests.Vectors;

public sealed class Float32VectorIndexTests : EmbeddedVectorIndexTests
{
    protected override VectorStorage Storage => VectorStorage.Float32;
}

public sealed class BFloat16VectorIndexTests : EmbeddedVectorIndexTests
{
    protected override VectorStorage Storage => VectorStorage.BFloat16;

    /// <summary>Half of the last of 8 bits.</summary>
    protected override double Rounding => 1 / 256.0;

    protected override float[] Stored(float[] prepared) =>
        [.. prepared.Select(x => x == 0 ? 0 : MathF.Round(MathF.ScaleB(x, 7 - MathF.ILogB(x))) is var digits ? MathF.ScaleB(digits, MathF.ILogB(x) - 7) : 0)];
}

public sealed class Int8VectorIndexTests : EmbeddedVectorIndexTests
{
    protected override VectorStorage Storage => VectorStorage.Int8;

    /// <summary>Half a step of 127, of the largest component.</summary>
    protected override double Rounding => 1 / 254.0;

    protected override float[] Stored(float[] prepared)
    {
        var scale = prepared.Max(Math.Abs) / 127;
        return [.. prepared.Select(x => scale == 0 ? 0 : (float)(Math.Round(x / scale) * scale))];
    }
}

/// <summary>The contract on the embedded index, and what only files can get wrong.</summary>
public abstract partial class EmbeddedVectorIndexTests : VectorIndexContract, IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reasonir-vectors-");
    int _files;

    protected abstract VectorStorage Storage { get; }

    /// <summary>How far a stored component may be from its value, relative to the largest.</summary>
    protected virtual double Rounding => 1e-7;

    public void Dispose() => _folder.Delete(recursive: true);

    protected override Task<IVectorIndex> CreateAsync(VectorIndexSettings settings) =>
        Task.FromResult<IVectorIndex>(VectorIndex.Create(NewFolder(), settings with { Storage = Storage }));

    string NewFolder() => Path.Combine(_folder.FullName, $"index-{_files++}");

    string Write(VectorMetric metric, IReadOnlyList<(string Id, float[] Vector)> vectors)
    {
        var path = NewFolder();
        using var builder = new VectorIndexBuilder(path, new(vectors[0].Vector.Length, metric, Storage));
        foreach (var (id, vector) in vectors)
            builder.Add(id, vector);
        builder.Complete();
        return path;
    }
}
