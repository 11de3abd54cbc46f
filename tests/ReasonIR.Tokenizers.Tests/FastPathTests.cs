using FsCheck;
using FsCheck.Fluent;
using ReasonIR.Testing;
using Xunit;

namespace ReasonIR.Tokenizers.Tests;

/// <summary>Ids alone come by other code than encodings with offsets: on any text both must be the same.</summary>
public sealed class FastPathTests
{
    static readonly string[] Bits =
    [
        "the", "Cell", "p<0.001;", "a", "b.", "``", "''", "~", " ", " ", " ", "  ", "   ", "\t", "\r\n", "\n", "\u00A0", "\u3000", "\u200B", "\u2581", "\u2581a", "\u0301", "e\u0301", " \u0301", "a\u0301 b",
        "\u0600a", "\u0600", "\u200D", "\uFB01", "\u1E9B\u0323", "\u00E9", "\u0130", "\u4F60", "\u30AB\u3099", "\uFF76\uFF9E", "\uAC00\u11A8", "\U0001F600", "\U00010400", "\uD800", "\uDC00", "\0", "\u007F",
        "\u00AD", "<s>", "</s>", "<mask>", " <mask> ", "<unk>", "caf\u00E9", "supercalifragilisticexpialidocious-and-longer-still",
    ];

    static readonly Gen<string> Texts = Gen.Frequency((12, Gen.Elements(Bits)), (1, ArbMap.Default.GeneratorFor<char>().Select(c => c.ToString()))).ListOf().Select(string.Concat);

    [Theory]
    [InlineData("unigram-xlmr-e5")]
    [InlineData("unigram-xlmr-bge")]
    [InlineData("bpe-metaspace")]
    [InlineData("bpe-metaspace-legacy")]
    [InlineData("bpe-bytelevel-gpt2-prefix")]
    [InlineData("wordpiece-uncased")]
    [InlineData("wordpiece-cased")]
    [InlineData("pipeline-z1")]
    [InlineData("pipeline-z2")]
    [InlineData("pipeline-z6")]
    public void Ids_alone_equal_those_of_the_encoding(string name)
    {
        var tokenizer = Tokenizer.Load(Path.Combine(SharedData.Require($"golden/tokenizers/{name}"), "tokenizer.json"));
        Prop.ForAll(Texts.ToArbitrary(), text => tokenizer.EncodeIds(text).SequenceEqual(tokenizer.Encode(text).Ids)).Check(Config.QuickThrowOnFailure.WithMaxTest(800));
    }

    /// <summary>Words that the cache knows, in every order and beside each other.</summary>
    [Theory]
    [InlineData("unigram-xlmr-e5")]
    [InlineData("unigram-xlmr-bge")]
    [InlineData("bpe-metaspace")]
    public void Words_do_not_depend_on_their_neighbors(string name)
    {
        var tokenizer = Tokenizer.Load(Path.Combine(SharedData.Require($"golden/tokenizers/{name}"), "tokenizer.json"));
        string[] words = ["cells", "The", "of", "(p", "1.5%", "x\u0301y", "na\u00EFve", "\u2581", "", "-", "a", "\u4F60\u597D", "end\u0301", "<mask>"];
        Prop.ForAll(Gen.Elements(words).ListOf().Select(list => string.Join(' ', list)).ToArbitrary(), text =>
            tokenizer.EncodeIds(text, addSpecialTokens: false).SequenceEqual(tokenizer.Encode(text, addSpecialTokens: false).Ids)).Check(Config.QuickThrowOnFailure.WithMaxTest(800));
    }

    /// <summary>More different words than the cache of words holds, read by several threads that put each other's out of it.</summary>
    [Theory]
    [InlineData("unigram-xlmr-bge")]
    [InlineData("bpe-metaspace")]
    [InlineData("bpe-bytelevel-gpt2-prefix")]
    public void Words_are_forgotten_without_harm(string name)
    {
        const int words = 400_000, each = 2_000;
        var tokenizer = Tokenizer.Load(Path.Combine(SharedData.Require($"golden/tokenizers/{name}"), "tokenizer.json"));
        string[] texts = [.. Enumerable.Range(0, words / each).Select(text => string.Join(' ', Enumerable.Range(text * each, each).Select(word => $"{word * 2654435761 % 0xFFFFFFFF:x}")))];
        var expected = texts.AsParallel().AsOrdered().Select(text => tokenizer.Encode(text).Ids).ToArray();
        for (var pass = 0; pass < 2; pass++)
            Parallel.For(0, texts.Length * 2, i => Assert.Equal(expected[i % texts.Length], tokenizer.EncodeIds(texts[i % texts.Length])));
    }
}
