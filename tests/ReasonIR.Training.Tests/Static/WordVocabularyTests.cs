using ReasonIR.Retrieval.Analysis;
using ReasonIR.Training.Static;
using Xunit;

namespace ReasonIR.Training.Tests.Static;

public sealed class WordVocabularyTests
{
    static WordVocabulary Build(params string[] sentences) => WordVocabulary.Build(
        [new("d", "", sentences)], PorterStemmer.Stem, word => StopWords.Contains(word), 1000, TestContext.Current.CancellationToken);

    static int[] Rows(WordVocabulary vocabulary, string text)
    {
        var rows = new List<int>();
        vocabulary.AppendRows(text, rows);
        return [.. rows];
    }

    [Fact]
    public void Words_of_one_stem_share_a_row_and_stop_words_have_none()
    {
        var vocabulary = Build("The cells and a cell, methylated; methylation of caf\u00E9s ≥5!");
        Assert.Equal(Rows(vocabulary, "cells"), Rows(vocabulary, "Cell"));
        Assert.Equal(Rows(vocabulary, "methylated"), Rows(vocabulary, "methylation"));
        Assert.Empty(Rows(vocabulary, "the and , ;"));
        // Accents are stripped, a sign before a number does not make it another word.
        Assert.Single(Rows(vocabulary, "cafes"));
        Assert.Equal(Rows(vocabulary, "≥5"), Rows(vocabulary, "≥5"));
        Assert.Equal(4, vocabulary.Rows);
    }

    [Fact]
    public void Unseen_inflections_find_their_stem_and_unseen_words_nothing()
    {
        var vocabulary = Build("jump jumped jumping walked walking walk talked talking talk rested methylated methylation");
        Assert.Equal(Rows(vocabulary, "jump"), Rows(vocabulary, "jumping"));
        Assert.Equal(Rows(vocabulary, "rested"), Rows(vocabulary, "resting"));
        Assert.Equal(Rows(vocabulary, "methylated"), Rows(vocabulary, "methyling"));
        Assert.Empty(Rows(vocabulary, "zebra jumpers"));
    }

    [Fact]
    public void The_same_corpus_gives_the_same_file()
    {
        var sentences = new[] { "one two three two", "three four five ones twos" };
        Assert.Equal(Build(sentences).TokenizerJson, Build(sentences).TokenizerJson);
    }
}
