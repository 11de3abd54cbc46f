using ReasonIR.Tokenizers.ByteLevel;

namespace ReasonIR.Tokenizers.Training;

/// <summary>
/// Learns a byte-level BPE vocabulary: again and again the most frequent pair of neighboring tokens becomes a token, of equally frequent ones
/// the pair with the smaller ids (left, then right). The same texts in any order give the same vocabulary, merge for merge that of Hugging
/// Face's BpeTrainer over the byte alphabet (golden).
/// </summary>
/// <remarks>Time goes with the texts' length for counting words, then with the distinct words that hold a merged pair; memory with the distinct words.</remarks>
public static class BpeTrainer
{
    /// <exception cref="ArgumentException">The size leaves no room for the special tokens and the bytes, a special token is empty or stands twice, or a prefix space is asked for with a pattern that has none.</exception>
    public static BpeVocabulary Train(IEnumerable<string> texts, BpeTrainerOptions options, CancellationToken cancellation = default)
    {
        var (tokens, ids) = Alphabet(options);
        var words = new TrainingWords(WordCounts.Count(texts, options, cancellation), ByteIds(ids));
        var pairs = new PairCounts(Math.Max(1, options.MinFrequency));
        words.CountPairs(pairs);

        var merges = new List<(int, int)>();
        while (tokens.Count < options.VocabularySize && pairs.TryTake(out var left, out var right, out var holders))
        {
            cancellation.ThrowIfCancellationRequested();
            var token = tokens[left] + tokens[right];
            // A special token may be spelled like a word: it keeps its id, and no token is added.
            if (!ids.TryGetValue(token, out var id))
            {
                ids[token] = id = tokens.Count;
                tokens.Add(token);
            }
            merges.Add((left, right));
            foreach (var word in holders)
                words.Merge(word, left, right, id, pairs);
            pairs.Settle();
        }
        return new(tokens, merges, options.SpecialTokens.Count, options.Pattern, options.AddPrefixSpace);
    }

    static (List<string> Tokens, Dictionary<string, int> Ids) Alphabet(BpeTrainerOptions options)
    {
        if (options.VocabularySize < 256 + options.SpecialTokens.Count)
            throw new ArgumentException($"A vocabulary of {options.VocabularySize} has no room for {options.SpecialTokens.Count} special tokens and the 256 bytes.", nameof(options));
        if (options.AddPrefixSpace && options.Pattern != WordPattern.Gpt2)
            throw new ArgumentException($"A prefix space goes with the pattern of GPT-2 only, not with {options.Pattern}.", nameof(options));
        var tokens = new List<string>();
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var special in options.SpecialTokens)
        {
            if (special.Length == 0 || !ids.TryAdd(special, tokens.Count))
                throw new ArgumentException(special.Length == 0 ? "A special token is empty." : $"The special token '{special}' stands twice.", nameof(options));
            tokens.Add(special);
        }
        foreach (var character in ByteAlphabet.Characters.ToArray().Order())
            if (ids.TryAdd(character.ToString(), tokens.Count))
                tokens.Add(character.ToString());
        return (tokens, ids);
    }

    /// <summary>The id of each byte.</summary>
    static int[] ByteIds(Dictionary<string, int> ids)
    {
        var result = new int[256];
        for (var value = 0; value < 256; value++)
            result[value] = ids[ByteAlphabet.Characters[value].ToString()];
        return result;
    }
}
