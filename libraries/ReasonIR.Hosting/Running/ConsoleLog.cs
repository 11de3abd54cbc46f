namespace ReasonIR.Hosting.Running;

/// <summary>One line an event, with a prefix and, in a terminal, a color a resource.</summary>
sealed class ConsoleLog
{
    // Bright colors that both a dark and a light terminal show.
    static readonly int[] Palette = [36, 35, 33, 32, 34, 96, 95, 93, 92, 94];

    readonly Lock gate = new();
    readonly Dictionary<string, int> colors = [];
    readonly int width;
    readonly bool colored = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";

    public ConsoleLog(IEnumerable<string> names)
    {
        foreach (var name in names)
            colors[name] = Palette[colors.Count % Palette.Length];
        width = colors.Keys.Select(name => name.Length).DefaultIfEmpty(0).Max() + 2; // room for a replica's number
    }

    /// <summary>A line that a resource wrote.</summary>
    public void Output(string resource, string instance, string line) => Write(Console.Out, $"{Paint(instance.PadRight(width), Color(resource))} | {line}");

    /// <summary>What the host has to say of a resource.</summary>
    public void Event(string resource, string instance, string text) => Write(Console.Out, $"{Paint(instance.PadRight(width), Color(resource))} - {text}");

    public void Say(string text) => Write(Console.Out, text);

    public void Error(string text) => Write(Console.Error, text);

    int Color(string resource) => colors.GetValueOrDefault(resource, 37);

    string Paint(string text, int color) => colored ? $"\e[{color}m{text}\e[0m" : text;

    void Write(TextWriter writer, string line)
    {
        lock (gate)
        {
            try
            {
                writer.WriteLine(line);
            }
            catch (IOException)
            {
                // The terminal is gone; the host is about to be told to stop.
            }
        }
    }
}
