using System.Globalization;

namespace ReasonIR.Benchmarks.Synthesis;

/// <summary>Processor time of processes, from <c>/proc</c>: it does not count what others take of a busy machine. In steps of 10 ms.</summary>
static class ProcessorTimes
{
    const double TicksPerSecond = 100; // USER_HZ of Linux on every architecture that .NET runs on

    /// <summary>Seconds of a process and of all below it, also of those that ended; 0 where it is gone.</summary>
    public static double WithChildren(int process) => Own(process) + Children(process).Sum(WithChildren);

    static double Own(int process) => Stat(process) is { } fields ? fields[13..17].Sum(field => double.Parse(field, CultureInfo.InvariantCulture)) / TicksPerSecond : 0;

    static IEnumerable<int> Children(int process) => Directory.EnumerateDirectories("/proc")
        .Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))
        .Where(other => Stat(other) is { } fields && fields[3] == process.ToString(CultureInfo.InvariantCulture));

    /// <summary>The fields of <c>/proc/PID/stat</c> by their numbers in proc(5) less one; the name may hold blanks.</summary>
    static string[]? Stat(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return ["", "", .. text[(text.LastIndexOf(')') + 2)..].Split(' ')];
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
