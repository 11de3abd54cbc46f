using System.Text.Json;
using ReasonIR.Encoder.Requests;
using ReasonIR.Encoder.Serving;
using ReasonIR.Models;

namespace ReasonIR.Encoder.Reranking;

/// <summary>A query and the texts to be ordered by it, in TEI's words (<c>texts</c>) or Cohere's (<c>documents</c>).</summary>
public sealed class RerankRequest
{
    readonly List<string> texts = [];
    string? textsField;

    /// <summary>A registered cross-encoder; null: the default model.</summary>
    public string? Model { get; private set; }

    public string Query { get; private set; } = "";

    public IReadOnlyList<string> Texts => texts;

    /// <summary>Whether it is Cohere's form, which is answered in Cohere's.</summary>
    public bool IsCohere => textsField == "documents";

    /// <summary>Results that are wanted; null: all.</summary>
    public int? Top { get; private set; }

    /// <summary>Whether each result holds its text.</summary>
    public bool ReturnsText { get; private set; }

    /// <summary>Logits in place of their sigmoid.</summary>
    public bool IsRaw { get; private set; }

    /// <summary>What becomes of longer pairs.</summary>
    public TextCut Cut { get; private set; }

    /// <summary>Tokens of a pair that are read; null: the model's own limit.</summary>
    public int? MaxTokens { get; private set; }

    public static RerankRequest Read(RequestBody body, ServingOptions options)
    {
        var request = new RerankRequest();
        string? query = null;
        var (truncate, direction) = ((bool?)null, TextCut.End);
        body.ReadObject((string name, ref Utf8JsonReader reader) =>
        {
            if (name == "query")
                query = reader.Text(name);
            else if (name is "texts" or "documents")
                request.ReadTexts(ref reader, name, options);
            else if (name == "model")
                request.Model = reader.Text(name);
            else if (name == "top_n")
                request.Top = reader.Integer(name) is var top && top < 1 ? throw new RequestException(name, $"expected 1 or more, found {top}.") : top;
            else if (name is "return_text" or "return_documents")
                request.ReturnsText = reader.Boolean(name) ?? false;
            else if (name == "raw_scores")
                request.IsRaw = reader.Boolean(name) ?? false;
            else if (name is "max_tokens" or "max_tokens_per_doc")
                request.MaxTokens = reader.Integer(name);
            else if (name == "truncate")
                truncate = reader.Boolean(name);
            else if (name == "truncation_direction")
                direction = TeiFields.Direction(ref reader, name);
            else
                return false;
            return true;
        });
        if (query is null)
            throw new RequestException("query", "expected a string.");
        if (query.Length > options.TextCharacters)
            throw new RequestException("query", $"expected {options.TextCharacters:N0} characters at most, found {query.Length:N0}.", RequestErrorKind.Exceeds);
        if (request.textsField is null)
            throw new RequestException("texts", "expected an array of strings (or 'documents', in Cohere's form).");
        if (request.texts.Count == 0)
            throw new RequestException(request.textsField, "expected 1 text at least, found none.", RequestErrorKind.Empty);
        request.Query = query;
        // Cohere cuts without being asked; TEI refuses.
        request.Cut = truncate ?? request.IsCohere ? direction : TextCut.Refuse;
        return request;
    }

    void ReadTexts(ref Utf8JsonReader reader, string name, ServingOptions options)
    {
        textsField = name;
        texts.Clear();
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new RequestException(name, "expected an array of strings.");
        for (var at = 0; ; at++)
        {
            var item = $"{name}[{at}]";
            var text = Next(ref reader, item, out var ended);
            if (ended)
                return;
            if (at == options.RequestTexts)
                throw new RequestException(name, $"expected {options.RequestTexts:N0} texts at most, found more.", RequestErrorKind.Exceeds);
            if (text is null)
                throw new RequestException(item, "expected a string, or an object with a text.");
            if (text.Length > options.TextCharacters)
                throw new RequestException(item, $"expected {options.TextCharacters:N0} characters at most, found {text.Length:N0}.", RequestErrorKind.Exceeds);
            texts.Add(text);
        }
    }

    /// <summary>A string, or the text of an object, as Cohere allows.</summary>
    static string? Next(ref Utf8JsonReader reader, string field, out bool ended)
    {
        reader.Read();
        ended = reader.TokenType == JsonTokenType.EndArray;
        if (ended)
            return null;
        if (reader.TokenType != JsonTokenType.StartObject)
            return reader.TokenType == JsonTokenType.String ? FieldValues.Current(ref reader, field) : null;
        string? text = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            if (FieldValues.Current(ref reader, field) == "text")
                text = reader.Text(field);
            else
            {
                reader.Read();
                reader.Skip();
            }
        return text;
    }
}
