using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Structured;

namespace ReasonIR.Language.Prompts;

/// <summary>
/// A prompt as it stands in a <c>prompts/*.md</c> file: a front matter (name, version, inputs, output schema) and the sections
/// <c># System</c> and <c># User</c> with <c>{{input}}</c> in their texts.
/// </summary>
public sealed partial record Prompt(string Name, int Version, IReadOnlyList<string> Inputs, JsonSchema? Output, string System, string User)
{
    /// <summary>SHA-256 of the file's text, lower-case hexadecimal: it stands in every example and call made with the prompt.</summary>
    public required string Hash { get; init; }

    /// <exception cref="FormatException">The text is no prompt file; the message names <paramref name="source"/> and the line.</exception>
    public static Prompt Parse(string text, string source)
    {
        text = text.ReplaceLineEndings("\n").TrimEnd() + "\n";
        var front = FrontMatter.Parse(text, source);
        var name = front.Required("name");
        var sections = Section().Split(front.Body);
        if (sections.Length != 5 || sections[1] != "System" || sections[3] != "User" || sections[0].Trim().Length > 0)
            throw new FormatException($"{source}: expected the sections \"# System\" and \"# User\", in this order and nothing else.");
        var prompt = new Prompt(name, front.Version, front.Inputs,
            front.Output is { } schema ? JsonSchema.Parse(name, schema) : null, sections[2].Trim(), sections[4].Trim())
        {
            Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))),
        };
        foreach (Match match in Placeholder().Matches(prompt.System + prompt.User))
            if (!prompt.Inputs.Contains(match.Groups[1].Value))
                throw new FormatException($"{source}: {{{{{match.Groups[1].Value}}}}} is used but is no input.");
        return prompt;
    }

    /// <summary>The turns with every input put in. Inputs are put in once: braces within them stay as they are.</summary>
    /// <exception cref="ArgumentException">An input is missing, or one is given that the prompt does not know.</exception>
    public IReadOnlyList<ChatTurn> Render(IReadOnlyDictionary<string, string> inputs)
    {
        if (Inputs.FirstOrDefault(input => !inputs.ContainsKey(input)) is { } missing)
            throw new ArgumentException($"Prompt {Name}: input \"{missing}\" is missing.", nameof(inputs));
        if (inputs.Keys.FirstOrDefault(input => !Inputs.Contains(input)) is { } unknown)
            throw new ArgumentException($"Prompt {Name}: \"{unknown}\" is no input of it.", nameof(inputs));
        return [ChatTurn.System(Fill(System, inputs).Trim()), ChatTurn.User(Fill(User, inputs).Trim())];
    }

    static string Fill(string text, IReadOnlyDictionary<string, string> inputs) => Placeholder().Replace(text, match => inputs[match.Groups[1].Value]);

    [GeneratedRegex(@"\{\{([a-z_]+)\}\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^# (System|User)[ ]*$", RegexOptions.Multiline)]
    private static partial Regex Section();
}
