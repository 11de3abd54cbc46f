using System.Security.Cryptography;
using System.Text;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Testing.Chat;

namespace ReasonIR.Synthesis.Tests.Llm;

/// <summary>A model that answers both prompts acceptably; what it writes depends on the request alone.</summary>
static class ScriptedWriter
{
    static readonly string[] Vocabulary =
        "river bridge violin harbor kettle lantern meadow engine copper ladder window garden thread market signal basket mirror orchard tunnel feather".Split(' ');

    public static ScriptedReply Answer(ChatCall call) => call.SchemaName switch
    {
        "hard-query" => ScriptedReply.Json(Queries(call), 400, 200),
        "hard-negative" => ScriptedReply.Json(Negative(call), 600, 500),
        var other => throw new InvalidOperationException($"No script for schema {other}."),
    };

    public static object Queries(ChatCall call, int count = 2) => new
    {
        field = "tests",
        ideas = new[] { "an idea" },
        situations = new[] { "a situation" },
        queries = Enumerable.Range(0, count).Select(i => new { link = "from here to there", query = $"My neighbor asks: {Prose(call.Body + i, 40)}. What is going on?" }),
    };

    public static object Negative(ChatCall call) => new
    {
        temptation = "shares the neighbor",
        gap = "talks about something else",
        title = "Another matter",
        text = Prose(call.Body, 320),
    };

    /// <summary>Documents of forty words that no written query copies.</summary>
    public static IEnumerable<DocumentInput> Documents(int count) =>
        Enumerable.Range(0, count).Select(i => new DocumentInput($"d{i:000}", $"Title {i}", $"Document {i} says. {Prose($"document {i}", 20)}. Then {Prose($"more {i}", 20)}."));

    public static string Prose(string seed, int words)
    {
        var text = new StringBuilder();
        var state = BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(seed)));
        for (var i = 0; i < words; i++)
        {
            state = state * 6364136223846793005 + 1442695040888963407;
            text.Append(i == 0 ? "" : " ").Append(Vocabulary[(state >> 33) % (ulong)Vocabulary.Length]);
        }
        return text.ToString();
    }
}
