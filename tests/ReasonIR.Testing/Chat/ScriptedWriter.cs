using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ReasonIR.Experiments.Corpora;

namespace ReasonIR.Testing.Chat;

/// <summary>A model that answers every prompt acceptably; what it writes depends on the request alone.</summary>
public static class ScriptedWriter
{
    static readonly string[] Vocabulary =
        "river bridge violin harbor kettle lantern meadow engine copper ladder window garden thread market signal basket mirror orchard tunnel feather".Split(' ');

    public static ScriptedReply Answer(ChatCall call) => call.SchemaName switch
    {
        "hard-query" => ScriptedReply.Json(Queries(call), 400, 200),
        "hard-negative" => ScriptedReply.Json(Negative(call), 600, 500),
        "brainstorm-tasks" => ScriptedReply.Json(new { tasks = Enumerable.Range(0, 4).Select(i => new { asker = "somebody", instruction = $"Given a {Prose(call.Body + i, 6)}, find texts." }) }, 100, 80),
        "varied-length" => ScriptedReply.Json(new
        {
            subject = "a subject of its own",
            query = $"I wonder: {Prose(call.Body + "query", Wanted(call, "query has at least"))}",
            title = "A text",
            document = Prose(call.Body + "document", Wanted(call, "document at least")),
        }, 300, 900),
        "reason-query" => ScriptedReply.Json(new { reasoning = Prose(call.Body, Wanted(call, "Write about")) }, 200, 150),
        "judge-passage" => ScriptedReply.Json(new { needed = "something else", given = "a part of it", grade = Grade(call.Messages[1].Text) }, 500, 60),
        "judge-passage-second" => ScriptedReply.Json(new { because = "of this and that", grade = Grade("second" + call.Messages[1].Text) }, 500, 40),
        "judge-query" => ScriptedReply.Json(new { alone = "it stands alone", steps = "two steps", grade = 2 + Draw(call.Messages[1].Text) % 4 }, 200, 60),
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

    /// <summary>Grades from 1 to 5 that depend on the text alone: written negatives are never of use, written positives always, the rest is spread.</summary>
    static int Grade(string text) => text.Contains("Another matter") ? 1 + Draw(text) % 2 : text.Contains("A text") ? 4 + Draw(text) % 2 : 1 + Draw(text) % 5;

    static int Draw(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text))[0];

    /// <summary>The number of words that a prompt asks for.</summary>
    static int Wanted(ChatCall call, string after) => int.Parse(Regex.Match(call.Messages[1].Text, after + " ([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture);

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
