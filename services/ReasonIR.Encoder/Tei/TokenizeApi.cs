using System.Text.Json;
using Microsoft.Extensions.Options;
using ReasonIR.Encoder.Requests;
using ReasonIR.Encoder.Serving;
using ReasonIR.Tokenizers;

namespace ReasonIR.Encoder.Tei;

/// <summary>A token as TEI tells it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">What it stands for: of a token of the text, that stretch of the text.</param>
/// <param name="Special">Whether the tokenizer added it.</param>
/// <param name="Start">First character (code point) of the text; null for a special token.</param>
/// <param name="Stop">One past the last.</param>
public sealed record TokenResponse(int Id, string Text, bool Special, int? Start, int? Stop);

/// <summary><c>POST /tokenize</c>.</summary>
static class TokenizeApi
{
    public static async Task<IResult> TokenizeAsync(HttpRequest http, ModelServer models, IOptions<ServingOptions> options, CancellationToken ct)
    {
        using var body = await RequestBody.ReadAsync(http, ct);
        var special = true;
        var request = EncodeRequest.OfTei(body, options.Value, (string name, ref Utf8JsonReader reader) =>
        {
            if (name != "add_special_tokens")
                return false;
            special = reader.Boolean(name) ?? true;
            return true;
        });
        if (request.Inputs.IsTokens)
            throw new RequestException("inputs", "expected texts, found token ids.");
        using var lease = await models.OpenAsync(request.Model, ct);
        var (tokenizer, prompt) = (lease.Encoder.Tokenizer, lease.Encoder.PromptText(request.Options(lease)));
        var answer = new List<IReadOnlyList<TokenResponse>>(request.Inputs.Count);
        request.Inputs.ForEachText(options.Value.TextCharacters, (_, text) =>
        {
            ct.ThrowIfCancellationRequested();
            var whole = string.Concat(prompt, text);
            answer.Add(Tokens(tokenizer.With(null).Encode(whole, addSpecialTokens: special), whole));
        });
        return TypedResults.Ok(answer);
    }

    static IReadOnlyList<TokenResponse> Tokens(Encoding encoding, string text)
    {
        var tokens = new TokenResponse[encoding.Count];
        // Offsets count code points; a text with pairs of surrogates needs their places.
        int[]? places = text.Any(char.IsSurrogate) ? [.. CodePoints(text)] : null;
        for (var i = 0; i < tokens.Length; i++)
        {
            var (start, end) = (encoding.Offsets[i].Start, encoding.Offsets[i].End);
            tokens[i] = encoding.SpecialTokensMask[i] == 1
                ? new(encoding.Ids[i], encoding.Tokens[i], true, null, null)
                : new(encoding.Ids[i], text[(places?[start] ?? start)..(places?[end] ?? end)], false, start, end);
        }
        return tokens;
    }

    /// <summary>The place of each code point among UTF-16 units, and the end.</summary>
    static IEnumerable<int> CodePoints(string text)
    {
        for (var i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1)
            yield return i;
        yield return text.Length;
    }
}
