using System.Runtime.InteropServices;

namespace ReasonIR.Hosting.Processes;

/// <summary>The few system calls that .NET does not offer: signals, owners, the user's number.</summary>
static partial class Signals
{
    public const int Interrupt = 2, Quit = 3, Kill = 9, Terminate = 15;

    /// <summary>Sends a signal; false where the process is already gone.</summary>
    public static bool Send(int processId, int signal) => kill(processId, signal) == 0;

    public static bool IsRoot => geteuid() == 0;

    /// <summary>Gives a file or folder to another user; needs root.</summary>
    public static void ChangeOwner(string path, uint userId, uint groupId)
    {
        if (chown(path, userId, groupId) != 0)
            throw new IOException($"{path}: cannot be given to user {userId} (errno {Marshal.GetLastPInvokeError()}).");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int sig);

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chown(string path, uint owner, uint group);
}
