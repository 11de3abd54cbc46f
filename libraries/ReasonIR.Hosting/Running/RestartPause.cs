namespace ReasonIR.Hosting.Running;

/// <summary>How long to wait before a process that died is started again: half a second, doubling to half a minute.</summary>
sealed class RestartPause
{
    static readonly TimeSpan First = TimeSpan.FromSeconds(0.5), Longest = TimeSpan.FromSeconds(30), LongEnough = TimeSpan.FromMinutes(1);

    TimeSpan next = First;

    /// <param name="ran">A process that ran for a minute has not died of what killed the one before.</param>
    public TimeSpan Next(TimeSpan ran)
    {
        if (ran >= LongEnough)
            next = First;
        var pause = next;
        next = next * 2 < Longest ? next * 2 : Longest;
        return pause;
    }
}
