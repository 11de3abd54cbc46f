namespace ReasonIR.Contracts;

/// <summary>A place for files on their way in; it lies in the artifact store and is removed by the import that reads it, or swept some days later.</summary>
/// <param name="Id">32 hexadecimal digits.</param>
public sealed record UploadInfo(string Id);
