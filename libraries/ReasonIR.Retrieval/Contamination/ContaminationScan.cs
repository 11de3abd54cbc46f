namespace ReasonIR.Retrieval.Contamination;

/// <summary>
/// Finds what training data and an evaluation have in common. The evaluation's texts are indexed once, training examples stream
/// through in batches: memory depends on the evaluation alone, about 30 bytes a word. Batches are scanned by all cores; the methods
/// must not be called concurrently.
/// </summary>
public sealed class ContaminationScan
{
    const int FirstExamples = 5;

    readonly ContaminationOptions options;
    readonly IReadOnlyList<EvaluationQuery> queries;
    readonly List<string> documents = [];
    readonly GramTable grams;
    readonly Dictionary<UInt128, List<int>> wholes = [];
    readonly NearDuplicates near;
    readonly Dictionary<string, List<int>> goldQueries = new(StringComparer.Ordinal);
    /// <summary>Different sequences of each text; texts are the queries, then the documents.</summary>
    readonly List<int> gramCounts = [];
    readonly Dictionary<(OverlapKind Kind, int Text), Found> found = [];
    /// <summary>Entries of the table that were met; written by many threads, always with the same value.</summary>
    bool[] met = [];

    /// <param name="queries">All queries of the evaluation.</param>
    public ContaminationScan(IReadOnlyList<EvaluationQuery> queries, ContaminationOptions? options = null)
    {
        this.options = options ?? new();
        this.queries = queries;
        grams = new(this.options.Words);
        var words = new List<ulong>();
        var sets = new List<IReadOnlyCollection<ulong>>();
        foreach (var (number, query) in queries.Index())
        {
            TextTokens.Read(query.Text, words);
            sets.Add([.. words.Distinct()]);
            Add(number, words);
            foreach (var gold in query.Gold.Distinct())
            {
                if (!goldQueries.TryGetValue(gold, out var list))
                    goldQueries.Add(gold, list = []);
                list.Add(number);
            }
        }
        near = new(sets, this.options.Near);
    }

    /// <summary>Examples scanned.</summary>
    public long Examples { get; private set; }

    /// <summary>Word sequences held.</summary>
    public int Size => grams.Count;

    /// <summary>Indexes a document; before the first batch of examples.</summary>
    public void Add(EvaluationDocument document)
    {
        if (Examples > 0)
            throw new InvalidOperationException("documents are added before the training examples");
        var text = queries.Count + documents.Count;
        documents.Add(document.Id);
        var words = new List<ulong>();
        TextTokens.Read($"{document.Title} {document.Text}", words);
        Add(text, words);
        // A passage may have been taken with or without its title.
        if (document.Title.Length > 0)
        {
            TextTokens.Read(document.Text, words);
            AddWhole(text, words);
        }
    }

    /// <summary>Scans a batch of examples.</summary>
    public void Scan(IReadOnlyList<TrainedExample> batch)
    {
        if (met.Length == 0)
            met = new bool[grams.Count + 1];
        Parallel.ForEach(batch, () => new Scratch(), (example, _, scratch) =>
        {
            Scan(example, scratch);
            return scratch;
        }, _ => { });
        Examples += batch.Count;
    }

    /// <summary>What was found so far: by kind, then in the order of the evaluation's texts.</summary>
    public IReadOnlyList<Overlap> Finish()
    {
        var covered = new int[gramCounts.Count];
        if (met.Length > 0)
            grams.Covered(met, covered);
        return [.. found.OrderBy(pair => pair.Key).Select(pair => Describe(pair.Key.Kind, pair.Key.Text, pair.Value, covered))];
    }

    Overlap Describe(OverlapKind kind, int text, Found what, int[] covered)
    {
        var isQuery = text < queries.Count;
        var share = kind switch
        {
            OverlapKind.QueryNear => what.Share,
            OverlapKind.QueryGram or OverlapKind.DocumentGram => covered[text] / (double)Math.Max(1, gramCounts[text]),
            _ => 1,
        };
        return new(kind, isQuery ? queries[text].Id : null, isQuery ? what.Document : documents[text - queries.Count], share, what.Examples, what.First);
    }

