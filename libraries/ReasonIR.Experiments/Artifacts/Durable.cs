using System.Runtime.InteropServices;

namespace ReasonIR.Experiments.Artifacts;

/// <summary>Moves that survive a power cut: contents are on the disk before the name is, and the name before we go on.</summary>
static class Durable
{
    public static void FlushFile(string file)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Flushes all files of a folder and the folders themselves.</summary>
    public static void FlushFolder(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            FlushFile(file);
        foreach (var inner in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories))
            FlushNames(inner);
        FlushNames(folder);
    }

    public static void MoveFile(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Move(from, to, overwrite: true);
        FlushNames(Path.GetDirectoryName(to)!);
    }

    public static void MoveFolder(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        string? aside = null;
        if (Directory.Exists(to))
            Directory.Move(to, aside = $"{to}.{Guid.NewGuid():N}{ArtifactStore.Unfinished}");
        Directory.Move(from, to);
        FlushNames(Path.GetDirectoryName(to)!);
        if (aside is not null)
            Directory.Delete(aside, recursive: true);
    }

    public static void Delete(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else if (File.Exists(path)) // deleting a file of a folder that is not there is an error
            File.Delete(path);
    }

    // .NET opens no handle on a directory, and a rename is durable only once its directory is flushed.
    static void FlushNames(string folder)
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
