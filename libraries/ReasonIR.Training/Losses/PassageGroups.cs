using static TorchSharp.torch;

namespace ReasonIR.Training.Losses;

/// <summary>
/// Which passages of a batch belong to which query: its positives and any number of hard negatives. A row of the loss is a query with one
/// of its positives; a query with several has as many rows. Tensors are made in, and end with, the current dispose scope; matrices are
/// booleans [rows, passages].
/// </summary>
public sealed class PassageGroups
{
    readonly int[] queryOf, rowQuery, rowPositive;

    /// <summary>One positive a query.</summary>
    /// <param name="queryOf">The query of each passage.</param>
    /// <param name="positiveOf">The passage that is each query's positive.</param>
    /// <exception cref="ArgumentException">A positive is not a passage of its query.</exception>
    public PassageGroups(int[] queryOf, int[] positiveOf) : this(queryOf, positiveOf.Length, [.. Enumerable.Range(0, positiveOf.Length)], positiveOf)
    {
    }

    PassageGroups(int[] queryOf, int queries, int[] rowQuery, int[] rowPositive)
    {
        (this.queryOf, Queries, this.rowQuery, this.rowPositive) = (queryOf, queries, rowQuery, rowPositive);
        for (var row = 0; row < rowPositive.Length; row++)
            if ((uint)rowPositive[row] >= (uint)queryOf.Length || queryOf[rowPositive[row]] != rowQuery[row])
                throw new ArgumentException($"The positive of query {rowQuery[row]} is not among its passages.", nameof(rowPositive));
        for (var j = 0; j < queryOf.Length; j++)
            if (queryOf[j] < -1 || queryOf[j] >= queries)
                throw new ArgumentException($"Passage {j} belongs to query {queryOf[j]}; there are {queries}.", nameof(queryOf));
    }

    /// <summary>One or more positives a query.</summary>
    /// <param name="queryOf">The query of each passage.</param>
    /// <param name="positivesOf">Passages that are each query's positives; none of the lists is empty.</param>
    public static PassageGroups Several(int[] queryOf, IReadOnlyList<IReadOnlyList<int>> positivesOf)
    {
        for (var i = 0; i < positivesOf.Count; i++)
            if (positivesOf[i].Count == 0)
                throw new ArgumentException($"Query {i} has no positive.", nameof(positivesOf));
        return new(queryOf, positivesOf.Count, [.. positivesOf.SelectMany((all, i) => all.Select(_ => i))], [.. positivesOf.SelectMany(all => all)]);
    }

    /// <summary>Groups of <paramref name="size"/> passages in the order of the queries, the positive first.</summary>
    public static PassageGroups Equal(int queries, int size) =>
        new([.. Enumerable.Range(0, queries * size).Select(j => j / size)], [.. Enumerable.Range(0, queries).Select(i => i * size)]);

    /// <summary>
    /// Queries of this process among passages of all: the others' passages belong to no query here, so they are only ever told apart from.
    /// </summary>
    /// <param name="positiveOf">The passage that is each query's positive.</param>
    public static PassageGroups Foreign(int queries, int passages, int[] positiveOf)
    {
        var owners = new int[passages];
        Array.Fill(owners, -1);
        for (var i = 0; i < positiveOf.Length; i++)
            owners[positiveOf[i]] = i;
        return new(owners, queries, [.. Enumerable.Range(0, queries)], positiveOf);
    }

    /// <summary>Where the tensors are made.</summary>
    public Device Device { get; private init; } = CPU;

    public PassageGroups On(Device device) => device.Equals(Device) ? this : new(queryOf, Queries, rowQuery, rowPositive) { Device = device };

    public int Queries { get; }

    public int Passages => queryOf.Length;

    public int Rows => rowQuery.Length;

    /// <summary>The query that a passage belongs to.</summary>
    public int QueryOf(int passage) => queryOf[passage];

    /// <summary>Query and positive of each row.</summary>
    public IEnumerable<(int Query, int Positive)> RowPairs => rowQuery.Zip(rowPositive);

    /// <summary>int64 [rows]: each row's positive.</summary>
    public Tensor Positives => Long(rowPositive);

    /// <summary>int64 [rows]: each row's query.</summary>
    public Tensor RowQueries => Long(rowQuery);

