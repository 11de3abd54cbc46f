namespace ReasonIR.Hosting.Processes;

/// <summary>A user of this machine as <c>/etc/passwd</c> has it.</summary>
public sealed record SystemUser(string Name, uint UserId, uint GroupId)
{
    public static SystemUser? Find(string name, string passwdFile = "/etc/passwd")
    {
        if (!File.Exists(passwdFile))
            return null;
        foreach (var line in File.ReadLines(passwdFile))
        {
            // name:password:uid:gid:comment:home:shell
            var fields = line.Split(':');
            if (fields.Length >= 4 && fields[0] == name && uint.TryParse(fields[2], out var user) && uint.TryParse(fields[3], out var group))
                return new SystemUser(name, user, group);
        }
        return null;
    }
}
