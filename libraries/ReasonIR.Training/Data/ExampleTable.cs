using System.Runtime.InteropServices;

namespace ReasonIR.Training.Data;

/// <summary>
/// The file of a set's examples. Payload: passages of 16 bytes (text number, teacher's score, document key), each example's positives
/// before its negatives; where each example's begin i64 [n + 1]; number of positives, number in the dataset, text number of the query and
/// of the reasoned query (-1: none) i32 [n] each; weight f32 [n].
/// </summary>
static class ExampleTable
{
    public const string Magic = "RIREXAMP", Name = "examples.bin";
}

/// <summary>A passage of a tokenized example.</summary>
/// <param name="Text">Its number among the texts.</param>
/// <param name="Score">NaN: none.</param>
/// <param name="Document">0: unknown.</param>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 16)]
readonly record struct PassageEntry(int Text, float Score, long Document);

sealed class ExampleTableWriter(string path) : IDisposable
{
    readonly PayloadWriter file = new(path);
    readonly List<long> offsets = [0];
    readonly List<int> positives = [], numbers = [], queries = [], reasoned = [];
    readonly List<float> weights = [];

    public int Count => queries.Count;

    public void Add(int number, int query, int reasonedQuery, float weight, ReadOnlySpan<PassageEntry> passages, int positiveCount)
    {
        file.Write(passages);
        offsets.Add(offsets[^1] + passages.Length);
        positives.Add(positiveCount);
        numbers.Add(number);
        queries.Add(query);
        reasoned.Add(reasonedQuery);
        weights.Add(weight);
    }

    public void Finish()
    {
        Column(offsets);
        foreach (var column in new[] { positives, numbers, queries, reasoned })
            Column(column);
        Column(weights);
        file.Finish(ExampleTable.Magic, Count, offsets[^1]);

        void Column<T>(List<T> values) where T : unmanaged
        {
            file.Write<T>(CollectionsMarshal.AsSpan(values));
            file.Pad();
        }
    }

    public void Dispose() => file.Dispose();
}

/// <summary>The mapped file. Thread-safe.</summary>
sealed unsafe class ExampleTableReader : IDisposable
{
    readonly PayloadFile file;
    readonly PassageEntry* passages;
    readonly long* offsets;
    readonly int* positives, numbers, queries, reasoned;
    readonly float* weights;

    /// <param name="texts">Of the set: numbers of texts are below it.</param>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public ExampleTableReader(string path, int texts)
    {
        file = new(path, ExampleTable.Magic);
        try
        {
            Count = file.Header.First is >= 0 and <= int.MaxValue and var count ? (int)count : throw new InvalidDataException($"{path}: {file.Header.First} examples are more than a set holds.");
            passages = file.Column<PassageEntry>(file.Header.Second);
            offsets = file.Column<long>(Count + 1L);
            positives = file.Column<int>(Count);
            numbers = file.Column<int>(Count);
            queries = file.Column<int>(Count);
            reasoned = file.Column<int>(Count);
            weights = file.Column<float>(Count);
            file.End();
            if (offsets[0] != 0 || offsets[Count] != file.Header.Second)
                throw new InvalidDataException($"{path}: the examples' places do not span the {file.Header.Second} passages.");
            for (var i = 0; i < Count; i++)
                if (offsets[i + 1] < offsets[i] || positives[i] < 1 || positives[i] > offsets[i + 1] - offsets[i] || (uint)queries[i] >= texts || reasoned[i] < -1 || reasoned[i] >= texts)
                    throw new InvalidDataException($"{path}: example {i} is not what an example can be.");
            for (var i = 0L; i < file.Header.Second; i++)
                if ((uint)passages[i].Text >= texts)
                    throw new InvalidDataException($"{path}: passage {i} names text {passages[i].Text}; there are {texts}.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public int Count { get; }

    public int Query(int example) => queries[example];

    /// <summary>-1: none.</summary>
    public int Reasoned(int example) => reasoned[example];

    public int Number(int example) => numbers[example];

    public float Weight(int example) => weights[example];

    public ReadOnlySpan<PassageEntry> Positives(int example) => new(passages + offsets[example], positives[example]);

    public ReadOnlySpan<PassageEntry> Negatives(int example) =>
        new(passages + offsets[example] + positives[example], (int)(offsets[example + 1] - offsets[example]) - positives[example]);

    public void Dispose() => file.Dispose();
}