    /// <summary>int64 [passages]: each passage's query.</summary>
    public Tensor PassageQueries => Long(queryOf);

    /// <summary>The row's own positive.</summary>
    public Tensor OwnPositive => Scoped(() => Positives.unsqueeze(1).eq(Put(arange(Passages)).unsqueeze(0)));

    /// <summary>The passages of the row's query, positives included.</summary>
    public Tensor Own => Scoped(() => RowQueries.unsqueeze(1).eq(PassageQueries.unsqueeze(0)));

    /// <summary>Positives of whatever query, the same in each row.</summary>
    public Tensor AnyPositive => Scoped(() => IsPositive().unsqueeze(0).expand(Rows, Passages).contiguous());

    /// <summary>Further positives of the row's query: true for it, but not the row's numerator. Null where each query has one.</summary>
    public Tensor? OtherPositives => Rows == Queries ? null : Scoped(() => Own.logical_and(AnyPositive).logical_and(OwnPositive.logical_not()));

    public Tensor Matrix(Func<int, int, bool> entry)
    {
        var values = new bool[Rows * Passages];
        for (var i = 0; i < Rows; i++)
            for (var j = 0; j < Passages; j++)
                values[i * Passages + j] = entry(i, j);
        return Put(tensor(values, [Rows, Passages]));
    }

    /// <summary>The mean over each query's rows, as a product: f32 [queries, rows]. Null where each query has one.</summary>
    public Tensor? RowMeans()
    {
        if (Rows == Queries)
            return null;
        var counts = new int[Queries];
        foreach (var query in rowQuery)
            counts[query]++;
        var values = new float[Queries * Rows];
        for (var row = 0; row < Rows; row++)
            values[rowQuery[row] * Rows + row] = 1f / counts[rowQuery[row]];
        return Put(tensor(values, [Queries, Rows]));
    }

    /// <summary>
    /// Each query's passages side by side, its first positive foremost: int64 [queries, most] of passages, and booleans where a query has fewer.
    /// </summary>
    public (Tensor Indices, Tensor Missing) Lists()
    {
        var lists = new List<int>[Queries];
        for (var i = 0; i < Queries; i++)
            lists[i] = [];
        for (var row = Rows - 1; row >= 0; row--)
            lists[rowQuery[row]].Insert(0, rowPositive[row]);
        for (var j = 0; j < Passages; j++)
            if (queryOf[j] >= 0 && !lists[queryOf[j]].Contains(j))
                lists[queryOf[j]].Add(j);
        var width = lists.Max(l => l.Count);
        var (indices, missing) = (new long[Queries * width], new bool[Queries * width]);
        for (var i = 0; i < Queries; i++)
            for (var k = 0; k < width; k++)
                (indices[i * width + k], missing[i * width + k]) = k < lists[i].Count ? (lists[i][k], false) : (0, true);
        return (Put(tensor(indices, [Queries, width])), Put(tensor(missing, [Queries, width])));
    }

    /// <summary>Queries <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> with their own passages, numbered anew.</summary>
    /// <param name="passages">The passages that stay, in their order.</param>
    public PassageGroups Part(int first, int count, out int[] passages)
    {
        passages = [.. Enumerable.Range(0, Passages).Where(j => queryOf[j] >= first && queryOf[j] < first + count)];
        var place = new Dictionary<int, int>();
        foreach (var j in passages)
            place.Add(j, place.Count);
        var rows = Enumerable.Range(0, Rows).Where(r => rowQuery[r] >= first && rowQuery[r] < first + count).ToList();
        return new([.. passages.Select(j => queryOf[j] - first)], count, [.. rows.Select(r => rowQuery[r] - first)], [.. rows.Select(r => place[rowPositive[r]])]);
    }

    Tensor IsPositive()
    {
        var positive = new bool[Passages];
        foreach (var j in rowPositive)
            positive[j] = true;
        return Put(tensor(positive));
    }

    static Tensor Scoped(Func<Tensor> compute)
    {
        using var scope = NewDisposeScope();
        return compute().MoveToOuterDisposeScope();
    }

    Tensor Long(int[] values) => Put(tensor(Array.ConvertAll(values, v => (long)v)));

    Tensor Put(Tensor made) => Device.type == TorchSharp.DeviceType.CPU ? made : made.to(Device, disposeAfter: true);
}
