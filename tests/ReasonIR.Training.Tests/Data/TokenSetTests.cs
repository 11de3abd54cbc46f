using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Data;

namespace ReasonIR.Training.Tests.Data;

public sealed class TokenSetTests : IDisposable
{
    readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    string Build(IEnumerable<TextExample> examples, TokenSettings? settings = null, int shardTexts = 7)
    {
        var into = folder.New();
        using var builder = new TokenSetBuilder(into, Letters.Tokens, settings ?? Letters.Settings) { ShardTexts = shardTexts };
        foreach (var example in examples)
            builder.Add(example);
        builder.Finish();
        return into;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(600)]
    public void What_was_tokenized_is_read_as_it_was(int count)
    {
        var examples = Letters.Examples(count, 3);
        var settings = Letters.Settings with { QueryMaxTokens = 9, PassageMaxTokens = 24 };
        using var set = new TokenSet(Build(examples, settings));
        Assert.Equal(count, set.Count);
        foreach (var (i, example) in examples.Index())
        {
            var table = set.Examples;
            Assert.Equal((example.Number, example.Weight), (table.Number(i), table.Weight(i)));
            Same(Letters.Tokens.Encode(example.Query, settings.Prompts.ForQuery(example.Instruction), 9), set.Read(table.Query(i)));
            Assert.Equal(SeededDraw.Hash(example.Query), set.Key(table.Query(i)));
            Assert.Equal(example.Reasoned is null, table.Reasoned(i) < 0);
            if (example.Reasoned is { } reasoned)
                Same(Letters.Tokens.Encode(reasoned, settings.Prompts.ForQuery(example.Instruction), 9), set.Read(table.Reasoned(i)));
            Passages(example.Positives, table.Positives(i));
            Passages(example.Negatives, table.Negatives(i));
        }
        // Each text once: 40 different passages, however many examples have them.
        Assert.Equal(set.Info.Texts, examples.Select(e => (e.Query, e.Instruction)).Distinct().Count() + set.Info.Reasoned + examples.SelectMany(e => e.Positives.Concat(e.Negatives)).Select(p => p.Text).Distinct().Count());
        Assert.True(set.Info.Shards >= set.Info.Texts / 7);
        // A source ends its set, and whoever opened the set may do so too.
        new StoredSource("twice", set).Dispose();

        void Passages(IReadOnlyList<TextPassage> expected, ReadOnlySpan<PassageEntry> found)
        {
            Assert.Equal(expected.Count, found.Length);
            for (var i = 0; i < found.Length; i++)
            {
                Assert.Equal((expected[i].Document, expected[i].Score), (found[i].Document, found[i].Score));
                Same(Letters.Tokens.Encode(expected[i].Text, "p: ", 24), set.Read(found[i].Text));
            }
        }
    }

    [Fact]
    public void A_damaged_file_is_refused()
    {
        var whole = Build(Letters.Examples(30, 1));
        var random = new Random(5);
        foreach (var file in Directory.GetFiles(whole, "*.bin"))
        {
            var bytes = File.ReadAllBytes(file);
            for (var i = 0; i < 60; i++)
            {
                var place = random.Next(bytes.Length);
                // The padding of the header alone is not looked at... except by the header's own checksum.
                var copy = (byte[])bytes.Clone();
                copy[place] ^= (byte)(1 << random.Next(8));
                Refused(file, copy);
            }
            foreach (var length in new[] { 0, 10, 64, bytes.Length - 1, bytes.Length - 8 })
                Refused(file, bytes[..length]);
            Refused(file, [.. bytes, 0, 0, 0, 0, 0, 0, 0, 0]);
            File.WriteAllBytes(file, bytes);
        }
        var json = Path.Combine(whole, "set.json");
        File.WriteAllText(json, File.ReadAllText(json).Replace("\"examples\":30", "\"examples\":31"));
        Assert.Throws<InvalidDataException>(() => new TokenSet(whole));
        File.WriteAllText(json, "{");
        Assert.Throws<InvalidDataException>(() => new TokenSet(whole));
        File.Delete(json);
        Assert.Throws<InvalidDataException>(() => new TokenSet(whole));

        void Refused(string file, byte[] bytes)
        {
            File.WriteAllBytes(file, bytes);
            Assert.Throws<InvalidDataException>(() => new TokenSet(whole).Dispose());
        }
    }

