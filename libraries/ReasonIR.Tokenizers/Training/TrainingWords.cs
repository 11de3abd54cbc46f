namespace ReasonIR.Tokenizers.Training;

/// <summary>The distinct words as runs of token ids in one array, each run growing shorter where it stands.</summary>
sealed class TrainingWords
{
    readonly int[] symbols;
    readonly int[] starts, lengths;
    readonly long[] counts;

    /// <param name="words">The words and how often each occurs.</param>
    /// <param name="byteIds">The id of each byte.</param>
    public TrainingWords(Dictionary<string, long> words, ReadOnlySpan<int> byteIds)
    {
        var total = words.Keys.Sum(word => (long)System.Text.Encoding.UTF8.GetByteCount(word));
        symbols = total <= Array.MaxLength ? new int[total] : throw new ArgumentException($"The texts' distinct words have {total} bytes; at most {Array.MaxLength} can be held.", nameof(words));
        (starts, lengths, counts) = (new int[words.Count], new int[words.Count], new long[words.Count]);
        var (index, at) = (0, 0);
        var bytes = Array.Empty<byte>();
        foreach (var (word, count) in words)
        {
            if (bytes.Length < word.Length * 3)
                bytes = new byte[word.Length * 3];
            var length = System.Text.Encoding.UTF8.GetBytes(word, bytes);
            (starts[index], lengths[index], counts[index++]) = (at, length, count);
            foreach (var value in bytes.AsSpan(0, length))
                symbols[at++] = byteIds[value];
        }
    }

    public void CountPairs(PairCounts pairs)
    {
        for (var word = 0; word < starts.Length; word++)
        {
            var run = symbols.AsSpan(starts[word], lengths[word]);
            for (var i = 0; i + 1 < run.Length; i++)
                pairs.Add(run[i], run[i + 1], counts[word], word);
        }
        pairs.Settle();
    }

    /// <summary>Writes the new token for a pair, from left to right, and tells which pairs come and go.</summary>
    public void Merge(int word, int left, int right, int merged, PairCounts pairs)
    {
        var run = symbols.AsSpan(starts[word], lengths[word]);
        var (count, to) = (counts[word], 0);
        for (var from = 0; from < run.Length; from++)
        {
            if (run[from] != left || from + 1 == run.Length || run[from + 1] != right)
            {
                run[to++] = run[from];
                continue;
            }
            if (to > 0)
            {
                pairs.Remove(run[to - 1], left, count);
                pairs.Add(run[to - 1], merged, count, word);
            }
            from++;
            run[to++] = merged;
            if (from + 1 < run.Length)
            {
                pairs.Remove(right, run[from + 1], count);
                pairs.Add(merged, run[from + 1], count, word);
            }
        }
        lengths[word] = to;
    }
}
