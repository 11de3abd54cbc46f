using System.Net;
using ReasonIR.Contracts.Embeddings;
using ReasonIR.Encoder.Tests.Reranking;
using ReasonIR.Models.CrossEncoders;
using ReasonIR.Testing.Services;

namespace ReasonIR.Encoder.Tests.Tei;

public sealed class PredictApiTests(RerankFixture rerank) : IClassFixture<RerankFixture>, IAsyncLifetime
{
    static readonly string[] Texts = ["the moon is far", "a kettle sings before it boils", "salt 😀 and \"sea\""];

    ServiceUnderTest<Program> service = null!;
    CrossEncoder library = null!;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (service, library) = await rerank.StartAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    float[] Logits(params TokenizedPair[] texts)
    {
        var logits = new float[texts.Length];
        library.LogitsOfBatch(texts, logits);
        return logits;
    }

    [Fact]
    public async Task Single_texts_are_read_without_a_partner()
    {
        var expected = Logits([.. Texts.Select(text => library.TokenizeText(text))]);
        var scores = await new PredictClient(service.Http).ScoreAsync("pairs", Texts, Token);
        Assert.All(expected.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        // [CLS] text [SEP] of one segment; a pair with nothing has one more [SEP], and the text is of the second.
        var (single, pair) = (library.TokenizeText(Texts[0]), library.Tokenize(new TextPair("", Texts[0])));
        Assert.Equal(single.Ids.Length + 1, pair.Ids.Length);
        Assert.All(single.TypeIds, type => Assert.Equal(0, type));
        // A text longer than the model reads is cut.
        Assert.True(float.IsFinite((await new PredictClient(service.Http).ScoreAsync("pairs", [string.Concat(Enumerable.Repeat("moon ", 2000))], Token))[0]));
    }

    [Fact]
    public async Task One_input_and_pairs_are_answered_in_TEIs_form()
    {
        var logit = Logits(library.TokenizeText(Texts[0]))[0];
        var (_, one, _) = await ServingFixture.PostAsync(service.Http, "/predict", new { model = "pairs", inputs = Texts[0] });
        Assert.Equal(1 / (1 + MathF.Exp(-logit)), one[0].GetProperty("score").GetSingle(), 1e-4f);
        Assert.Equal("LABEL_0", one[0].GetProperty("label").GetString());
        var (_, pair, _) = await ServingFixture.PostAsync(service.Http, "/predict", new { model = "pairs", inputs = new[] { "where is it", Texts[0] }, raw_scores = true });
        Assert.Equal(Logits(library.Tokenize(new TextPair("where is it", Texts[0])))[0], pair[0].GetProperty("score").GetSingle(), 1e-4f);
    }

    [Theory]
    [InlineData("""{"model": "pairs", "inputs": []}""")]
    [InlineData("""{"model": "pairs", "inputs": ["one"]}""")]
    [InlineData("""{"model": "pairs", "inputs": [["a", "b", "c"]]}""")]
    [InlineData("""{"model": "pairs", "inputs": [["a"], "b"]}""")]
    [InlineData("""{"model": "pairs", "inputs": [[]]}""")]
    [InlineData("""{"model": "pairs"}""")]
    public async Task Other_inputs_are_refused(string json)
    {
        using var response = await service.Http.PostAsync("/predict", new StringContent(json, System.Text.Encoding.UTF8, "application/json"), Token);
        Assert.Contains(response.StatusCode, new[] { HttpStatusCode.BadRequest, HttpStatusCode.UnprocessableEntity });
        Assert.Contains("inputs", await response.Content.ReadAsStringAsync(Token));
    }
}
