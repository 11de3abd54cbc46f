using System.Text.Json;
using ReasonIR.Encoder.Requests;
using ReasonIR.Encoder.Serving;
using ReasonIR.Models;

namespace ReasonIR.Encoder.Tei;

/// <summary>
/// Texts, or pairs of texts, that a classifier sorts: one text (a string), one pair (an array of two strings), or several (an array of
/// arrays of one or two strings).
/// </summary>
public sealed class PredictRequest
{
    readonly List<string[]> inputs = [];

    /// <summary>A registered classifier; null: the default model.</summary>
    public string? Model { get; private set; }

    /// <summary>One or two texts each.</summary>
    public IReadOnlyList<string[]> Inputs => inputs;

    /// <summary>Whether the request had one input outside of an array, which is answered so.</summary>
    public bool IsOne { get; private set; }

    /// <summary>Logits in place of probabilities.</summary>
    public bool IsRaw { get; private set; }

    /// <summary>What becomes of longer texts.</summary>
    public TextCut Cut { get; private set; }

    public static PredictRequest Read(RequestBody body, ServingOptions options)
    {
        var request = new PredictRequest();
        var (truncate, direction) = (false, TextCut.End);
        body.ReadObject((string name, ref Utf8JsonReader reader) =>
        {
            if (name == "inputs")
                request.ReadInputs(ref reader, options);
            else if (name == "model")
                request.Model = reader.Text(name);
            else if (name == "raw_scores")
                request.IsRaw = reader.Boolean(name) ?? false;
            else if (name == "truncate")
                truncate = reader.Boolean(name) ?? false;
            else if (name == "truncation_direction")
                direction = TeiFields.Direction(ref reader, name);
            else
                return false;
            return true;
        });
        if (request.inputs.Count == 0)
            throw new RequestException("inputs", "expected a string, an array of two strings, or an array of arrays of one or two strings.", RequestErrorKind.Empty);
        request.Cut = truncate ? direction : TextCut.Refuse;
        return request;
    }

    void ReadInputs(ref Utf8JsonReader reader, ServingOptions options)
    {
        inputs.Clear();
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            (IsOne, var text) = (true, Checked(FieldValues.Current(ref reader, "inputs"), "inputs", options));
            inputs.Add([text]);
            return;
        }
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Bad("inputs");
        var pair = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (inputs.Count == options.RequestTexts)
                throw new RequestException("inputs", $"expected {options.RequestTexts:N0} inputs at most, found more.", RequestErrorKind.Exceeds);
            var field = $"inputs[{Math.Max(inputs.Count, pair.Count)}]";
            if (reader.TokenType == JsonTokenType.String && inputs.Count == 0 && pair.Count < 2)
                pair.Add(Checked(FieldValues.Current(ref reader, field), field, options));
            else if (reader.TokenType == JsonTokenType.StartArray && pair.Count == 0)
                inputs.Add(ReadTexts(ref reader, field, options));
            else
                throw Bad(field);
        }
        if (pair.Count == 0)
            return;
        IsOne = pair.Count == 2 ? true : throw Bad("inputs");
        inputs.Add([.. pair]);
    }

    static string[] ReadTexts(ref Utf8JsonReader reader, string field, ServingOptions options)
    {
        var texts = new List<string>(2);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            texts.Add(reader.TokenType == JsonTokenType.String && texts.Count < 2 ? Checked(FieldValues.Current(ref reader, field), field, options) : throw Bad(field));
        return texts.Count > 0 ? [.. texts] : throw Bad(field);
    }

    static string Checked(string text, string field, ServingOptions options) => text.Length <= options.TextCharacters
        ? text : throw new RequestException(field, $"expected {options.TextCharacters:N0} characters at most, found {text.Length:N0}.", RequestErrorKind.Exceeds);

    static RequestException Bad(string field) => new(field, "expected a string, an array of two strings, or an array of arrays of one or two strings.");
}
