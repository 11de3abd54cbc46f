using System.Security.Cryptography;
using ReasonIR.Hosting.Processes;

namespace ReasonIR.Hosting.Postgres;

/// <summary>
/// The folder of one cluster, 0700 and owned by the user the server runs as:
/// <c>cluster/</c> (PGDATA), <c>password</c> (0600), <c>lock</c> (held while a host uses the cluster).
/// </summary>
sealed class PostgresDirectory
{
    const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public PostgresDirectory(string path)
    {
        Root = Path.GetFullPath(path);
        Owner = Signals.IsRoot ? ServerUser() : null;
        if (!Directory.Exists(Root))
        {
            // Parents 0711: when we are root another user has to pass through them to its own folder.
            var parent = Path.GetDirectoryName(Root)!;
            if (!Directory.Exists(parent))
                Directory.CreateDirectory(parent, Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            Directory.CreateDirectory(Root, Private);
            Give(Root);
        }
        if (Owner is not null)
            RequirePassage();
    }

    public string Root { get; }

    /// <summary>Whom the server runs as; null: as ourselves.</summary>
    public SystemUser? Owner { get; }

    public string Cluster => Path.Combine(Root, "cluster");

    /// <summary>initdb works here; renamed when complete, so that an interrupted one leaves no half cluster.</summary>
    public string Unfinished => Path.Combine(Root, "cluster.new");

    public string PasswordFile => Path.Combine(Root, "password");

    public string PidFile => Path.Combine(Cluster, "postmaster.pid");

    /// <summary>The major version that made the cluster, or null before the first start.</summary>
    public int? Major()
    {
        var file = Path.Combine(Cluster, "PG_VERSION");
        if (!File.Exists(file))
            return null;
        var text = File.ReadAllText(file).Trim();
        return int.TryParse(text, out var major) ? major : throw new InvalidDataException($"{file}: expected a major version, found \"{text}\".");
    }

    /// <exception cref="InvalidOperationException">Another host uses the cluster.</exception>
    public FileStream Lock()
    {
        try
        {
            return new FileStream(Path.Combine(Root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (error is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new InvalidOperationException($"{Root}: another host is using this database cluster.", error);
        }
    }

    /// <summary>The server's password: 24 random bytes, made once and readable by its owner alone.</summary>
    public string Password()
    {
        if (!File.Exists(PasswordFile))
        {
            var unfinished = PasswordFile + ".new";
            File.Delete(unfinished);
            using (var stream = new FileStream(unfinished, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
                stream.Write(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)).Select(c => (byte)c).ToArray());
            Give(unfinished);
            File.Move(unfinished, PasswordFile);
        }
        return File.ReadAllText(PasswordFile).Trim();
    }

    void Give(string path)
    {
        if (Owner is { } user)
            Signals.ChangeOwner(path, user.UserId, user.GroupId);
    }

    static SystemUser ServerUser() =>
        SystemUser.Find("reasonir") ?? SystemUser.Find("postgres") ?? throw new InvalidOperationException(
            "PostgreSQL does not run as root, and there is neither a user reasonir nor postgres: ./reasonir setup makes one (useradd --system reasonir).");

    /// <summary>root's home and temporary folders are 0700: the server's user could not reach its own folder below them.</summary>
    void RequirePassage()
    {
        for (var folder = Path.GetDirectoryName(Root); folder is not null; folder = Path.GetDirectoryName(folder))
            if ((File.GetUnixFileMode(folder) & UnixFileMode.OtherExecute) == 0)
                throw new InvalidOperationException(
                    $"{Root}: the database server runs as user {Owner!.Name}, which may not pass {folder}; choose another data directory with REASONIR_DATA, or chmod o+x {folder}.");
    }
}
