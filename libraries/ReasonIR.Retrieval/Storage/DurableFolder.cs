using System.Runtime.InteropServices;

namespace ReasonIR.Retrieval.Storage;

/// <summary>A renamed or new file survives a power cut once its folder is flushed.</summary>
static class DurableFolder
{
    // .NET opens no handle on a directory.
    public static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var descriptor = Open(folder, 0x80000 /* O_RDONLY | O_CLOEXEC */);
        if (descriptor < 0)
            throw new IOException($"cannot open {folder} to flush it: error {Marshal.GetLastPInvokeError()}");
        _ = Fsync(descriptor);
        _ = Close(descriptor);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    static extern int Fsync(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    static extern int Close(int descriptor);
}