    [Fact]
    public void Counts_from_outside_allocate_nothing()
    {
        var whole = Build(Letters.Examples(3, 1));
        foreach (var (file, magic) in new[] { ("tokens-00000.bin", TokenShard.Magic), ("examples.bin", ExampleTable.Magic) })
        {
            var path = Path.Combine(whole, file);
            var bytes = File.ReadAllBytes(path);
            foreach (var (first, second) in new[] { (long.MaxValue, 1L), (1L << 20, long.MaxValue), (-1L, -1L), (1L, 1L << 40) })
            {
                // A header whose checksums are right and whose counts lie.
                new FileHeader(magic, first, second, 4, FileHeader.Read(bytes, magic, path).Payload).Write().CopyTo(bytes, 0);
                File.WriteAllBytes(path, bytes);
                var before = GC.GetAllocatedBytesForCurrentThread();
                Assert.Throws<InvalidDataException>(() => new TokenSet(whole).Dispose());
                Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
            }
            File.Delete(path);
            File.WriteAllBytes(path, File.ReadAllBytes(Path.Combine(Build(Letters.Examples(3, 1)), file)));
        }
    }

    [Fact]
    public void A_prompt_that_leaves_nothing_of_the_text_is_refused_with_the_example()
    {
        var prompts = Letters.Settings with { Prompts = new("instruct: "), QueryMaxTokens = 5 };
        var error = Assert.Throws<InvalidDataException>(() => Build([new(7, "query", null, [new("p")], [])], prompts));
        Assert.Contains("Example 7: a prompt of 11 tokens leaves none of 5", error.Message);
        Assert.Throws<InvalidDataException>(() => Build([new(7, "query", null, [], [])]));
    }

    [Fact]
    public void The_store_tokenizes_once_and_stays_small()
    {
        var root = folder.New();
        var store = new TokenStore(root, long.MaxValue);
        var examples = Letters.Examples(50, 9);
        Assert.True(Open("a", Letters.Settings, examples));
        Assert.False(Open("a", Letters.Settings, examples));
        // The same content under another name is found after it was read, and not kept twice.
        Assert.True(Open("b", Letters.Settings, examples));
        var first = Assert.Single(Sets());
        Assert.False(Open("b", Letters.Settings, examples));
        // Other prompts, lengths and contents are other sets.
        Assert.True(Open("a", Letters.Settings with { Prompts = new("other: ") }, examples));
        Assert.True(Open("a", Letters.Settings with { PassageMaxTokens = 9 }, examples));
        Assert.True(Open("c", Letters.Settings, examples[1..]));
        Assert.Equal(4, Sets().Length);
        // In the order in which they were used, however fast: the first is the one that was only read since.
        var oldest = Sets().MinBy(set => File.GetLastWriteTimeUtc(Path.Combine(set, "set.json")))!;
        Assert.Equal(Path.GetFullPath(first), Path.GetFullPath(oldest));
        // A damaged one is made anew.
        File.AppendAllText(Path.Combine(oldest, "examples.bin"), "x");
        Assert.True(Open("a", Letters.Settings, examples));
        Assert.False(Open("b", Letters.Settings, examples));
        // Too much: the least recently used go, the newest stays.
        var one = Sets().Max(set => new DirectoryInfo(set).EnumerateFiles().Sum(file => file.Length));
        store = new TokenStore(root, one * 2 + one / 2);
        Assert.True(Open("d", Letters.Settings, examples[2..]));
        Assert.Equal(2, Sets().Length);
        Assert.False(Open("d", Letters.Settings, examples[2..]));
        new TokenStore(root, 1).Sweep();
        Assert.Empty(Sets());
        Assert.Empty(Directory.GetFiles(Path.Combine(root, "names")));

        string[] Sets() => Directory.GetDirectories(Path.Combine(root, "sets"));

        bool Open(string identity, TokenSettings settings, List<TextExample> content)
        {
            var read = false;
            using var set = store.Open(identity, Letters.Tokens, settings, builder =>
            {
                read = true;
                content.ForEach(builder.Add);
            }, out var built);
            Assert.Equal(content.Count, set.Count);
            Assert.Equal(read, built);
            return built;
        }
    }

    static void Same(Models.Transformers.TokenizedText expected, Models.Transformers.TokenizedText found)
    {
        Assert.Equal(expected.Ids, found.Ids);
        Assert.Equal(expected.Prompt, found.Prompt);
    }
}