    void Add(int text, List<ulong> words)
    {
        gramCounts.Add(grams.Add(text, words));
        AddWhole(text, words);
    }

    void AddWhole(int text, List<ulong> words)
    {
        if (words.Count == 0)
            return;
        var hash = TextTokens.Whole(words);
        if (!wholes.TryGetValue(hash, out var list))
            wholes.Add(hash, list = []);
        if (!list.Contains(text))
            list.Add(text);
    }

    void Scan(TrainedExample example, Scratch scratch)
    {
        scratch.Hits.Clear();
        Text(example.Query, isQuery: true, isPositive: false, scratch);
        foreach (var positive in example.Positives)
        {
            Text(positive.Text, isQuery: false, isPositive: true, scratch);
            if (positive.DocumentId is { } id && goldQueries.TryGetValue(id, out var asked))
                foreach (var query in asked)
                    scratch.Hits[(OverlapKind.GoldId, query)] = (1, id);
        }
        foreach (var negative in example.Negatives)
            Text(negative.Text, isQuery: false, isPositive: false, scratch);
        if (scratch.Hits.Count == 0)
            return;
        lock (found)
            foreach (var (key, (share, document)) in scratch.Hits)
            {
                if (!found.TryGetValue(key, out var what))
                    found.Add(key, what = new());
                what.Add(example.Ordinal, share, document);
            }
    }

    void Text(string text, bool isQuery, bool isPositive, Scratch scratch)
    {
        TextTokens.Read(text, scratch.Words);
        if (scratch.Words.Count == 0)
            return;
        grams.Find(scratch.Words, (Scan: this, Scratch: scratch), static (state, hit, entry) =>
        {
            state.Scan.met[entry] = true;
            state.Scratch.Hits.TryAdd((hit < state.Scan.queries.Count ? OverlapKind.QueryGram : OverlapKind.DocumentGram, hit), (0, null));
        });
        if (wholes.TryGetValue(TextTokens.Whole(scratch.Words), out var same))
            foreach (var hit in same)
                Whole(hit, isQuery, isPositive, scratch);
        if (!isQuery)
            return;
        foreach (var (query, similarity) in near.Find([.. scratch.Words]))
            scratch.Hits[(OverlapKind.QueryNear, query)] = (similarity, null);
    }

    void Whole(int hit, bool isQuery, bool isPositive, Scratch scratch)
    {
        if (hit < queries.Count)
        {
            if (isQuery)
                scratch.Hits[(OverlapKind.QueryExact, hit)] = (1, null);
            return;
        }
        scratch.Hits[(OverlapKind.DocumentExact, hit)] = (1, null);
        var document = documents[hit - queries.Count];
        if (isPositive && goldQueries.TryGetValue(document, out var asked))
            foreach (var query in asked)
                scratch.Hits[(OverlapKind.GoldText, query)] = (1, document);
    }

    sealed class Scratch
    {
        public List<ulong> Words { get; } = [];

        public Dictionary<(OverlapKind Kind, int Text), (double Share, string? Document)> Hits { get; } = [];
    }

    sealed class Found
    {
        /// <summary>The lowest ordinals, in order: threads come in any, and all of them would be as many as the training data.</summary>
        public List<int> First { get; } = [];

        public int Examples { get; private set; }

        public double Share { get; private set; }

        public string? Document { get; private set; }

        public void Add(int ordinal, double share, string? document)
        {
            Examples++;
            Share = Math.Max(Share, share);
            // Of several gold documents always the same one is named.
            Document = document is null || string.CompareOrdinal(Document, document) is < 0 && Document is not null ? Document : document;
            First.Insert(~First.BinarySearch(ordinal), ordinal);
            if (First.Count > FirstExamples)
                First.RemoveAt(FirstExamples);
        }
    }
}
