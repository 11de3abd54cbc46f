using System.Numerics.Tensors;
using ReasonIR.Models.Safetensors;

namespace ReasonIR.Models.StaticEmbeddings;

/// <summary>
/// The rows of a static model, one a token id, from either spelling: sentence-transformers' <c>embedding.weight</c>, or model2vec's
/// <c>embeddings</c> with its optional <c>mapping</c> (row of each token id: several may share one) and <c>weights</c> (factor of each
/// token id), which are folded into the rows here as sentence-transformers does.
/// </summary>
/// <param name="Rows">f32, row-major [Count, Dimension].</param>
sealed record StaticTable(float[] Rows, int Dimension)
{
    const string Own = "embedding.weight", Model2Vec = "embeddings", Mapping = "mapping", Weights = "weights";

    const int MaxDimension = 65536;

    public int Count => Rows.Length / Dimension;

    /// <exception cref="InvalidDataException">A tensor is missing, unknown, or does not fit the others; the message names it.</exception>
    public static StaticTable Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var name = file.Tensors.ContainsKey(Own) || !file.Tensors.ContainsKey(Model2Vec) ? Own : Model2Vec;
        var table = file.Get(name, -1, -1);
        if (file.Tensors.Keys.FirstOrDefault(n => n != name && !(name == Model2Vec && n is Mapping or Weights)) is { } surplus)
            throw new InvalidDataException($"{path}: there is a tensor '{surplus}' that a static model does not have.");
        if (table.Shape[1] is < 1 or > MaxDimension)
            throw new InvalidDataException($"{path}: tensor '{name}' {table.ShapeText}: rows of 1 to {MaxDimension} elements were expected.");
        var (rows, dimension) = (file.ReadFloats(name), (int)table.Shape[1]);
        if (file.Tensors.ContainsKey(Mapping))
            rows = Mapped(file, rows, dimension);
        if (file.Tensors.ContainsKey(Weights))
        {
            file.Get(Weights, rows.Length / dimension);
            var weights = file.ReadFloats(Weights);
            for (var i = 0; i < weights.Length; i++)
                TensorPrimitives.Multiply(rows.AsSpan(i * dimension, dimension), weights[i], rows.AsSpan(i * dimension, dimension));
        }
        return new(rows, dimension);
    }

    static float[] Mapped(SafetensorsFile file, float[] rows, int dimension)
    {
        file.Get(Mapping, -1);
        var mapping = file.ReadLongs(Mapping);
        if ((long)mapping.Length * dimension > Array.MaxLength)
            throw new InvalidDataException($"{file.Path}: tensor '{Mapping}' names {mapping.Length} tokens, too many for rows of {dimension} elements.");
        var mapped = new float[mapping.Length * dimension];
        for (var id = 0; id < mapping.Length; id++)
        {
            if (mapping[id] < 0 || mapping[id] >= rows.Length / dimension)
                throw new InvalidDataException($"{file.Path}: tensor '{Mapping}' sends token {id} to row {mapping[id]}; there are {rows.Length / dimension}.");
            rows.AsSpan((int)mapping[id] * dimension, dimension).CopyTo(mapped.AsSpan(id * dimension));
        }
        return mapped;
    }
}
